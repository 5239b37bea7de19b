/**
 * What to do when the record changed under one's hands: a three-way comparison of what the person
 * saw, what the person wants, and what stands there now.
 */
import type { Task } from "#contracts/task";

export type TaskFields = Partial<Task>;
export type FieldName = Extract<keyof Task, string>;

/** Fields of `wanted` that somebody else changed meanwhile to something else. */
export function conflictingFields(seen: TaskFields, wanted: TaskFields, now: Task): FieldName[] {
  return fieldsOf(wanted).filter(
    (field) => !same(seen[field], now[field]) && !same(wanted[field], now[field]),
  );
}

/** Fields that differ between two states of a task, without those the server keeps for itself. */
export function changedFields(before: TaskFields, after: Task): FieldName[] {
  return fieldsOf(after).filter(
    (field) => !BOOKKEEPING.includes(field) && !same(before[field], after[field]),
  );
}

/** Equal by value; the members of an object may stand in any order. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = Object.entries(a);
  if (left.length !== Object.keys(b).length) return false;
  const right = new Map<string, unknown>(Object.entries(b));
  return left.every(([name, value]) => right.has(name) && same(value, right.get(name)));
}

const BOOKKEEPING: readonly string[] = ["version", "updated_at", "completed_at"];

function fieldsOf(task: TaskFields): FieldName[] {
  return Object.keys(task) as FieldName[];
}
