/** Values of three sides, and what follows from them. Pure. */
import type { MergeConflict } from "#contracts/merge-conflict";
import { sameJson } from "../store/canonical.ts";

export interface Sides<T> {
  readonly base: T;
  readonly ours: T;
  readonly theirs: T;
}

export type Fields = Readonly<Record<string, unknown>>;

export function toFields(record: object): Fields {
  return Object.fromEntries<unknown>(Object.entries(record));
}

/** A value, undefined where there is none, and the conflicts that are open about it. */
export interface FieldState {
  readonly value: unknown;
  readonly open: readonly unknown[];
}

/**
 * What one side changed is taken from that side, what both changed alike is taken once, and only what
 * they changed differently is decided.
 */
export function mergeState(
  { base, ours, theirs }: Sides<FieldState>,
  decide: (values: Sides<unknown>) => FieldState,
): FieldState {
  if (same(base, theirs) || same(ours, theirs)) return ours;
  if (same(base, ours)) return theirs;
  const open = mergeSets({ base: base.open, ours: ours.open, theirs: theirs.open });
  if (same(ours.value, theirs.value)) return { value: ours.value, open };
  // Where the branches met before without agreeing, there is no value that both came from.
  const isAgreed = base.open.length === 0;
  if (isAgreed && same(base.value, theirs.value)) return { value: ours.value, open };
  if (isAgreed && same(base.value, ours.value)) return { value: theirs.value, open };
  const before = isAgreed ? base.value : undefined;
  const decided = decide({ base: before, ours: ours.value, theirs: theirs.value });
  return { value: decided.value, open: [...open, ...decided.open.filter(isNoneOf(open))] };
}

/** What stood there in its order, then what either side added, sorted: the same from either side. */
export function mergeSets({ base, ours, theirs }: Sides<readonly unknown[]>): unknown[] {
  const stayed = base.filter((member) => !isNoneOf(ours)(member) && !isNoneOf(theirs)(member));
  const added = [...ours, ...theirs]
    .filter(isNoneOf(base))
    .toSorted((a, b) => compareText(JSON.stringify(a), JSON.stringify(b)));
  return [...stayed, ...added].filter(
    (member, at, all) => all.findIndex((other) => same(member, other)) === at,
  );
}

export function settled(value: unknown): FieldState {
  return { value, open: [] };
}

/** Ours stays, and both are named. */
export function keptApart(field: string, values: Sides<unknown>): FieldState {
  return { value: values.ours, open: [toConflict(field, values)] };
}

/** Members that a side does not have are left out: JSON knows no undefined. */
export function toConflict(field: string, { ours, theirs, base }: Sides<unknown>): MergeConflict {
  return {
    field,
    ...(ours !== undefined && { ours }),
    ...(theirs !== undefined && { theirs }),
    ...(base !== undefined && { base }),
  };
}

export function mapSides<T, U>({ base, ours, theirs }: Sides<T>, map: (side: T) => U): Sides<U> {
  return { base: map(base), ours: map(ours), theirs: map(theirs) };
}

/** A person's own field may be called `toString`: what every object inherits is no value of it. */
export function valueOf(fields: Fields | undefined, name: string): unknown {
  return fields !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined;
}

export function namesOf(a: Fields, b: Fields): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}

export function same(a: unknown, b: unknown): boolean {
  return a === b || (a !== undefined && b !== undefined && sameJson(a, b));
}

export function isNoneOf(members: readonly unknown[]): (value: unknown) => boolean {
  return (value) => !members.some((member) => same(member, value));
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
