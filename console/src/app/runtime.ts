/** The page's own parts, made once: everything reaches the server through these. */
import { QueryClient } from "@tanstack/react-query";
import { createClient, type Client } from "#contracts/client";
import { Live } from "../live/live-store.ts";
import { openSharedTail, type OpenTail } from "../live/shared-tail.ts";
import { identity } from "./identity.ts";

export interface Backend {
  readonly fetch: ((request: Request) => Promise<Response>) | undefined;
  readonly openTail: OpenTail;
}

export interface Runtime {
  readonly client: Client;
  readonly live: Live;
  readonly queries: QueryClient;
}

export const SERVER: Backend = { fetch: undefined, openTail: openSharedTail };

/** The query of what the server can do at the moment. */
export const READINESS = ["readiness"];

let current: Runtime | undefined;

/** Called once by the entry of the page, and by each test. */
export function startRuntime(backend: Backend): Runtime {
  const answer = backend.fetch ?? ((request: Request) => fetch(request));
  const client = createClient({
    baseUrl: location.origin,
    actor: () => identity.get(),
    fetch: async (url, init) => {
      const response = await answer(new Request(url, init));
      // A server that cannot serve says why there; the stream would tell a quarter of a minute later.
      if (response.status >= 503 && !url.endsWith("/readyz"))
        void queries.invalidateQueries({ queryKey: READINESS });
      return response;
    },
  });
  const live = new Live({ client, openTail: backend.openTail });
  const queries = new QueryClient({
    defaultOptions: {
      queries: { networkMode: "always", retry: 1, staleTime: 5_000, refetchOnWindowFocus: false },
      mutations: { networkMode: "always" },
    },
  });
  current = { client, live, queries };
  return current;
}

export function runtime(): Runtime {
  if (current === undefined) throw new Error("the page has not been started");
  return current;
}
