/** Who was faster: what a caller has to know to merge after a 412, without asking again. */
import type { KyrosEvent } from "#contracts/event";
import type { ProblemCode } from "#contracts/problem";
import type { Kind } from "#contracts/state";
import type { Precondition } from "../kernel/precondition.ts";
import type { Refusal } from "../kernel/refusal.ts";
import { versionOf } from "./canonical.ts";
import type { LoggedChange } from "./change.ts";
import { changesOf } from "./log-line.ts";
import type { Store } from "./port.ts";

/** Somebody whose copy is older than so many changes of it reads it anew anyway. */
const FARTHEST_BACK = 20_000;

/** Changed with every change; no caller's own change collides with them. */
const EVERY_TIME = ["version", "updated_at"];

/**
 * Adds to a refusal which fields changed since the version that the caller saw, and by whom. Read from
 * the log after the refusal, bounded, so that a decision never waits for the disk.
 */
export async function withConflict<T extends Refusal<ProblemCode>>(
  store: Store,
  kind: Kind,
  id: string,
  ifMatch: Precondition | undefined,
  refusal: T,
): Promise<T> {
  if (refusal.code !== "precondition-failed" || !("current" in refusal.more)) return refusal;
  const more = { ...refusal.more, ...(await findConflict(store, kind, id, seenVersion(ifMatch))) };
  return { ...refusal, more };
}

function seenVersion(ifMatch: Precondition | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch === "*") return undefined;
  const versions = ifMatch.flatMap((tag) => versionOf(tag.replace(/^W\//, "")) ?? []);
  return versions.length === 0 ? undefined : Math.max(...versions);
}

interface Conflict {
  /** Absent when it is not known which version the caller saw. */
  readonly changed_fields?: readonly string[];
  readonly changed_by?: string;
  readonly changed_at?: string;
  readonly event_id?: string;
}

async function findConflict(
  store: Store,
  kind: Kind,
  id: string,
  seen: number | undefined,
): Promise<Conflict> {
  const { head } = store.events;
  const after = Math.max(0, head - FARTHEST_BACK);
  const fields = new Set<string>();
  let newest: Conflict | undefined;
  const range = { after, upTo: head, backwards: true, containing: [JSON.stringify(id)] };
  for await (const entries of store.events.scan(range)) {
    for (const { event } of entries) {
      const change = changesOf(event).find((each) => each.kind === kind && each.id === id);
      if (change === undefined) continue;
      if (seen !== undefined && change.version <= seen) {
        return { ...newest, changed_fields: [...fields] };
      }
      newest ??= { changed_by: event.actor, changed_at: event.ts, event_id: event.id };
      if (seen === undefined) return newest;
      for (const field of fieldsOf(event, change)) {
        if (!EVERY_TIME.includes(field)) fields.add(field);
      }
    }
  }
  return newest ?? {};
}

/** An edit of the file is logged whole; which fields it changed stands beside it, where that is known. */
function fieldsOf({ details }: KyrosEvent, { patch, value }: LoggedChange): readonly string[] {
  const named = details["fields"];
  if (value !== undefined && Array.isArray(named)) {
    return named.filter((field) => typeof field === "string");
  }
  return Object.keys(patch ?? value ?? {});
}
