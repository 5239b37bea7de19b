/** The record that a path names, and what its present state says to a request before it is run. */
import type { ProblemCode } from "#contracts/problem";
import type { Kind } from "#contracts/state";
import type { Refusal } from "../kernel/refusal.ts";
import type { Store } from "../store/port.ts";
import { evaluate, type Preconditions } from "./conditional.ts";
import { headerOf, type HttpContext } from "./env.ts";
import { missingPrecondition, staleRecord, unknownRecord } from "../store/record-refusals.ts";

type Refused = Refusal<ProblemCode>;

export interface Target {
  /** 404; with an `If-Match` it is that which fails instead. */
  readonly absent: Refused | undefined;
  /** The use case must be asked although the record is gone. */
  readonly mayBeAnswered: boolean;
  stale(given: Preconditions): Refused | undefined;
  /** 428 */
  unguarded(): Refused;
}

const NO_TARGET: Target = {
  absent: undefined,
  mayBeAnswered: true,
  stale: () => undefined,
  unguarded: () => {
    throw new Error("an operation that requires If-Match names no record");
  },
};

/** The kind of record that a route's path names by an id. */
export function targetKind(path: string): Kind | undefined {
  if (path.startsWith("/collab/tasks/{id}")) return "tasks";
  if (path.startsWith("/collab/agents/{id}")) return "agents";
  return path.startsWith("/collab/leases/{lock_id}") ? "locks" : undefined;
}

export function targetOf(
  c: HttpContext,
  kind: Kind | undefined,
  store: Pick<Store, "read">,
): Target {
  if (kind === undefined) return NO_TARGET;
  const name = c.req.param(kind === "locks" ? "lock_id" : "id") ?? "";
  const view = store.read();
  const entry = view.get(kind, name);
  const tags = entry === undefined ? [] : [entry.etag, view.collection(kind).etag];
  const isAbsent = entry === undefined && headerOf(c, "if-match") === undefined;
  return {
    absent: isAbsent ? unknownRecord(kind, name) : undefined,
    // A repetition gets its answer again; and of a lease, its end is remembered for a while.
    mayBeAnswered: headerOf(c, "idempotency-key") !== undefined || kind === "locks",
    stale: (given) =>
      evaluate(given, tags, false) === "proceed" ? undefined : staleRecord(kind, name, entry),
    unguarded: () => missingPrecondition(kind, name, entry?.etag ?? ""),
  };
}
