/** Judges a merge from outside: which changes of a side are neither in the result nor named in it. */
import { isDeepStrictEqual } from "node:util";
import type { Kind } from "#contracts/state";
import type { Fields } from "../three-way.ts";

const SETS = ["labels", "depends_on", "skills"];

/** Settled by a rule, and tested one by one. */
const KEPT: Readonly<Record<Kind, readonly string[]>> = {
  tasks: ["version", "position", "created_at", "updated_at", "completed_at"],
  agents: ["version", "status", "last_seen", "current_task"],
  locks: ["version", "acquired_at", "heartbeat_at", "expires_at", "fencing_token"],
};

export function lostChanges(
  kind: Kind,
  base: Fields | undefined,
  side: Fields | undefined,
  merged: Fields | undefined,
): string[] {
  if (side === undefined) {
    const isKept = entriesOf(merged).some((entry) => "deleted_by" in entry);
    return base === undefined || merged === undefined || isKept ? [] : ["the deletion"];
  }
  const names = [...new Set([...Object.keys(base ?? {}), ...Object.keys(side)])].filter(
    (name) => !KEPT[kind].includes(name) && !isDeepStrictEqual(own(base, name), own(side, name)),
  );
  if (merged === undefined) return kind === "locks" ? [] : names;
  return names.flatMap((name) => {
    const kept = { before: own(base, name), now: own(side, name), after: own(merged, name) };
    if (isNamed(merged, name, kept.now)) return [];
    if (SETS.includes(name)) return lostMembers(name, kept);
    if (name === "conflicts")
      return lostMembers(name, { ...kept, before: undefined, now: newEntries(kept) });
    if (name === "dod") return lostItems(merged, kept);
    if (name === "blocked") return reasonOf(kept.now) === reasonOf(kept.after) ? [] : [name];
    return isDeepStrictEqual(kept.now, kept.after) ? [] : [name];
  });
}

function own(fields: Fields | undefined, name: string): unknown {
  return fields !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined;
}

interface Kept {
  readonly before: unknown;
  readonly now: unknown;
  readonly after: unknown;
}

function lostMembers(name: string, { before, now, after }: Kept): string[] {
  const has = (list: unknown, member: unknown) =>
    toList(list).some((other) => isDeepStrictEqual(other, member));
  const added = toList(now).filter((member) => !has(before, member) && !has(after, member));
  const removed = toList(before).filter((member) => !has(now, member) && has(after, member));
  return [
    ...added.map((member) => `${name}: + ${JSON.stringify(member)}`),
    ...removed.map((member) => `${name}: - ${JSON.stringify(member)}`),
  ];
}

function newEntries({ before, now }: Kept): unknown[] {
  return toList(now).filter(
    (entry) => !toList(before).some((other) => isDeepStrictEqual(other, entry)),
  );
}

/** Items are known by their words too, since a merge may have to give one another id. */
function lostItems(merged: Fields, { before, now, after }: Kept): string[] {
  const textsOf = (list: unknown) => toList(list).map((item) => (item as Fields)["text"]);
  const named = JSON.stringify(entriesOf(merged));
  return toList(now).flatMap((each) => {
    const { id, text, done } = each as Fields;
    const words = JSON.stringify(text);
    if (!textsOf(after).includes(text)) {
      return named.includes(words) || textsOf(before).includes(text) ? [] : [`dod: + ${words}`];
    }
    const isTicked = toList(after).some((item) => {
      const other = item as Fields;
      return (other["text"] === text || other["id"] === id) && other["done"] === true;
    });
    const wasTicked = toList(before).some((item) => (item as Fields)["done"] === true);
    return done === true && !wasTicked && !isTicked ? [`dod: ticked ${words}`] : [];
  });
}

function isNamed(merged: Fields, field: string, value: unknown): boolean {
  return entriesOf(merged).some(
    (entry) =>
      entry["field"] === field &&
      (isDeepStrictEqual(entry["ours"], value) || isDeepStrictEqual(entry["theirs"], value)),
  );
}

function entriesOf(merged: Fields | undefined): readonly Fields[] {
  return toList(merged?.["conflicts"]) as Fields[];
}

function reasonOf(blocked: unknown): unknown {
  return blocked === null ? null : (blocked as Fields)["reason"];
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
