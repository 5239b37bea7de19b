/**
 * The three-way merge of one record, field by field. Pure.
 *
 *   1. What one side changed is taken from that side; what both changed alike is taken once.
 *   2. Lists of names merge by member, the definition of done by item.
 *   3. Where both changed one thing differently, ours stays, and `conflicts` of the record names the
 *      field and both values. A conflict that somebody settled on one side is settled.
 *   4. What the server keeps (times, versions, ranks, presence) is nobody's word: a rule settles it.
 *   5. With the sides exchanged the result is the same, but for which of two values is called ours.
 */
import { MOST_ARTIFACTS } from "#contracts/execution";
import type { MergeConflict } from "#contracts/merge-conflict";
import type { Kind } from "#contracts/state";
import { isObject } from "../kernel/json.ts";
import { mergeDod } from "./merge-dod.ts";
import {
  compareText,
  isNoneOf,
  keptApart,
  mapSides,
  mergeSets,
  mergeState,
  namesOf,
  same,
  settled,
  valueOf,
  type Fields,
  type FieldState,
  type Sides,
} from "./three-way.ts";

interface Given extends Sides<unknown> {
  readonly field: string;
  /** The side whose server saw the record last. */
  readonly newer: "ours" | "theirs";
}

/** What becomes of a field that the sides changed differently. */
type Rule = (given: Given) => FieldState;

interface KindRules {
  readonly fields: ReadonlyMap<string, Rule>;
  /** The time by which the two servers' views of the record are ordered. */
  readonly seenAt: string;
  /** Fields that the server keeps: their change alone does not keep a deleted record alive. */
  readonly kept: readonly string[];
  /** A lease that ended on one side has ended: its token must not come to life again. */
  readonly endsForGood: boolean;
}

const RULES: Readonly<Record<Kind, KindRules>> = {
  tasks: {
    fields: rulesOf({
      depends_on: members,
      dod: (given) => mergeDod(given, given.newer),
      labels: members,
      position: newest,
      blocked: oneReason,
      created_at: later,
      updated_at: later,
      completed_at: completed,
      artifacts,
      expired_leases: newest,
    }),
    seenAt: "updated_at",
    kept: ["version", "position", "updated_at", "expired_leases"],
    endsForGood: false,
  },
  agents: {
    fields: rulesOf({ skills: members, status: newest, last_seen: later, current_task: newest }),
    seenAt: "last_seen",
    kept: ["version", "status", "last_seen", "current_task"],
    endsForGood: false,
  },
  locks: {
    fields: rulesOf({
      acquired_at: later,
      heartbeat_at: later,
      expires_at: later,
      fencing_token: greater,
    }),
    seenAt: "heartbeat_at",
    kept: ["version", "heartbeat_at", "expires_at"],
    endsForGood: true,
  },
};

function rulesOf(rules: Readonly<Record<string, Rule>>): ReadonlyMap<string, Rule> {
  return new Map(Object.entries(rules));
}

/** @param sides the record on each side; undefined where it is not. @returns undefined: deleted. */
export function mergeRecord(kind: Kind, sides: Sides<Fields | undefined>): Fields | undefined {
  const { base, ours, theirs } = sides;
  const rules = RULES[kind];
  if (ours !== undefined && theirs !== undefined) return mergeFields(rules, base, ours, theirs);
  const left = ours ?? theirs;
  if (left === undefined || base === undefined) return left;
  if (rules.endsForGood || !isTouched(rules, base, left)) return undefined;
  const deleted: MergeConflict = { deleted_by: ours === undefined ? "ours" : "theirs" };
  const open = openOf(left);
  return isNoneOf(open)(deleted) ? { ...left, conflicts: [...open, deleted] } : left;
}

/** For a field whose merged value does not fit the schema: ours stays, and both are named. */
export function keepApart(merged: Fields, field: string, sides: Sides<Fields | undefined>): Fields {
  const { value, open } = keptApart(
    field,
    mapSides(sides, (record) => valueOf(record, field)),
  );
  const others = openOf(merged).filter((entry) => fieldOf(entry) !== field);
  return { ...merged, [field]: value, conflicts: [...others, ...open] };
}

function isTouched({ kept }: KindRules, base: Fields, record: Fields): boolean {
  return namesOf(base, record).some(
    (name) => !kept.includes(name) && !same(valueOf(base, name), valueOf(record, name)),
  );
}

function mergeFields(
  rules: KindRules,
  base: Fields | undefined,
  ours: Fields,
  theirs: Fields,
): Fields {
  const sides = { base, ours, theirs };
  const newer = newerOf(rules.seenAt, ours, theirs);
  const merged = new Map<string, unknown>();
  const open: unknown[] = [];
  for (const field of fieldsOf(ours, theirs)) {
    const rule = rules.fields.get(field) ?? apart;
    const states = mapSides(sides, (record) => ({
      value: valueOf(record, field),
      open: openAbout(field, record),
    }));
    const state = mergeState(states, (values) => rule({ ...values, field, newer }));
    if (state.value !== undefined) merged.set(field, state.value);
    open.push(...state.open);
  }
  open.push(...mergeSets(mapSides(sides, (record) => openAbout("", record))));
  if (open.length > 0) merged.set("conflicts", open);
  const record = Object.fromEntries(merged);
  return { ...record, version: nextVersion(record, ours, theirs) };
}

/** A conflict may be about a field that neither side has any more. */
function fieldsOf(ours: Fields, theirs: Fields): readonly string[] {
  const about = [...openOf(ours), ...openOf(theirs)].map(fieldOf);
  return [...new Set([...namesOf(ours, theirs), ...about])].filter(
    (name) => !["", "version", "conflicts"].includes(name),
  );
}

/** The greater of both, and one more for what stands on neither side. The server has the last word. */
function nextVersion(merged: Fields, ours: Fields, theirs: Fields): number {
  const isNew = [ours, theirs].every((side) => !same(merged, { ...side, version: undefined }));
  return Math.max(Number(ours["version"]), Number(theirs["version"])) + (isNew ? 1 : 0);
}

function newerOf(seenAt: string, ours: Fields, theirs: Fields): "ours" | "theirs" {
  const order =
    compareText(toText(ours[seenAt]), toText(theirs[seenAt])) ||
    compareText(JSON.stringify(ours), JSON.stringify(theirs));
  return order >= 0 ? "ours" : "theirs";
}

/** Whatever stands there: a person may have a field of this name too. */
function openOf(record: Fields | undefined): readonly unknown[] {
  const conflicts = record?.["conflicts"];
  if (conflicts === undefined) return [];
  return Array.isArray(conflicts) ? conflicts : [conflicts];
}

function openAbout(field: string, record: Fields | undefined): readonly unknown[] {
  return openOf(record).filter((entry) => fieldOf(entry) === field);
}

/** The field of the record that an entry is about; "" for the record as a whole. */
function fieldOf(entry: unknown): string {
  const field = isObject(entry) ? entry["field"] : undefined;
  if (typeof field !== "string") return "";
  return field.startsWith("dod.") ? "dod" : field;
}

function apart(given: Given): FieldState {
  return keptApart(given.field, given);
}

function newest({ newer, ours, theirs }: Given): FieldState {
  return settled(newer === "ours" ? ours : theirs);
}

/** Timestamps of this form sort as the moments do; null is before all of them. */
function later({ ours, theirs }: Given): FieldState {
  return settled(toText(ours) > toText(theirs) ? ours : theirs);
}

function greater({ ours, theirs }: Given): FieldState {
  return settled(Number(ours) > Number(theirs) ? ours : theirs);
}

/** Where one side took the task up again, it is not completed any more. */
function completed(given: Given): FieldState {
  return given.ours === null || given.theirs === null ? settled(null) : later(given);
}

/** Blocked for one reason on both sides is blocked once. */
function oneReason(given: Given): FieldState {
  const { ours, theirs } = given;
  if (!isObject(ours) || !isObject(theirs)) return apart(given);
  const { since: ourSince, ...our } = ours;
  const { since: theirSince, ...their } = theirs;
  if (!same(our, their)) return apart(given);
  return settled(toText(ourSince) > toText(theirSince) ? ours : theirs);
}

function members({ base, ours, theirs }: Given): FieldState {
  return settled(mergeSets({ base: toList(base), ours: toList(ours), theirs: toList(theirs) }));
}

/** What workers left on either side, in the order in which they did; the oldest give way. */
function artifacts(given: Given): FieldState {
  const { value } = members(given);
  const createdAt = (artifact: unknown) => toText(isObject(artifact) && artifact["created_at"]);
  return settled(
    toList(value)
      .toSorted((a, b) => compareText(createdAt(a), createdAt(b)))
      .slice(-MOST_ARTIFACTS),
  );
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
