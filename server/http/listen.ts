/** The socket under the app. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { refuse } from "../kernel/refusal.ts";
import { after } from "../kernel/timers.ts";
import type { HttpApp } from "./env.ts";
import { toReply } from "./problem.ts";
import { EVERYWHERE } from "./reply.ts";
import { createRequestIds } from "./request-id.ts";

/** A request has to have arrived by then, headers first; an answer may take as long as it likes. */
const REQUEST_MS = 30_000;
const HEADERS_MS = 10_000;
const CHECK_MS = 1_000;
/** Longer than the pause between two calls of an agent: a connection costs more than keeping it. */
const KEEP_ALIVE_MS = 65_000;

/** For what is refused before there is a request that could bring a name of its own. */
const requestId = createRequestIds();

/** The port is taken, or may not be used: a sentence for whoever started the server. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

export function createHttpServer(
  app: HttpApp,
  limits: { readonly requestMs?: number } = {},
): Server {
  const listener = getRequestListener((request, env) => app.fetch(request, env), {
    errorHandler: () => unreadable("The request line or its Host header cannot be read."),
  });
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (namesOneHost(incoming)) void listener(incoming, outgoing);
    else refuseHosts(outgoing);
  };
  const server = createServer(
    {
      requestTimeout: limits.requestMs ?? REQUEST_MS,
      headersTimeout: Math.min(HEADERS_MS, limits.requestMs ?? REQUEST_MS),
      connectionsCheckingInterval: Math.min(CHECK_MS, limits.requestMs ?? CHECK_MS),
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Finds readers whose machine has gone without a word.
      keepAlive: true,
    },
    answer,
  );
  // RFC 9110 section 10.1.1 lets a server pass over an expectation that it does not know.
  server.on("checkExpectation", answer);
  const open = new Set<Socket>();
  connections.set(server, open);
  server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  return server.on("clientError", answerUnreadable);
}

/** What Node does not tell of its servers. */
const connections = new WeakMap<Server, ReadonlySet<Socket>>();

/** @throws ListenError */
export function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(toListenError(error, host, port)));
    server.listen({ host: host.replace(/^\[(.*)\]$/, "$1"), port }, () => {
      const address = server.address();
      if (typeof address === "object" && address !== null) resolve(address);
    });
  });
}

/** Takes no more connections, lets requests under way end, and breaks what is left after a while. */
export function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const giveUp = after(graceMs, () => server.closeAllConnections());
    server.close(() => {
      giveUp();
      resolve();
    });
    server.closeIdleConnections();
    // Node counts a connection as idle only after its first request; browsers open some ahead of need.
    for (const socket of connections.get(server) ?? []) {
      if (socket.bytesRead === 0) socket.destroy();
    }
  });
}

function toListenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const where = `${host}:${port}`;
  switch (error.code) {
    case "EADDRINUSE":
      return new ListenError(
        `${where} is taken by another program. Stop it, or choose another port, such as PORT=${port + 1}; PORT=0 takes any free one.`,
      );
    case "EACCES":
      return new ListenError(
        `${where} may not be used without more rights. Choose a port from 1024 up.`,
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new ListenError(`${host} is not an address of this machine. Set HOST to 127.0.0.1.`);
    default:
      return error;
  }
}

/**
 * RFC 9112 section 3.2: a second `Host` line, or a target that names another host than `Host` does, is
 * how one request is made to look like two different ones. Who it is for is checked by `Host` alone.
 */
function namesOneHost({ url = "", headers, rawHeaders }: IncomingMessage): boolean {
  let lines = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === "host") lines += 1;
  }
  if (lines > 1) return false;
  if (url.startsWith("/") || !URL.canParse(url)) return true;
  return new URL(url).host === headers.host;
}

function refuseHosts(outgoing: ServerResponse): void {
  const { body, headers } = unreadableReply("The request names two hosts. Send one Host header.");
  outgoing.writeHead(400, { ...headers, Connection: "close" }).end(body);
}

/** Bytes that are no HTTP, headers without end, a request that never finished: one last answer. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  const sentence = sentenceFor(error.code ?? "");
  if (sentence === undefined || !socket.writable || isAnswering(socket)) {
    socket.destroy();
    return;
  }
  const { body, headers } = unreadableReply(sentence);
  const lines = Object.entries({ ...headers, Connection: "close" }).map(([k, v]) => `${k}: ${v}`);
  socket.end(`HTTP/1.1 400 Bad Request\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
}

/** Undefined: it is the connection that failed, and nobody is there to be told. */
function sentenceFor(code: string): string | undefined {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "The request did not arrive in time.";
  if (code === "HPE_HEADER_OVERFLOW") return "The headers are larger than 16 KiB.";
  return code.startsWith("HPE_") ? "This is not an HTTP request." : undefined;
}

/** Whether an answer has begun on this connection, in the middle of which nothing else may stand. */
function isAnswering(socket: Socket): boolean {
  // What Node's own handler looks at too; there is no public way to ask.
  const answer: unknown = Reflect.get(socket, "_httpMessage");
  return (
    typeof answer === "object" &&
    answer !== null &&
    "headersSent" in answer &&
    answer.headersSent === true
  );
}

function unreadable(detail: string): Response {
  const { body, headers } = unreadableReply(detail);
  return new Response(body, { status: 400, headers });
}

function unreadableReply(detail: string) {
  const { body, headers } = toReply(refuse("malformed", detail), "");
  return {
    body: typeof body === "string" ? body : "",
    headers: { ...headers, ...EVERYWHERE, "X-Request-Id": requestId(undefined) },
  };
}
