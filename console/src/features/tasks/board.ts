/** The seven columns, made from all tasks, a filter, and what is on its way to the server. */
import type { Task } from "#contracts/task";
import { STATUSES, type Status } from "#contracts/workflow";
import type { Records } from "../../live/records.ts";
import { matches, type TaskFilter } from "./filters.ts";
import type { TaskFields } from "./merge.ts";

export type Columns = Readonly<Record<Status, readonly Task[]>>;

export interface Board {
  readonly columns: Columns;
  /** Tasks in each column before the filter, without the archived. */
  readonly totals: Readonly<Record<Status, number>>;
  /** Done longer ago than a week, and therefore folded away. */
  readonly foldedDone: number;
  readonly shown: number;
}

export interface BoardInput {
  readonly records: Records;
  readonly overlays: ReadonlyMap<string, TaskFields>;
  readonly filter: TaskFilter;
  readonly showAllDone: boolean;
  readonly now: number;
}

export const DONE_DAYS = 7;
const DAY_MS = 86_400_000;

export function buildBoard({ records, overlays, filter, showAllDone, now }: BoardInput): Board {
  const columns = perStatus<Task[]>(() => []);
  const totals = perStatus(() => 0);
  const foldBefore = now - DONE_DAYS * DAY_MS;
  let foldedDone = 0;
  let shown = 0;
  for (const known of records.tasks.values()) {
    const task = withOverlay(known, overlays.get(known.id));
    if (!task.archived) totals[task.status] += 1;
    if (!matches(task, filter, records)) continue;
    if (task.status === "done" && !showAllDone && doneAt(task) < foldBefore) foldedDone += 1;
    else {
      columns[task.status].push(task);
      shown += 1;
    }
  }
  for (const status of STATUSES)
    columns[status].sort(status === "done" ? byCompletion : byPosition);
  return { columns, totals, foldedDone, shown };
}

/** All cards in the order of the board: column by column, and down each of them. */
export function toOrder({ columns }: Board): Task[] {
  return STATUSES.flatMap((status) => columns[status]);
}

/** The same object when nothing is laid over it, so that its card is not drawn again. */
export function withOverlay(task: Task, overlay: TaskFields | undefined): Task {
  return overlay === undefined ? task : { ...task, ...overlay };
}

export function byPosition(a: Task, b: Task): number {
  return (
    compare(a.position, b.position) || compare(a.created_at, b.created_at) || compare(a.id, b.id)
  );
}

function byCompletion(a: Task, b: Task): number {
  return compare(b.completed_at ?? "", a.completed_at ?? "") || compare(a.id, b.id);
}

function doneAt(task: Task): number {
  return Date.parse(task.completed_at ?? task.updated_at);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function perStatus<T>(make: () => T): Record<Status, T> {
  return {
    queued: make(),
    claimed: make(),
    in_progress: make(),
    review: make(),
    approved: make(),
    merging: make(),
    done: make(),
  };
}
