/** Changes that met somebody else's: they wait here, with both sides, until the person decides. */
import type { Task } from "#contracts/task";
import { createStore } from "../../ui/store.ts";
import type { Change } from "./change.ts";
import { conflictingFields, type FieldName } from "./merge.ts";

export interface Conflict {
  readonly change: Change;
  /** The task as it stands now. */
  readonly theirs: Task;
  readonly by: string | undefined;
  readonly at: string | undefined;
  readonly eventId: string | undefined;
  /** The bulk change it belongs to: that one's summary shows it, instead of a card of its own. */
  readonly bulk?: number;
}

/** One per task: a later one takes the place of the earlier, whose edit it was made on top of. */
export const conflicts = createStore<readonly Conflict[]>([]);

export function addConflict(conflict: Conflict): void {
  const { taskId } = conflict.change;
  conflicts.update((known) => [
    ...known.filter((other) => other.change.taskId !== taskId),
    conflict,
  ]);
}

export function settleConflict(taskId: string): void {
  conflicts.update((known) => known.filter(({ change }) => change.taskId !== taskId));
}

/** What the conflict card compares, field by field. */
export function conflictFields({ change, theirs }: Conflict): FieldName[] {
  const { position: _seen, ...seen } = change.seen;
  const { position: _wanted, ...wanted } = change.wanted;
  return conflictingFields(seen, wanted, theirs);
}

/** The same wish, made again by somebody who has seen what stands there now. */
export function asSeenNow({ change, theirs }: Conflict): Change {
  const names = Object.keys(change.wanted) as FieldName[];
  return { ...change, seen: Object.fromEntries(names.map((name) => [name, theirs[name]])) };
}
