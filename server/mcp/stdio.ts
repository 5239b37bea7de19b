/** MCP over stdin and stdout: one session, one agent, as long as stdin stays open. */
import type { JSONRPCMessage, McpServer, Transport } from "@modelcontextprotocol/server";
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import type { Door } from "./door.ts";
import { follow, type Changes } from "./follow.ts";
import { createMcpServer } from "./server.ts";

/** Serves until the client closes stdin or the signal comes. */
export async function serveMcpStdio(
  door: Door,
  signal: AbortSignal,
  transport: Transport = new StdioServerTransport(),
): Promise<void> {
  const ended = new AbortController();
  const stop = AbortSignal.any([signal, ended.signal]);
  let session: Session | undefined;
  let isFollowing = false;

  function watch(): void {
    if (isFollowing) return;
    isFollowing = true;
    void follow(door, (changes) => session?.tell(changes), stop);
  }

  const handle = serveStdio(
    ({ era }) => {
      session = createSession(door, era, watch);
      return session.mcp;
    },
    { transport: observed(transport, watch, () => ended.abort()) },
  );
  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    stop.addEventListener("abort", () => resolve(), { once: true });
  });
  await handle.close();
}

interface Session {
  readonly mcp: McpServer;
  tell(changes: Changes): void;
}

/**
 * In the 2026-07-28 protocol the SDK keeps the subscriptions and drops what nobody asked for; before,
 * that was the server's own affair.
 */
function createSession(door: Door, era: "legacy" | "modern", watch: () => void): Session {
  const mcp = createMcpServer(door, true);
  const { server } = mcp;
  const wanted = new Set<string>();
  if (era === "legacy") {
    server.setRequestHandler("resources/subscribe", ({ params }) => {
      wanted.add(params.uri);
      watch();
      return {};
    });
    server.setRequestHandler("resources/unsubscribe", ({ params }) => {
      wanted.delete(params.uri);
      return {};
    });
  }
  return {
    mcp,
    tell({ uris, list }) {
      if (list) mcp.sendResourceListChanged();
      for (const uri of uris) {
        if (era === "legacy" && !wanted.has(uri)) continue;
        server.sendResourceUpdated({ uri }).catch(() => {
          // The client has gone meanwhile: nobody is left to be told.
        });
      }
    },
  };
}

/** Sees subscriptions come in, which the SDK answers by itself, and the end of the session. */
function observed(inner: Transport, onListen: () => void, onEnd: () => void): Transport {
  const outer: Transport = {
    async start() {
      inner.onmessage = (message, extra) => {
        if (isListen(message)) onListen();
        outer.onmessage?.(message, extra);
      };
      inner.onerror = (error) => outer.onerror?.(error);
      inner.onclose = () => {
        outer.onclose?.();
        onEnd();
      };
      await inner.start();
    },
    send: (message, options) => inner.send(message, options),
    close: () => inner.close(),
  };
  return outer;
}

function isListen(message: JSONRPCMessage): boolean {
  return "method" in message && message.method === "subscriptions/listen";
}
