/** What there is to say about a record that is gone, or not as the caller saw it. */
import type { ProblemCode } from "#contracts/problem";
import type { Kind } from "#contracts/state";
import { refuse, type Refusal } from "../kernel/refusal.ts";
import type { Entry } from "./port.ts";

const ONE: Record<Kind, string> = { tasks: "task", agents: "agent", locks: "lease" };

export function unknownRecord(kind: Kind, id: string): Refusal<ProblemCode> {
  return refuse("not-found", `There is no ${ONE[kind]} ${shown(id)}.`);
}

/** Refused before any decision: the caller merges by itself, from what stands here. */
export function staleRecord(
  kind: Kind,
  id: string,
  entry: Entry<unknown> | undefined,
): Refusal<ProblemCode> {
  if (entry === undefined) {
    return refuse(
      "precondition-failed",
      `There is no ${ONE[kind]} ${shown(id)} (any more), so it is not as you saw it.`,
      { current: null, current_etag: null },
    );
  }
  return refuse(
    "precondition-failed",
    `The ${ONE[kind]} ${shown(id)} is not as you saw it. Merge with current, then send again with If-Match: ${entry.etag}`,
    { current: entry.record, current_etag: entry.etag },
  );
}

export function missingPrecondition(kind: Kind, id: string, etag: string): Refusal<ProblemCode> {
  return refuse(
    "precondition-required",
    `Say which state you saw: GET the ${ONE[kind]} ${shown(id)}, then send its ETag, as in If-Match: ${etag}`,
  );
}

/** Ids come from the URL and can be anything. */
function shown(id: string): string {
  return id.length > 80 ? `${id.slice(0, 80)}…` : id;
}
