/**
 * One wish for many tasks. Each of them is changed as if it were alone, with its own precondition,
 * merge or conflict: what one of them meets stops none of the others. All of it ends in one summary
 * and in one step back.
 */
import type { Task } from "#contracts/task";
import type { Status } from "#contracts/workflow";
import { toRefusalText } from "../../../api/refusal-text.ts";
import { keepNotice } from "../../../ui/notices.ts";
import { createStore } from "../../../ui/store.ts";
import type { Change } from "../change.ts";
import { carryOut, type Result } from "../changes.ts";
import { addConflict } from "../conflicts.ts";
import { judgeAll } from "../judge.ts";
import { STATUS_NAMES } from "../moves.ts";
import { moveChange } from "../task-changes.ts";
import { rememberUndo, type UndoStep } from "../undo.ts";

export type BulkAction = "move" | "assign" | "priority" | "labels" | "archive";

export interface Refused {
  readonly taskId: string;
  readonly reason: string;
}

export interface BulkPlan {
  /** What became of those that went well: "moved to Review". */
  readonly done: string;
  readonly changes: readonly Change[];
  /** Known before anything is sent. */
  readonly refused: readonly Refused[];
  /** Each is sent when the one before it was answered, for places that build on each other. */
  readonly isInOrder?: boolean;
}

export interface Bulk {
  readonly number: number;
  readonly done: string;
  readonly total: number;
  readonly open: number;
  readonly saved: number;
  readonly merged: number;
  readonly conflicts: number;
  readonly refused: readonly Refused[];
  /** The way back of all that went well, once everything has been answered. */
  readonly step: UndoStep | undefined;
}

/** The last one, for as long as the person wants to see it. */
export const bulk = createStore<Bulk | undefined>(undefined);

/** As many at once as a browser sends over one kind of connection anyway. */
const LANES = 6;
/** A summary that asks for nothing goes by itself. */
const SHOWN_MS = 8_000;
let lastNumber = 0;

export function planMove(tasks: readonly Task[], to: Status): BulkPlan {
  const changes: Change[] = [];
  const refused: Refused[] = [];
  for (const task of tasks) {
    if (task.status === to) continue;
    const verdict = judgeAll(task)[to];
    if (verdict.allowed) changes.push(moveChange(task, to, undefined));
    else refused.push({ taskId: task.id, reason: verdict.reason });
  }
  return { done: `moved to ${STATUS_NAMES[to]}`, changes, refused };
}

export async function runBulk(plan: BulkPlan, { isUndo = false } = {}): Promise<void> {
  lastNumber += 1;
  const number = lastNumber;
  const { changes, refused, done } = plan;
  const back: Change[] = [];
  bulk.set({
    number,
    done,
    total: changes.length + refused.length,
    open: changes.length,
    saved: 0,
    merged: 0,
    conflicts: 0,
    refused,
    step: undefined,
  });
  const waiting = changes.values();
  const lanes = Array.from({ length: plan.isInOrder === true ? 1 : LANES }, async () => {
    for (const change of waiting) {
      const result = await carryOut(change);
      if (result.outcome === "conflict") addConflict({ ...result.conflict, bulk: number });
      if ((result.outcome === "saved" || result.outcome === "merged") && result.back !== undefined)
        back.push(result.back);
      note(number, change.taskId, result);
    }
  });
  await Promise.all(lanes);
  const step =
    isUndo || back.length === 0 ? undefined : { text: `${back.length} ${done}`, changes: back };
  if (step !== undefined) rememberUndo(step);
  const ended = bulk.get();
  if (ended?.number !== number) return;
  bulk.set({ ...ended, step });
  keep(ended);
  if (isClean(ended)) setTimeout(() => bulk.get()?.number === number && closeBulk(), SHOWN_MS);
}

export function closeBulk(): void {
  bulk.set(undefined);
}

/** "7 moved to Review, 2 refused, 1 conflict." */
export function bulkText({ saved, merged, done, refused, conflicts }: Bulk): string {
  const parts = [
    `${saved + merged} ${done}`,
    ...(refused.length > 0 ? [`${refused.length} refused`] : []),
    ...(conflicts > 0 ? [`${conflicts} ${conflicts === 1 ? "conflict" : "conflicts"}`] : []),
  ];
  return parts.join(", ");
}

/** The refused, by what stood in their way; the most frequent reason first. */
export function byReason(refused: readonly Refused[]): [reason: string, taskIds: string[]][] {
  const groups = new Map<string, string[]>();
  for (const { taskId, reason } of refused)
    groups.set(reason, [...(groups.get(reason) ?? []), taskId]);
  return [...groups].toSorted((a, b) => b[1].length - a[1].length);
}

function note(number: number, taskId: string, result: Result): void {
  bulk.update((known) => {
    if (known?.number !== number) return known;
    const { outcome } = result;
    const reason =
      outcome === "refused"
        ? toRefusalText(result.error).title
        : outcome === "skipped"
          ? "Not sent: a change before it failed"
          : undefined;
    return {
      ...known,
      open: known.open - 1,
      saved: known.saved + (outcome === "saved" ? 1 : 0),
      merged: known.merged + (outcome === "merged" ? 1 : 0),
      conflicts: known.conflicts + (outcome === "conflict" ? 1 : 0),
      refused: reason === undefined ? known.refused : [...known.refused, { taskId, reason }],
    };
  });
}

function isClean({ refused, conflicts }: Bulk): boolean {
  return refused.length === 0 && conflicts === 0;
}

/** For the notification panel; the summary itself is what the person sees now. */
function keep(ended: Bulk): void {
  const reasons = byReason(ended.refused).map(([reason, ids]) => `${reason}: ${ids.join(", ")}.`);
  keepNotice(isClean(ended) ? "success" : "warning", bulkText(ended), reasons.join(" "));
}
