/** Changing a task by what is said about it: merge patch (RFC 7396) or JSON Patch (RFC 6902). */
import type { ProblemCode } from "#contracts/problem";
import {
  TASK_READ_ONLY,
  taskMergePatch,
  type JsonPatch,
  type Task,
  type TaskAnswer,
  type TaskMergePatch,
} from "#contracts/task";
import { toTimestamp, type Instant } from "../../kernel/instant.ts";
import { toMergePatch } from "../../kernel/json-patch.ts";
import { refuse, type Refusal } from "../../kernel/refusal.ts";
import { toIssues } from "../../kernel/schema-issues.ts";
import type { Decision } from "../../store/port.ts";
import { refuseDependencies } from "./dependencies.ts";
import { toDod } from "./dod.ts";
import { onceEach, refuseDod, writtenTask } from "./task.ts";
import { enter, record, step, type Acting } from "./transition.ts";

export type TaskChange =
  | { readonly format: "merge-patch"; readonly patch: TaskMergePatch }
  | { readonly format: "json-patch"; readonly patch: JsonPatch };

type Refused = Refusal<ProblemCode>;

export function decidePatch(acting: Acting, id: string, change: TaskChange): Decision<TaskAnswer> {
  const refusal = patchTask(acting, id, change);
  if (refusal !== undefined) return refusal;
  return acting.plan.accept((after) => ({ ok: true, ...writtenTask(after, id) }));
}

/** Writes the change into the plan, or says why not. */
export function patchTask(acting: Acting, id: string, change: TaskChange): Refused | undefined {
  const entered = enter(acting, id);
  if (!entered.ok) return entered;
  const { task: before } = entered;
  const read = readChange(before, change);
  if (!read.ok) return read;
  const { patch } = read;
  const edited = { ...before, ...toFields(before, patch, acting.now) };
  const refusal =
    (patch.dod === undefined ? undefined : refuseDod(edited.dod)) ??
    (patch.depends_on === undefined
      ? undefined
      : refuseDependencies(acting.plan, edited, before.depends_on));
  if (refusal !== undefined) return refusal;
  const stepped = step(acting, entered, {
    edited,
    to: patch.status ?? before.status,
    named: patch.assignee,
  });
  if (!stepped.ok) return stepped;
  record(acting, before, stepped, {});
  return undefined;
}

type Read = { readonly ok: true; readonly patch: TaskMergePatch } | Refused;

function readChange(before: Task, change: TaskChange): Read {
  if (change.format === "merge-patch") return { ok: true, patch: change.patch };
  const changed = toMergePatch(before, change.patch, {
    editable: Object.keys(taskMergePatch.shape),
    readOnly: TASK_READ_ONLY,
  });
  if (!changed.ok) return changed;
  const parsed = taskMergePatch.safeParse(plainDod(before, changed.fields));
  if (parsed.success) return { ok: true, patch: parsed.data };
  const errors = toIssues(parsed.error);
  const [first] = errors;
  return refuse(
    "invalid",
    `The task would not fit its schema at ${first?.pointer}: ${first?.detail}.`,
    { errors },
  );
}

/** What a person added to an item in the file comes back with the patch; it is kept, not judged. */
function plainDod(before: Task, fields: Readonly<Record<string, unknown>>): unknown {
  if (!Array.isArray(fields["dod"])) return fields;
  const known = new Map(before.dod.map((item) => [item.id, new Set(Object.keys(item))]));
  const dod = fields["dod"].map((item: unknown) => {
    if (typeof item !== "object" || item === null || !("id" in item)) return item;
    const added = known.get(String(item.id));
    const isPlain = ([name]: [string, unknown]) =>
      ["id", "text", "done"].includes(name) || added?.has(name) !== true;
    return Object.fromEntries(Object.entries(item).filter(isPlain));
  });
  return { ...fields, dod };
}

/** Everything of the patch but status and assignee, which pass the workflow. */
function toFields(before: Task, patch: TaskMergePatch, now: Instant): Partial<Task> {
  const { depends_on, dod, labels } = patch;
  return {
    title: patch.title ?? before.title,
    description: patch.description === null ? "" : (patch.description ?? before.description),
    type: patch.type ?? before.type,
    priority: patch.priority ?? before.priority,
    depends_on: depends_on === undefined ? before.depends_on : onceEach(depends_on ?? []),
    dod: dod === undefined ? before.dod : toDod(dod ?? [], before.dod),
    labels: labels === undefined ? before.labels : onceEach(labels ?? []),
    repository_url: given(patch.repository_url, before.repository_url),
    branch_name: given(patch.branch_name, before.branch_name),
    position: patch.position ?? before.position,
    blocked: toBlocked(before, patch.blocked, now),
    archived: patch.archived ?? before.archived,
  };
}

function given<T>(value: T | undefined, before: T): T {
  return value === undefined ? before : value;
}

/** Blocked since it was first said so; another reason does not begin a new time. */
function toBlocked(
  before: Task,
  blocked: TaskMergePatch["blocked"],
  now: Instant,
): Task["blocked"] {
  if (blocked === undefined) return before.blocked;
  if (blocked === null) return null;
  const { reason, since = before.blocked?.since ?? toTimestamp(now) } = blocked;
  return { ...before.blocked, reason, since };
}
