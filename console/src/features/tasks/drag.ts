/**
 * A card in the hand, by pointer or by keyboard: where it may go, where it is held, and what
 * happens when it is let go. The columns only look at this.
 */
import { announce } from "@atlaskit/pragmatic-drag-and-drop-live-region";
import type { Task } from "#contracts/task";
import { STATUSES, type Status } from "#contracts/workflow";
import { runtime } from "../../app/runtime.ts";
import { notify } from "../../ui/notices.ts";
import { createStore } from "../../ui/store.ts";
import { withOverlay, type Columns } from "./board.ts";
import { overlays, perform } from "./changes.ts";
import { STATUS_NAMES, judgeMove, type Verdict } from "./moves.ts";
import { moveChange, type Place } from "./task-changes.ts";
import { currentMover } from "./use-tasks.ts";

export interface DropTarget {
  readonly status: Status;
  /** Among the cards of the column without the one in the hand. */
  readonly index: number;
}

export interface Drag {
  readonly taskId: string;
  readonly mode: "pointer" | "keyboard";
  readonly from: DropTarget;
  readonly verdicts: Readonly<Record<Status, Verdict>>;
  readonly target: DropTarget | undefined;
}

export const drag = createStore<Drag | undefined>(undefined);

/** The columns as they are painted now; the board keeps this up to date. */
export const painted = createStore<Columns | undefined>(undefined);

export function shownTask(id: string): Task | undefined {
  const task = runtime().live.records.get().tasks.get(id);
  return task && withOverlay(task, overlays.get().get(id));
}

export function judgeAll(task: Task): Record<Status, Verdict> {
  const records = runtime().live.records.get();
  const mover = currentMover();
  const verdicts = STATUSES.map((status) => [status, judgeMove(task, status, records, mover)]);
  return Object.fromEntries(verdicts) as Record<Status, Verdict>;
}

export function pickUp(taskId: string, mode: Drag["mode"]): void {
  const task = shownTask(taskId);
  if (task === undefined) return;
  const index = painted.get()?.[task.status].findIndex(({ id }) => id === taskId) ?? 0;
  const from = { status: task.status, index: Math.max(0, index) };
  drag.set({
    taskId,
    mode,
    from,
    verdicts: judgeAll(task),
    target: mode === "keyboard" ? from : undefined,
  });
  if (mode === "keyboard")
    announce(
      `Picked up ${taskId} in ${STATUS_NAMES[task.status]}. Arrows move it, Enter drops it, Escape puts it back.`,
    );
}

/** Somebody else's change may have opened or closed a column while the card is in the hand. */
export function judgeAgain(): void {
  drag.update((held) => {
    const task = held && shownTask(held.taskId);
    return held && task ? { ...held, verdicts: judgeAll(task) } : undefined;
  });
}

export function hover(target: DropTarget | undefined): void {
  drag.update((held) => {
    if (held === undefined) return held;
    const { target: old } = held;
    if (old?.status === target?.status && old?.index === target?.index) return held;
    return { ...held, target };
  });
}

export function putBack(): void {
  const held = drag.get();
  drag.set(undefined);
  if (held !== undefined) announce(`${held.taskId} is back where it was.`);
}

export function letGo(): void {
  const held = drag.get();
  drag.set(undefined);
  const task = held && shownTask(held.taskId);
  if (held?.target === undefined || task === undefined) return;
  const { status, index } = held.target;
  if (status === held.from.status && task.status !== status) {
    // Somebody moved it meanwhile: letting it go where it was picked up is no wish to move it back.
    return notify(
      "info",
      `${task.id} is in ${STATUS_NAMES[task.status]} now`,
      "It was moved while you held it.",
    );
  }
  const verdict = judgeAll(task)[status];
  if (!verdict.allowed) {
    announce(`${task.id} cannot go to ${STATUS_NAMES[status]}: ${verdict.reason}`);
    return notify(
      "warning",
      `${task.id} stays in ${STATUS_NAMES[task.status]}`,
      `${verdict.reason}.`,
    );
  }
  const stays = status === task.status;
  if (stays && (index === held.from.index || status === "done")) return;
  announce(
    stays
      ? `Moved ${task.id} to place ${index + 1}.`
      : `Moved ${task.id} to ${STATUS_NAMES[status]}.`,
  );
  void perform(moveChange(task, status, placeAt(status, index, task.id)));
}

/** What the "Move to…" menu and bulk moves do: the card keeps its rank. */
export function moveTo(task: Task, status: Status, force: boolean): void {
  announce(`Moved ${task.id} to ${STATUS_NAMES[status]}.`);
  void perform(moveChange(task, status, undefined, { force }));
}

/** One step with an arrow key; `far` goes to the end. Columns that refuse are shown, not skipped. */
export function steer(key: string, far: boolean): void {
  const held = drag.get();
  const columns = painted.get();
  if (held?.target === undefined || columns === undefined) return;
  const target = steered(held.target, key, far, (status) => roomIn(columns, status, held.taskId));
  hover(target);
  const verdict = held.verdicts[target.status];
  const place = `${STATUS_NAMES[target.status]}, place ${target.index + 1}`;
  announce(
    verdict.allowed ? place : `${STATUS_NAMES[target.status]}: not possible. ${verdict.reason}`,
  );
}

/** `room` counts the cards of a column without the one in the hand. */
export function steered(
  { status, index }: DropTarget,
  key: string,
  far: boolean,
  room: (status: Status) => number,
): DropTarget {
  const last = STATUSES.length - 1;
  const at = STATUSES.indexOf(status);
  const sideways = { ArrowLeft: far ? 0 : at - 1, ArrowRight: far ? last : at + 1 }[key];
  if (sideways !== undefined) {
    const next = STATUSES[Math.max(0, Math.min(last, sideways))] ?? status;
    return { status: next, index: Math.min(index, room(next)) };
  }
  const end = room(status);
  const along = { ArrowUp: far ? 0 : index - 1, ArrowDown: far ? end : index + 1 }[key] ?? index;
  return { status, index: Math.max(0, Math.min(end, along)) };
}

function roomIn(columns: Columns, status: Status, taskId: string): number {
  return columns[status].filter(({ id }) => id !== taskId).length;
}

/** `done` is ordered by time, so a place in it means nothing. */
function placeAt(status: Status, index: number, taskId: string): Place | undefined {
  const others = painted.get()?.[status].filter(({ id }) => id !== taskId) ?? [];
  if (status === "done" || others.length === 0) return undefined;
  return { before: others[index - 1], after: others[index] };
}
