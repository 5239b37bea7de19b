/** Requests for paths or methods that no operation serves. */
import { JSON_PATCH_TYPE, JSON_TYPE, MERGE_PATCH_TYPE } from "#contracts/operations";
import { ROUTES, type Route } from "#contracts/routes";
import { refuse } from "../kernel/refusal.ts";
import type { Edge } from "./edge.ts";
import { sentPath, type Handler, type HttpApp, type HttpContext } from "./env.ts";
import { API_PREFIX, PREFIXES } from "./prefixes.ts";
import type { Headers } from "./reply.ts";

interface Known {
  readonly path: string;
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/** @param pages paths of pages, which are only read. */
export function createMethods(edge: Edge, pages: readonly string[]) {
  const known = toKnown([
    ...Object.values<Route>(ROUTES),
    ...pages.map((path): Route => ({ method: "GET", path })),
  ]);

  /** The most particular path that matches: `/collab/tasks/claim` is never a task called claim. */
  function find(path: string): Known | undefined {
    const plain = path.startsWith(`${API_PREFIX}/`) ? path.slice(API_PREFIX.length) : path;
    const matches = known.filter(({ pattern }) => pattern.test(plain));
    return matches.find((match) => match.path === plain) ?? matches[0];
  }

  const answer: Handler = edge.handler("unrouted", (exchange) => {
    const { c } = exchange;
    const found = find(c.req.path);
    if (found === undefined) {
      return edge.refuse(
        exchange,
        refuse("not-found", `There is nothing at ${shown(c)}. /docs describes what there is.`),
      );
    }
    const headers = allow(found.methods);
    if (c.req.method === "OPTIONS")
      return edge.send(exchange, { status: 204, body: null, headers });
    const detail = `${shown(c)} takes ${[...found.methods].join(", ")}, not ${c.req.method}.`;
    return edge.refuse(exchange, refuse("method-not-allowed", detail), headers);
  });

  return {
    answer,
    /** Call it before the operations are mounted: what comes first is matched first. */
    guard(app: HttpApp): void {
      for (const { path, methods } of known) {
        if (path.includes("{")) continue;
        const covering = known.filter((other) => other.path !== path && other.pattern.test(path));
        const others = covering.flatMap((other) => [...other.methods]);
        const refused = others.filter((method) => method !== "HEAD" && !methods.has(method));
        if (refused.length > 0)
          app.on(
            refused,
            PREFIXES.map((prefix) => prefix + path),
            answer,
          );
      }
    },
  };
}

function toKnown(routes: readonly Route[]): Known[] {
  const byPath = Map.groupBy(routes, ({ path }) => path);
  return [...byPath].map(([path, same]) => ({
    path,
    pattern: new RegExp(`^${path.replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/]+")}$`),
    methods: new Set(same.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method]))),
  }));
}

const PATCH_TYPES = [JSON_TYPE, MERGE_PATCH_TYPE, JSON_PATCH_TYPE].join(", ");

function allow(methods: ReadonlySet<string>): Headers {
  const Allow = [...methods, "OPTIONS"].join(", ");
  return methods.has("PATCH") ? { Allow, "Accept-Patch": PATCH_TYPES } : { Allow };
}

function shown(c: HttpContext): string {
  const path = sentPath(c);
  return path.length > 200 ? `${path.slice(0, 200)}…` : path;
}
