/** An answer before it is sent: plain data, so that the fast paths allocate next to nothing. */
import type { ServerResponse } from "node:http";

export type Headers = Readonly<Record<string, string>>;

export interface Reply {
  readonly status: number;
  /** Text that is already encoded; null: no content. */
  readonly body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | Streaming | null;
  readonly headers: Headers;
}

/** A body that goes on for as long as somebody reads it. */
export interface Streaming {
  /** Once the headers are on their way. */
  toSocket(outgoing: ServerResponse): void;
  toStream(): ReadableStream<Uint8Array>;
}

/** Of every answer: it is what it says to be, and nothing for pages of other origins to load. */
export const EVERYWHERE: Headers = {
  "X-Content-Type-Options": "nosniff",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** Never reused without asking: what is asked is mostly whether it still holds. */
const FRESH = "no-cache";
const JSON_HEADERS: Headers = { "Content-Type": "application/json", "Cache-Control": FRESH };

export function json(value: unknown, status = 200, headers?: Headers): Reply {
  return {
    status,
    body: JSON.stringify(value),
    headers: headers === undefined ? JSON_HEADERS : { ...JSON_HEADERS, ...headers },
  };
}

/** @param body is JSON already. */
export function tagged(body: string, etag: string): Reply {
  const headers = { "Content-Type": "application/json", "Cache-Control": FRESH, ETag: etag };
  return { status: 200, body, headers };
}

/** With the headers that a 200 would have had (RFC 9110 section 15.4.5), as far as they concern caches. */
export function notModified(etag: string): Reply {
  return { status: 304, body: null, headers: { "Cache-Control": FRESH, ETag: etag } };
}
