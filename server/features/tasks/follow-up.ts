/** What becomes of a task when its lease ends by itself: nobody works on it any more. */
import type { Lease } from "#contracts/lease";
import type { Task } from "#contracts/task";
import { isHeld } from "#contracts/workflow";
import { toTimestamp, type Instant } from "../../kernel/instant.ts";
import type { Plan } from "../../store/plan.ts";
import type { Roster } from "./ports.ts";
import { taskEvent, withoutCount } from "./task.ts";

export interface Ended {
  readonly lease: Lease;
  readonly now: Instant;
  readonly reason: string;
  readonly hasExpired?: boolean;
  readonly actor?: string;
}

/** After so many leases in a row that workers let run out, the task is put aside for a person. */
const MOST_EXPIRED = 3;

/** The task goes back to the queue, for anybody. The lease is gone from the plan by now. */
export function createLeaseEnded(roster: Roster): (plan: Plan, ended: Ended) => void {
  return (plan, { lease, ...how }) => {
    const id = lease.resource.startsWith("task:") ? lease.resource.slice("task:".length) : "";
    const task = plan.get("tasks", id);
    if (task === undefined || !isHeld(task.status) || task.assignee !== lease.holder) return;
    requeue(plan, id, { holder: lease.holder, roster, ...how });
  };
}

export function requeue(
  plan: Plan,
  id: string,
  how: Omit<Ended, "lease"> & { readonly holder: string; readonly roster: Roster },
): void {
  const { holder, roster, now, reason, actor, hasExpired = false } = how;
  const task = plan.get("tasks", id);
  if (task === undefined) return;
  const others = roster.layDown(plan, holder, id);
  const isCounted = hasExpired && roster.kindOf(plan, holder) === "worker";
  const queued = {
    ...(isCounted ? withOneMore(task, holder, now) : withoutCount(task)),
    status: "queued" as const,
    assignee: null,
    updated_at: toTimestamp(now),
  };
  plan.add({
    ...taskEvent("task_transitioned", queued, { from: task.status, to: "queued", reason }, others),
    ...(actor !== undefined && { actor }),
  });
}

/** A worker that still can says how it ended. One that was taken down is told by its silence alone. */
function withOneMore(task: Task, holder: string, now: Instant): Task {
  const count = (task.expired_leases ?? 0) + 1;
  if (count < MOST_EXPIRED) return { ...task, expired_leases: count };
  const reason =
    `Workers took this task ${count} times, and each fell silent until its lease ran out, ${holder} the last. ` +
    "The work may take the worker down with it (memory, a crash) or cut it off from the server. " +
    "Look at what the worker printed, mend the cause, then unblock the task: workers take it again.";
  return { ...withoutCount(task), blocked: { reason, since: toTimestamp(now) } };
}

/** The tasks that an agent or a person has in hand, or that wait for nobody else. */
export function tasksOf(plan: Plan, holder: string): { held: string[]; reserved: string[] } {
  const own = plan.records("tasks").filter((task) => task.assignee === holder);
  return {
    held: own.filter(({ status }) => isHeld(status)).map(({ id }) => id),
    reserved: own.filter(({ status }) => status === "queued").map(({ id }) => id),
  };
}

/** Gives up all of it, in the plan of whoever takes the agent away. */
export function giveUpTasks(
  plan: Plan,
  how: Omit<Ended, "lease"> & { readonly holder: string; readonly roster: Roster },
): void {
  const { held, reserved } = tasksOf(plan, how.holder);
  for (const id of held) requeue(plan, id, how);
  for (const id of reserved) {
    const task = plan.get("tasks", id);
    if (task === undefined) continue;
    const free = { ...task, assignee: null, updated_at: toTimestamp(how.now) };
    plan.add(taskEvent("task_updated", free, { reason: how.reason }));
  }
}
