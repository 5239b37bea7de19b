/** Where tasks may go, judged by what is painted now: one by itself, or several in one hand. */
import type { Task } from "#contracts/task";
import { STATUSES, type Status } from "#contracts/workflow";
import { runtime } from "../../app/runtime.ts";
import { withOverlay } from "./board.ts";
import { overlays } from "./changes.ts";
import { judgeMove, type Verdict } from "./moves.ts";
import { currentMover } from "./use-tasks.ts";

export function shownTask(id: string): Task | undefined {
  const task = runtime().live.records.get().tasks.get(id);
  return task && withOverlay(task, overlays.get().get(id));
}

export function judgeAll(task: Task): Record<Status, Verdict> {
  const records = runtime().live.records.get();
  const mover = currentMover();
  return perStatus((status) => judgeMove(task, status, records, mover));
}

/** What a column would take of several. */
export interface Share {
  /** Of those that are not there already. */
  readonly elsewhere: number;
  readonly ready: number;
  /** What keeps the first of the others. */
  readonly reason: string;
}

export function judgeShares(tasks: readonly Task[]): Record<Status, Share> {
  const verdicts = tasks.map((task) => ({ from: task.status, to: judgeAll(task) }));
  return perStatus((status) => {
    const judged = verdicts.filter(({ from }) => from !== status).map(({ to }) => to[status]);
    const first = judged.find(({ allowed }) => !allowed);
    return {
      elsewhere: judged.length,
      ready: judged.filter(({ allowed }) => allowed).length,
      reason: first?.allowed === false ? first.reason : "",
    };
  });
}

/** For a hand that holds them all: a column is open to it when it is to any of them. */
export function judgeHand(tasks: readonly Task[]): Record<Status, Verdict> {
  const [only, ...more] = tasks;
  if (only !== undefined && more.length === 0) return judgeAll(only);
  const shares = judgeShares(tasks);
  return perStatus((status) => {
    const { elsewhere, ready, reason } = shares[status];
    if (ready === elsewhere) return { allowed: true };
    const part = `${ready} of ${elsewhere}. ${reason}`;
    if (ready > 0 || elsewhere < tasks.length) return { allowed: true, note: part };
    return { allowed: false, reason, forcible: false };
  });
}

function perStatus<T>(of: (status: Status) => T): Record<Status, T> {
  return Object.fromEntries(STATUSES.map((status) => [status, of(status)])) as Record<Status, T>;
}
