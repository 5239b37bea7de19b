/**
 * Where a card may go, and if not there, why: the one source for the columns during a drag, the
 * "Move to…" menu and the keyboard.
 */
import type { Lease } from "#contracts/lease";
import type { WorkflowAnswer } from "#contracts/state";
import type { Task } from "#contracts/task";
import type { Status } from "#contracts/workflow";
import type { Records } from "../../live/records.ts";

export const STATUS_NAMES: Readonly<Record<Status, string>> = {
  queued: "Queued",
  claimed: "Claimed",
  in_progress: "In progress",
  review: "Review",
  approved: "Approved",
  merging: "Merging",
  done: "Done",
};

export type Verdict =
  /** `note`: what does not hold for all of several cards. */
  | { readonly allowed: true; readonly note?: string }
  | {
      readonly allowed: false;
      readonly reason: string;
      /** A person may insist: only the guards stand in the way, not the workflow itself. */
      readonly forcible: boolean;
    };

const ALLOWED: Verdict = { allowed: true };

export interface Mover {
  readonly actor: string;
  readonly workflow: WorkflowAnswer;
}

export function judgeMove(task: Task, to: Status, records: Records, mover: Mover): Verdict {
  if (to === task.status) return ALLOWED;
  const steps = mover.workflow.transitions[task.status] ?? [];
  if (!steps.includes(to)) return refused(noStep(task.status, steps), false);
  const guards = mover.workflow.entry_guards[to] ?? [];
  if (guards.includes("dependencies-done")) {
    const open = openDependencies(task, records);
    if (open.length > 0) return refused(dependencyReason(open), true);
  }
  if (guards.includes("dod-done")) {
    const { done, total } = dodProgress(task);
    if (done < total) return refused(`Definition of done: ${done} of ${total}`, false);
  }
  const other = otherHolder(task, mover);
  if (other !== undefined) return refused(`Held by ${other}`, true);
  const lease = mover.workflow.held.includes(to) ? leaseOn(task.id, records.locks) : undefined;
  if (lease !== undefined && lease.holder !== mover.actor)
    return refused(`Lease held by ${lease.holder}`, false);
  return ALLOWED;
}

/** The dependencies that still stand in the way; one that is gone no longer does. */
export function openDependencies(task: Task, records: Pick<Records, "tasks">): string[] {
  return task.depends_on.filter((id) => {
    const dependency = records.tasks.get(id);
    return dependency !== undefined && dependency.status !== "done";
  });
}

export function dodProgress(task: Pick<Task, "dod">): { done: number; total: number } {
  return { done: task.dod.filter((item) => item.done).length, total: task.dod.length };
}

export function isReady(task: Task, records: Pick<Records, "tasks">): boolean {
  return (
    task.status === "queued" &&
    !task.archived &&
    task.blocked === null &&
    openDependencies(task, records).length === 0
  );
}

/** The lease that protects a task, if there is one. */
export function leasesByTask(locks: ReadonlyMap<string, Lease>): ReadonlyMap<string, Lease> {
  const found = new Map<string, Lease>();
  for (const lease of locks.values())
    if (lease.resource.startsWith("task:")) found.set(lease.resource.slice(5), lease);
  return found;
}

function leaseOn(taskId: string, locks: ReadonlyMap<string, Lease>): Lease | undefined {
  for (const lease of locks.values()) if (lease.resource === `task:${taskId}`) return lease;
  return undefined;
}

function otherHolder(task: Task, mover: Mover): string | undefined {
  if (!mover.workflow.held.includes(task.status)) return undefined;
  return task.assignee === null || task.assignee === mover.actor ? undefined : task.assignee;
}

function noStep(from: Status, steps: readonly Status[]): string {
  const names = steps.map((step) => STATUS_NAMES[step]);
  return `From ${STATUS_NAMES[from]} only to ${names.join(", ")}`;
}

function dependencyReason(open: readonly string[]): string {
  const [first = "", ...rest] = open;
  return rest.length === 0
    ? `Dependency ${first} is open`
    : `Dependencies ${first} and ${rest.length} more are open`;
}

function refused(reason: string, forcible: boolean): Verdict {
  return { allowed: false, reason, forcible };
}
