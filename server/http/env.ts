import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context, Hono } from "hono";

export interface Env {
  /** Absent when the app is called in the process, without a socket. */
  readonly Bindings: { readonly incoming?: IncomingMessage; readonly outgoing?: ServerResponse };
}

export type HttpApp = Hono<Env>;
export type HttpContext = Context<Env>;
export type Handler = (c: HttpContext) => Response | Promise<Response>;

/**
 * One request header, by its lower-case name. Behind a socket Node has parsed them already, and
 * joined the lines of a list; asking it directly spares each request a `Headers` object.
 */
export function headerOf(c: HttpContext, name: string): string | undefined {
  // Hono leaves it undefined where the types say it is always there.
  const bindings: Env["Bindings"] | undefined = c.env;
  if (bindings?.incoming === undefined) return c.req.raw.headers.get(name) ?? undefined;
  const value = bindings.incoming.headers[name];
  return typeof value === "string" ? value : undefined;
}

/**
 * The path as it was sent, for logs and problems: `c.req.path` is decoded, and may hold line breaks and
 * whatever else a terminal obeys. What no URI may hold (RFC 3986) is encoded here where a client did not.
 */
export function sentPath(c: HttpContext): string {
  const [path = ""] = c.req.url.replace(/^[a-z]+:\/\/[^/?#]*/i, "").split(/[?#]/, 1);
  return path.replace(/%(?![0-9a-f]{2})|[^\w.~!$&'()*+,;=:@/%-]/gi, (each) =>
    encodeURIComponent(each.toWellFormed()),
  );
}

/** The answer as Node writes it; undefined where there is no socket. */
export function outgoingOf(c: HttpContext): ServerResponse | undefined {
  const bindings: Env["Bindings"] | undefined = c.env;
  return bindings?.outgoing;
}
