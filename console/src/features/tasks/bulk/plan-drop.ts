/** Several cards let go together: each goes to the column by itself, and they stand there side by side. */
import type { Task } from "#contracts/task";
import type { Status } from "#contracts/workflow";
import type { Change } from "../change.ts";
import { judgeAll } from "../judge.ts";
import { STATUS_NAMES } from "../moves.ts";
import { rankBetween } from "../rank.ts";
import { moveChange, type Place } from "../task-changes.ts";
import type { BulkPlan, Refused } from "./bulk.ts";

export interface Dropped {
  /** In the order of the board, as they are now. */
  readonly tasks: readonly Task[];
  /** Where each of them was when it was picked up. */
  readonly homes: ReadonlyMap<string, Status>;
  readonly to: Status;
  /** Undefined where the column has an order of its own. */
  readonly place: Place | undefined;
}

export function planDrop({ tasks, homes, to, place }: Dropped): BulkPlan {
  const changes: Change[] = [];
  const refused: Refused[] = [];
  let before = place?.before?.position ?? "";
  for (const task of tasks) {
    const isThere = task.status === to;
    if (isThere && place === undefined) continue;
    const reason = reasonAgainst(task, homes.get(task.id), to);
    if (reason !== undefined) {
      refused.push({ taskId: task.id, reason });
      continue;
    }
    const rank = place && rankBetween(before, place.after?.position ?? "");
    before = rank ?? before;
    // All of them before the same neighbour: the one that went before may have been refused.
    const own = rank === undefined ? undefined : { before: undefined, after: place?.after, rank };
    changes.push(moveChange(task, to, own));
  }
  const done = changes.every(({ wanted }) => wanted.status === undefined)
    ? `moved within ${STATUS_NAMES[to]}`
    : `moved to ${STATUS_NAMES[to]}`;
  return { done, changes, refused, isInOrder: true };
}

function reasonAgainst(task: Task, home: Status | undefined, to: Status): string | undefined {
  // To let it go where it was picked up is no wish to move it back there.
  if (home === to && task.status !== to)
    return `Moved to ${STATUS_NAMES[task.status]} while you held it`;
  const verdict = judgeAll(task)[to];
  return verdict.allowed ? undefined : verdict.reason;
}
