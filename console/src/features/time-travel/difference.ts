/** What is different on the board between two moments. */
import type { Task } from "#contracts/task";
import { changedFields, type FieldName } from "../tasks/merge.ts";

export interface TaskDifference {
  readonly id: string;
  readonly kind: "added" | "removed" | "changed";
  readonly before: Task | undefined;
  readonly after: Task | undefined;
  readonly fields: readonly FieldName[];
}

export function differenceOf(
  before: Readonly<Record<string, Task>>,
  after: Readonly<Record<string, Task>>,
): TaskDifference[] {
  const ids = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...ids]
    .toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .flatMap((id) => {
      const found = compare(id, before[id], after[id]);
      return found === undefined ? [] : [found];
    });
}

function compare(
  id: string,
  before: Task | undefined,
  after: Task | undefined,
): TaskDifference | undefined {
  if (after === undefined) return { id, kind: "removed", before, after, fields: [] };
  if (before === undefined) return { id, kind: "added", before, after, fields: [] };
  const fields = changedFields(before, after).filter((field) => field !== "position");
  return fields.length === 0 ? undefined : { id, kind: "changed", before, after, fields };
}
