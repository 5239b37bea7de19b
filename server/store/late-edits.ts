/**
 * Edits of a state file that the last commits had not reached yet: the process ended between log and
 * file, and somebody edited the file before the next one began. What the log acknowledged and what the
 * person wrote are put together field by field.
 */
import type { Kind, RecordOf } from "#contracts/state";
import { sameJson } from "./canonical.ts";
import { Replay, changeMarks } from "./replay.ts";
import { changesOf } from "./log-line.ts";
import type { Folder } from "./take-in.ts";

/** What the log says of a record. */
export interface Told<R> {
  /** As it was at the version that was asked for. */
  readonly shown: R | undefined;
  readonly last: R | undefined;
}

/** More names than this are slower to look for in each line than the mark of their kind. */
const MANY = 16;

/** @param shown the version that the file shows, where its record is of interest, by id. */
export async function tellOf<K extends Kind>(
  { log, kinds }: Folder,
  kind: K,
  shown: ReadonlyMap<string, number | undefined>,
): Promise<ReadonlyMap<string, Told<RecordOf[K]>>> {
  const told = new Map<string, Told<RecordOf[K]>>();
  if (shown.size === 0) return told;
  const replay = new Replay(kinds);
  const containing =
    shown.size > MANY ? changeMarks(kind) : [...shown.keys()].map((id) => JSON.stringify(id));
  for await (const batch of log.scan({ after: 0, containing })) {
    for (const { event } of batch) {
      replay.apply(event);
      for (const { id, version, ...change } of changesOf(event)) {
        if (change.kind !== kind || !shown.has(id)) continue;
        const last = replay.records(kind).get(id);
        const isShown = version === shown.get(id);
        told.set(id, { shown: isShown ? last : told.get(id)?.shown, last });
      }
    }
  }
  return told;
}

/**
 * Three-way, by field: what was edited stands on top of what the log says. A field that both changed is
 * the editor's, since the file is the truth; `overruled` names it.
 */
export function mergeFields(
  base: object,
  logged: object,
  edited: object,
): { merged: Record<string, unknown>; overruled: string[] } {
  const [was, says, shows] = [toFields(base), toFields(logged), toFields(edited)];
  const merged = new Map(says);
  const overruled: string[] = [];
  for (const name of new Set([...was.keys(), ...shows.keys()])) {
    const value = shows.get(name);
    if (sameJson(value, was.get(name))) continue;
    const isOverruled =
      !sameJson(says.get(name), was.get(name)) && !sameJson(says.get(name), value);
    if (isOverruled) overruled.push(name);
    if (shows.has(name)) merged.set(name, value);
    else merged.delete(name);
  }
  return { merged: Object.fromEntries(merged), overruled };
}

/** A map, since `__proto__` is an ordinary name here. */
function toFields(record: object): Map<string, unknown> {
  return new Map(Object.entries(record));
}
