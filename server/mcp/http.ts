/**
 * MCP over Streamable HTTP. Each request stands for itself: there are no sessions to lose at a
 * restart. Clients of the 2026-07-28 protocol get changes of resources on a stream of their own;
 * older ones would need a session for that, and use stdio where they want it.
 */
import { createMcpHandler, type ServerEvent } from "@modelcontextprotocol/server";
import { createClient, type ClientOptions } from "#contracts/client";
import type { Door } from "./door.ts";
import { follow, type Changes } from "./follow.ts";
import { createMcpServer } from "./server.ts";

type Fetch = NonNullable<ClientOptions["fetch"]>;

export interface McpDoor {
  /** Whoever calls has checked host and origin. */
  answer(request: Request): Promise<{
    readonly status: number;
    readonly body: ReadableStream<Uint8Array> | null;
    readonly headers: Record<string, string>;
  }>;
  /** Ends the streams and what runs. */
  close(): Promise<void>;
}

/** As for the API: a body of an agent's call is short. */
const BODY_LIMIT_BYTES = 1024 * 1024;

/** @param fetch reaches the API; in the server, without a socket. */
export function createMcpDoor(fetch: Fetch): McpDoor {
  const changes = createChanges(toDoor(fetch, undefined));
  const handler = createMcpHandler(
    ({ era, requestInfo }) => {
      const actor = requestInfo?.headers.get("kyros-actor") ?? undefined;
      return createMcpServer(toDoor(fetch, actor), era === "modern");
    },
    { bus: changes, maxRequestBodySize: BODY_LIMIT_BYTES },
  );
  return {
    async answer(request) {
      const { status, body, headers } = await handler.fetch(request);
      return { status, body, headers: Object.fromEntries(headers) };
    },
    async close() {
      changes.close();
      await handler.close();
    },
  };
}

function toDoor(fetch: Fetch, actor: string | undefined): Door {
  return {
    actor,
    canWait: () => true,
    visit: (name, work) => work(createClient({ baseUrl: "http://localhost", actor: name, fetch })),
  };
}

/** Follows the log as long as somebody listens. */
function createChanges(door: Door) {
  const listeners = new Set<(event: ServerEvent) => void>();
  let following: AbortController | undefined;

  function publish(event: ServerEvent): void {
    for (const listener of listeners) listener(event);
  }

  function tell({ uris, list }: Changes): void {
    if (list) publish({ kind: "resources_list_changed" });
    for (const uri of uris) publish({ kind: "resource_updated", uri });
  }

  function close(): void {
    following?.abort();
    following = undefined;
  }

  return {
    publish,
    close,
    subscribe(listener: (event: ServerEvent) => void): () => void {
      listeners.add(listener);
      if (following === undefined) {
        following = new AbortController();
        void follow(door, tell, following.signal);
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) close();
      };
    },
  };
}
