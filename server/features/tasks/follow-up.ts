/** What becomes of a task when its lease ends by itself: nobody works on it any more. */
import type { Lease } from "#contracts/lease";
import { isHeld } from "#contracts/workflow";
import { toTimestamp, type Instant } from "../../kernel/instant.ts";
import type { Plan } from "../../store/plan.ts";
import type { Roster } from "./ports.ts";
import { taskEvent } from "./task.ts";

export interface Ended {
  readonly lease: Lease;
  readonly now: Instant;
  readonly reason: string;
  readonly actor?: string;
}

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
  const { holder, roster, now, reason, actor } = how;
  const task = plan.get("tasks", id);
  if (task === undefined) return;
  const others = roster.layDown(plan, holder, id);
  const queued = {
    ...task,
    status: "queued" as const,
    assignee: null,
    updated_at: toTimestamp(now),
  };
  plan.add({
    ...taskEvent("task_transitioned", queued, { from: task.status, to: "queued", reason }, others),
    ...(actor !== undefined && { actor }),
  });
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
