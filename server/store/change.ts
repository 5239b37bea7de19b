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
 * The shorter of patch and value. A merge patch cannot tell "null" from "absent": where that matters it
 * is tried out, and only used when redoing it gives exactly the new record.
 */
export function toLogged<K extends Kind>(
  definition: KindDefinition<K>,
  id: string,
  before: StoredEntry<RecordOf[K]> | undefined,
  after: StoredEntry<RecordOf[K]>,
): LoggedChange {
  const named = { kind: definition.kind, id, version: after.version, hash: after.content };
  if (before !== undefined) {
    const { patch, isExact } = diff(before.record, after.record);
    delete patch["version"];
    if (isExact || leadsTo(definition, before.record, { ...named, patch }, after.record)) {
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

interface Difference {
  readonly patch: Record<string, unknown>;
  /** Whether it leads there by itself, since it says "null" only of what is gone. */
  readonly isExact: boolean;
}

/** The merge patch from one object to another, as far as a merge patch can say it. */
function diff(before: Fields, after: Fields): Difference {
  const patch: [name: string, value: unknown][] = [];
  let isExact = true;
  for (const [name, value] of Object.entries(after)) {
    const isThere = Object.hasOwn(before, name);
    const previous = isThere ? before[name] : undefined;
    if (isThere && sameJson(previous, value)) continue;
    const inner = isObject(previous) && isObject(value) ? diff(previous, value) : undefined;
    patch.push([name, inner === undefined ? value : inner.patch]);
    isExact &&= inner === undefined ? !saysNull(value) : inner.isExact;
  }
  for (const name of Object.keys(before)) if (!Object.hasOwn(after, name)) patch.push([name, null]);
  return { patch: Object.fromEntries(patch), isExact };
}

type Fields = Readonly<Record<string, unknown>>;

/** Whether a merge patch that sets this value would take out something instead. */
function saysNull(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return isObject(value) && Object.values(value).some(saysNull);
}
