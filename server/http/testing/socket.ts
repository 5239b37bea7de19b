/** The app behind a real socket, and clients that send whatever bytes they like. */
import { once } from "node:events";
import type { Server } from "node:http";
import { connect } from "node:net";
import { afterEach } from "vitest";
import { close, createHttpServer, listen } from "../listen.ts";
import { openApp } from "./client.ts";

const open: Server[] = [];

/** Closes what a test has opened. */
export function closeServers(): void {
  afterEach(async () => {
    for (const server of open.splice(0)) await close(server, 0);
  });
}

type Options = Parameters<typeof openApp>[0] & { readonly requestMs?: number };

export async function serve({ requestMs, ...options }: Options = {}) {
  const board = await openApp(options);
  const server = createHttpServer(board.app, requestMs === undefined ? {} : { requestMs });
  open.push(server);
  const { port } = await listen(server, "127.0.0.1", 0);
  return { ...board, server, port, url: `http://127.0.0.1:${port}` };
}

/** Sends bytes, and answers all that came back until the connection ended. */
export async function raw(
  port: number,
  bytes: string,
  onConnect?: (write: (more: string) => void) => void,
): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  // A server that has heard enough hangs up while we are still talking.
  socket.on("error", () => {});
  await once(socket, "connect");
  const { promise: closed, resolve } = Promise.withResolvers<boolean>();
  socket.on("close", resolve);
  socket.write(bytes, "latin1");
  onConnect?.((more) => socket.write(more));
  await closed;
  return text;
}

/** The statuses of all answers, in their order. */
export function statusesIn(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));
}
