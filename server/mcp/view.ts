/** Records as a model needs them: short, and without what goes without saying. */
import { z } from "zod";
import type { KyrosEvent } from "#contracts/event";
import type { Lease } from "#contracts/lease";
import type { Task } from "#contracts/task";
import type { Told } from "./result.ts";

/** Entity tags go without their quotes here: inside JSON each would cost an escape. */
export function toTag(etag: string): string {
  return etag.replaceAll('"', "");
}

export function fromTag(tag: string): string {
  return `"${toTag(tag)}"`;
}

/** Everything one works by. */
export function taskView(task: Task, etag: string): Told {
  const { id, title, status, priority, type, assignee, description, dod } = task;
  return {
    id,
    title,
    status,
    priority,
    type,
    assignee,
    labels: task.labels,
    depends_on: task.depends_on,
    blocked: task.blocked?.reason,
    archived: task.archived || undefined,
    branch_name: task.branch_name,
    repository_url: task.repository_url,
    description,
    dod: dod.map((item) => ({ id: item.id, done: item.done, text: item.text })),
    artifacts: task.artifacts?.map(({ path, summary }) => ({ path, summary })),
    etag: toTag(etag),
  };
}

/** Enough to choose by. */
export function taskRow(task: Task): Told {
  const { id, status, priority, assignee, title } = task;
  return {
    id,
    status,
    priority,
    ...(assignee !== null && { assignee }),
    ...(task.blocked !== null && { blocked: task.blocked.reason }),
    ...(task.depends_on.length > 0 && { depends_on: task.depends_on }),
    title,
  };
}

export function leaseView(lease: Lease): Told {
  const { resource, mode, holder, fencing_token: token, expires_at } = lease;
  return { resource, holder, ...(mode === "shared" && { mode }), token, expires_at };
}

/** How a change is done again and how a commit hangs together; and proofs that are not the reader's. */
const UNTOLD = new Set(["changes", "commit", "lock_id", "fencing_token", "mode"]);
const LONGEST = 200;

export function eventView({ ts, event, actor, target, details }: KyrosEvent): Told {
  const fields = changedFields(details["changes"]);
  return {
    ts,
    event,
    actor,
    ...(target !== "" && { target }),
    ...Object.fromEntries(
      Object.entries(details)
        .filter(([name]) => !UNTOLD.has(name))
        .map(([name, value]) => [name, shortened(value)]),
    ),
    ...(event === "task_updated" && fields.length > 0 && { fields }),
  };
}

/** Fields the server keeps by itself say nothing about what somebody did. */
const KEPT = new Set(["version", "updated_at", "completed_at"]);

const patched = z.array(z.object({ patch: z.record(z.string(), z.unknown()) })).min(1);

function changedFields(changes: unknown): string[] {
  const [first] = patched.safeParse(changes).data ?? [];
  return Object.keys(first?.patch ?? {}).filter((name) => !KEPT.has(name));
}

function shortened(value: unknown): unknown {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= LONGEST ? value : `${text.slice(0, LONGEST - 1)}…`;
}
