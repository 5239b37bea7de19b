/** `If-Match`, checked where the change is decided: nothing can slip in between. */
import type { ProblemCode } from "#contracts/problem";
import type { Kind } from "#contracts/state";
import { holds, type Precondition } from "../kernel/precondition.ts";
import type { Refusal } from "../kernel/refusal.ts";
import type { View } from "./port.ts";
import { staleRecord, unknownRecord } from "./record-refusals.ts";

/**
 * Refuses when the record is not there, or is not what the caller saw. A record answers to its own
 * ETag and to that of its collection, which says more: that nothing else changed either.
 */
export function refuseStale(
  view: View,
  kind: Kind,
  id: string,
  ifMatch: Precondition | undefined,
): Refusal<ProblemCode> | undefined {
  const entry = view.get(kind, id);
  if (ifMatch === undefined) return entry === undefined ? unknownRecord(kind, id) : undefined;
  if (entry === undefined) return staleRecord(kind, id, undefined);
  const current = [entry.etag, view.collection(kind).etag];
  return holds(ifMatch, current) ? undefined : staleRecord(kind, id, entry);
}
