/** What the agents tell: one JSON object a line on standard output. */

export type Report =
  /** The server said that this version of the task is written. */
  | { readonly what: "acknowledged"; task: string; version: number; did: string }
  /** Somebody else was quicker; the change is made again on top of theirs. */
  | { readonly what: "merged"; task: string; by: string; fields: readonly string[] }
  /** How many requests had to be repeated for want of an answer; said at the end. */
  | { readonly what: "repeated"; requests: number }
  /** The task is no longer this agent's. */
  | { readonly what: "lost"; task: string; code: string };

/** `"7-…"` is version 7. */
export function versionOf(etag: string): number {
  return Number(/^"(\d+)-/.exec(etag)?.[1]);
}
