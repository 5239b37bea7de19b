/**
 * How a change stands in the log: enough to redo it. `details.changes` of an event holds, for each
 * record it touched, the new version, the digest of the result, and either the merge patch (RFC 7396)
 * that leads there, or the whole value (null: deleted).
 */
import type { Kind, RecordOf } from "#contracts/state";
import { toInstant, type Instant } from "../kernel/instant.ts";
import { isObject } from "../kernel/json.ts";
import { sameJson } from "./canonical.ts";
import type { StoredEntry } from "./entry.ts";
import type { KindDefinition } from "./kind.ts";

export interface LoggedChange {
  readonly kind: Kind;
  readonly id: string;
  readonly version: number;
  /** Digest of the record without version and volatile fields; absent when it was deleted. */
  readonly hash?: string;
  readonly patch?: Readonly<Record<string, unknown>>;
  readonly value?: Readonly<Record<string, unknown>> | null;
}

/**
 * The shorter of patch and value. A merge patch cannot tell "null" from "absent", so it is tried out
 * and only used where redoing it gives exactly the new record.
 */
export function toLogged<K extends Kind>(
  definition: KindDefinition<K>,
  id: string,
  before: StoredEntry<RecordOf[K]> | undefined,
  after: StoredEntry<RecordOf[K]>,
): LoggedChange {
  const named = { kind: definition.kind, id, version: after.version, hash: after.content };
  if (before !== undefined) {
    const patch = diff(before.record, after.record);
    delete patch["version"];
    if (leadsTo(definition, before.record, { ...named, patch }, after.record)) {
      return { ...named, patch };
    }
  }
  return { ...named, value: { ...after.record } };
}

function leadsTo<K extends Kind>(
  definition: KindDefinition<K>,
  before: RecordOf[K],
  logged: LoggedChange,
  after: RecordOf[K],
): boolean {
  // Mostly the patch alone gives the record; to read it once more would only confirm it.
  const merged = mergePatch(before, logged.patch);
  if (isObject(merged) && sameJson({ ...merged, version: logged.version }, after)) return true;
  const again = redo(definition, before, logged, NO_TIME);
  return again !== undefined && sameJson(again, after);
}

/** Defaults that need a clock never apply here: what is redone has all of its fields. */
const NO_TIME = toInstant(0);

/** The record after a logged change, or undefined: deleted, or not to be made from this `before`. */
export function redo<K extends Kind>(
  definition: KindDefinition<K>,
  before: RecordOf[K] | undefined,
  logged: LoggedChange,
  now: Instant,
): RecordOf[K] | undefined {
  if (logged.value === null) return undefined;
  const raw = logged.value ?? mergePatch(before ?? {}, logged.patch ?? {});
  if (!isObject(raw)) return undefined;
  const result = definition.read(logged.id, { ...raw, version: logged.version }, now);
  return result.ok ? result.record : undefined;
}

/** RFC 7396. Never touches its arguments; `__proto__` is an ordinary name to it. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

/** The merge patch from one object to another, as far as a merge patch can say it. */
function diff(before: object, after: object): Record<string, unknown> {
  const patch = new Map<string, unknown>();
  const old = new Map(Object.entries(before));
  for (const [name, value] of Object.entries(after)) {
    const previous: unknown = old.get(name);
    if (old.has(name) && sameJson(previous, value)) continue;
    patch.set(name, isObject(previous) && isObject(value) ? diff(previous, value) : value);
  }
  for (const name of old.keys()) if (!Object.hasOwn(after, name)) patch.set(name, null);
  return Object.fromEntries(patch);
}
