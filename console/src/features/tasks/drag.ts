/**
 * Cards in the hand, by pointer or by keyboard: where they may go, where they are held, and what
 * happens when they are let go. Mostly it is one; a card that is chosen brings all others that are.
 * The columns only look at this.
 */
import { announce } from "@atlaskit/pragmatic-drag-and-drop-live-region";
import type { Task } from "#contracts/task";
import { STATUSES, type Status } from "#contracts/workflow";
import { notify } from "../../ui/notices.ts";
import { createStore } from "../../ui/store.ts";
import type { Columns } from "./board.ts";
import { runBulk } from "./bulk/bulk.ts";
import { planDrop } from "./bulk/plan-drop.ts";
import { clearSelection, selection, shownOrder } from "./bulk/selection.ts";
import { perform } from "./changes.ts";
import { judgeAll, judgeHand, shownTask } from "./judge.ts";
import { STATUS_NAMES, type Verdict } from "./moves.ts";
import { moveChange, type Place } from "./task-changes.ts";

export interface DropTarget {
  readonly status: Status;
  /** Among the cards of the column that are not in the hand. */
  readonly index: number;
}

export interface Drag {
  /** The card that was taken. */
  readonly taskId: string;
  /** With all that came with it, in the order of the board; and where each was. */
  readonly hand: ReadonlyMap<string, Status>;
  readonly mode: "pointer" | "keyboard";
  readonly from: DropTarget;
  readonly verdicts: Readonly<Record<Status, Verdict>>;
  readonly target: DropTarget | undefined;
}

export const drag = createStore<Drag | undefined>(undefined);

/** The columns as they are painted now; the board keeps this up to date. */
export const painted = createStore<Columns | undefined>(undefined);

/** What comes along when this card is taken: all that are chosen and shown, if it is one of them. */
export function handOf(taskId: string): readonly string[] {
  const chosen = selection.get();
  return chosen.has(taskId) ? shownOrder.get().filter((id) => chosen.has(id)) : [taskId];
}

export function pickUp(taskId: string, mode: Drag["mode"]): void {
  const task = shownTask(taskId);
  if (task === undefined) return;
  const tasks = tasksOf(handOf(taskId));
  const hand = new Map(tasks.map(({ id, status }) => [id, status]));
  const column = painted.get()?.[task.status] ?? [];
  const row = column.findIndex(({ id }) => id === taskId);
  const from = { status: task.status, index: othersAbove(column, Math.max(0, row), hand) };
  const target = mode === "keyboard" ? from : undefined;
  drag.set({ taskId, hand, mode, from, verdicts: judgeHand(tasks), target });
  if (mode !== "keyboard") return;
  announce(
    `Picked up ${handText([...hand.keys()])} in ${STATUS_NAMES[task.status]}. Arrows move, Enter drops, Escape puts back.`,
  );
}

/** Somebody else's change may have opened or closed a column while cards are in the hand. */
export function judgeAgain(): void {
  drag.update((held) => {
    if (held === undefined || shownTask(held.taskId) === undefined) return undefined;
    return { ...held, verdicts: judgeHand(tasksOf(held.hand.keys())) };
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
  if (held === undefined) return;
  const text = handText([...held.hand.keys()]);
  announce(
    held.hand.size === 1 ? `${text} is back where it was.` : `${text} are back where they were.`,
  );
}

export function letGo(): void {
  const held = drag.get();
  drag.set(undefined);
  if (held?.target === undefined) return;
  const { target, hand } = held;
  const tasks = tasksOf(hand.keys());
  const [only, ...more] = tasks;
  if (only === undefined) return;
  if (more.length > 0) letGoTogether(tasks, hand, target);
  else letGoAlone(only, held.from, target);
}

function letGoAlone(task: Task, from: DropTarget, { status, index }: DropTarget): void {
  if (status === from.status && task.status !== status) {
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
  if (stays && (index === from.index || status === "done")) return;
  announce(
    stays
      ? `Moved ${task.id} to place ${index + 1}.`
      : `Moved ${task.id} to ${STATUS_NAMES[status]}.`,
  );
  void perform(moveChange(task, status, placeAt(status, index, new Set([task.id]))));
}

/** Each by itself and all in one summary, like any change of what is chosen. */
function letGoTogether(tasks: readonly Task[], hand: Drag["hand"], target: DropTarget): void {
  const { status: to, index } = target;
  const verdict = judgeHand(tasks)[to];
  const text = `${tasks.length} cards`;
  if (!verdict.allowed) {
    announce(`${text} cannot go to ${STATUS_NAMES[to]}: ${verdict.reason}`);
    return notify("warning", `${text} stay where they are`, `${verdict.reason}.`);
  }
  if (standsSo(tasks, to, index)) return;
  const plan = planDrop({
    tasks,
    homes: hand,
    to,
    place: placeAt(to, index, new Set(hand.keys())),
  });
  announce(`Dropped ${text} in ${STATUS_NAMES[to]}.`);
  clearSelection();
  void runBulk(plan);
}

/** Whether letting them go there would change nothing. */
function standsSo(tasks: readonly Task[], to: Status, index: number): boolean {
  if (tasks.some(({ status }) => status !== to)) return false;
  if (to === "done") return true;
  const column = painted.get()?.[to] ?? [];
  const ids = tasks.map(({ id }) => id);
  const others = column.filter(({ id }) => !ids.includes(id)).map(({ id }) => id);
  return column.every(({ id }, at) => id === others.toSpliced(index, 0, ...ids)[at]);
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
  const room = (status: Status) => othersIn(columns[status], held.hand).length;
  const target = steered(held.target, key, far, room);
  hover(target);
  const verdict = held.verdicts[target.status];
  const place = `${STATUS_NAMES[target.status]}, place ${target.index + 1}`;
  if (verdict.allowed) announce(verdict.note === undefined ? place : `${place}. ${verdict.note}`);
  else announce(`${STATUS_NAMES[target.status]}: not possible. ${verdict.reason}`);
}

/** `room` counts the cards of a column that are not in the hand. */
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

type Hand = Pick<ReadonlySet<string>, "has">;

/** Of the first `row` cards of a column, how many stay when the hand is lifted. */
export function othersAbove(column: readonly Task[], row: number, hand: Hand): number {
  return othersIn(column.slice(0, row), hand).length;
}

/** The row at which the line of a drop has to stand, among all cards that are painted. */
export function lineRow(column: readonly Task[], index: number, hand: Hand): number {
  const above = othersIn(column, hand)[index - 1];
  return above === undefined ? 0 : column.indexOf(above) + 1;
}

function othersIn(column: readonly Task[], hand: Hand): readonly Task[] {
  return column.filter(({ id }) => !hand.has(id));
}

/** `done` is ordered by time, so a place in it means nothing. */
function placeAt(status: Status, index: number, hand: Hand): Place | undefined {
  const others = othersIn(painted.get()?.[status] ?? [], hand);
  if (status === "done" || others.length === 0) return undefined;
  return { before: others[index - 1], after: others[index] };
}

function tasksOf(ids: Iterable<string>): Task[] {
  return [...ids].map(shownTask).filter((task) => task !== undefined);
}

function handText(ids: readonly string[]): string {
  return ids.length === 1 ? String(ids[0]) : `${ids.length} cards`;
}
