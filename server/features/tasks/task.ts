/** The task itself: how one comes about, and what a change of one looks like. */
import type { NewTask, Task } from "#contracts/task";
import { toTimestamp, type Instant } from "../../kernel/instant.ts";
import type { ProblemCode } from "#contracts/problem";
import { refuse, type Refusal } from "../../kernel/refusal.ts";
import type { Plan } from "../../store/plan.ts";
import { put, type Change, type NewEvent, type View } from "../../store/port.ts";
import { repeatedItem, toDod } from "./dod.ts";
import { between } from "./rank.ts";

export function resourceOf(id: string): string {
  return `task:${id}`;
}

/** A new task stands at the end of the queue. */
export function toTask(
  input: NewTask,
  given: {
    readonly id: string;
    readonly by: string;
    readonly now: Instant;
    readonly position: string;
  },
): Task {
  const at = toTimestamp(given.now);
  return {
    id: given.id,
    version: 1,
    title: input.title,
    description: input.description,
    type: input.type,
    status: "queued",
    priority: input.priority,
    assignee: input.assignee,
    depends_on: onceEach(input.depends_on),
    dod: toDod(input.dod),
    labels: onceEach(input.labels),
    repository_url: input.repository_url,
    branch_name: input.branch_name,
    position: given.position,
    blocked: input.blocked && { reason: input.blocked.reason, since: input.blocked.since ?? at },
    archived: input.archived,
    created_by: given.by,
    created_at: at,
    updated_at: at,
    completed_at: null,
  };
}

export function onceEach(values: readonly string[]): string[] {
  return [...new Set(values)];
}

/** Behind all others, in whatever column they are. */
export function lastPosition(plan: Plan): string {
  let last: string | undefined;
  for (const { position } of plan.records("tasks")) {
    if (last === undefined || position > last) last = position;
  }
  return behind(last);
}

export function behind(position: string | undefined): string {
  // Nothing stands behind the longest rank of all but another of the same; ids then decide.
  return between(position, undefined) ?? position ?? "";
}

export function refuseDod(dod: Task["dod"]): Refusal<ProblemCode> | undefined {
  const repeated = repeatedItem(dod);
  if (repeated === -1) return undefined;
  const detail = `another item has the id ${JSON.stringify(dod[repeated]?.id)}`;
  return refuse("invalid", `The definition of done names an item twice: ${detail}.`, {
    errors: [{ pointer: `/dod/${repeated}/id`, detail }],
  });
}

/** Equal but for the time of the last change. Both come from the same record, so members line up. */
export function isSame(before: Task, after: Task): boolean {
  return (
    before === after ||
    JSON.stringify({ ...before, updated_at: "" }) === JSON.stringify({ ...after, updated_at: "" })
  );
}

/** Of leases that ran out: somebody was there at the end, so the row of silent ones is over. */
export function withoutCount(task: Task): Task {
  const { expired_leases: _, ...rest } = task;
  return rest;
}

export function taskEvent(
  event: string,
  task: Task,
  details: Readonly<Record<string, unknown>>,
  others: readonly Change[] = [],
): NewEvent {
  const said = Object.entries(details).filter(([, value]) => value !== undefined);
  return {
    event,
    target: resourceOf(task.id),
    details: Object.fromEntries(said),
    changes: [put("tasks", task), ...others],
  };
}

export function writtenTask(
  after: View,
  id: string,
): { readonly task: Task; readonly etag: string } {
  const entry = after.get("tasks", id);
  if (entry === undefined) throw new Error(`the task ${id} was written and is not there`);
  return { task: entry.record, etag: entry.etag };
}
