/** The task operations of the demonstration: the same guards and answers as the server's. */
import type { Lease } from "#contracts/lease";
import type { DodItem, Task } from "#contracts/task";
import { ENTRY_GUARDS, TRANSITIONS, isHandover, isHeld, type Status } from "#contracts/workflow";
import { mergePatch } from "../live/merge-patch.ts";
import { rankBetween } from "../features/tasks/rank.ts";
import { DemoRefusal, type Call } from "./demo-call.ts";
import type { DemoChange, DemoEvent, DemoStore } from "./demo-store.ts";

export function createTask(store: DemoStore, { body, actor }: Call): Task {
  const id = typeof body["id"] === "string" ? body["id"] : newId();
  if (store.records.tasks.has(id)) throw new DemoRefusal("already-exists", `${id} exists already`);
  const now = new Date().toISOString();
  const last =
    [...store.records.tasks.values()]
      .map((task) => task.position)
      .toSorted()
      .at(-1) ?? "";
  const task = {
    description: "",
    type: "feature",
    priority: "normal",
    assignee: null,
    depends_on: [],
    labels: [],
    repository_url: null,
    branch_name: null,
    blocked: null,
    archived: false,
    ...body,
    dod: withIds(body["dod"]),
    id,
    version: 0,
    status: "queued",
    position: rankBetween(last, ""),
    created_by: actor,
    created_at: now,
    updated_at: now,
    completed_at: null,
  } as unknown as Task;
  store.commit({ event: "task_created", actor, target: `task:${id}`, changes: [put(task)] });
  return taskOf(store, id);
}

export function patchTask(store: DemoStore, call: Call): Task {
  const before = checked(store, call);
  const patch = { ...call.body };
  if (Array.isArray(patch["dod"])) patch["dod"] = withIds(patch["dod"]);
  const merged = { ...before, ...NULLS, ...(mergePatch(before, patch) as Partial<Task>) };
  if (merged.status !== before.status) guard(store, before, merged.status, call);
  const after = {
    ...merged,
    ...entered(before, merged.status, call.actor),
    updated_at: new Date().toISOString(),
  };
  store.commit(
    {
      event: after.status === before.status ? "task_updated" : "task_transitioned",
      actor: call.actor,
      target: `task:${before.id}`,
      details: after.status === before.status ? {} : { from: before.status, to: after.status },
      changes: [put(after)],
    },
    ...leftLease(store, before, after.status, call.actor),
  );
  return taskOf(store, before.id);
}

export function moveTask(store: DemoStore, call: Call): { old_status: Status; task: Task } {
  const before = checked(store, call);
  const to = (call.body["to"] ?? before.status) as Status;
  if (to !== before.status) guard(store, before, to, call);
  const entering = to !== before.status;
  const now = new Date().toISOString();
  const after: Task = {
    ...before,
    ...entered(before, to, call.actor),
    position: placeOf(store, before, call),
    updated_at: now,
  };
  const events: DemoEvent[] = [
    {
      event: entering ? "task_transitioned" : "task_updated",
      actor: call.actor,
      target: `task:${before.id}`,
      details: entering ? { from: before.status, to, ...reasonOf(call) } : {},
      changes: [put(after)],
    },
  ];
  store.commit(...events, ...leftLease(store, before, to, call.actor));
  return { old_status: before.status, task: taskOf(store, before.id) };
}

/** What entering a status changes besides the status. */
function entered(before: Task, to: Status, actor: string): Partial<Task> {
  if (to === before.status) return {};
  return {
    status: to,
    ...(to === "queued" ? { assignee: null } : isHeld(to) ? { assignee: actor } : {}),
    completed_at: to === "done" ? new Date().toISOString() : null,
  };
}

function leftLease(store: DemoStore, before: Task, to: Status, actor: string): DemoEvent[] {
  const ends = to !== before.status && (isHandover(to) || to === "queued" || to === "done");
  return ends ? endLeases(store, before.id, actor) : [];
}

export function deleteTask(store: DemoStore, call: Call): void {
  const task = checked(store, call);
  const dependents = [...store.records.tasks.values()].filter((other) =>
    other.depends_on.includes(task.id),
  );
  if (dependents.length > 0 && call.query.get("force") !== "true") {
    const names = dependents.map(({ id }) => id);
    throw new DemoRefusal("in-use", `${names.join(", ")} depend on ${task.id}`, {
      dependents: names,
    });
  }
  const freed = dependents.map((other) =>
    put({ ...other, depends_on: other.depends_on.filter((id) => id !== task.id) }),
  );
  store.commit(...endLeases(store, task.id, call.actor), {
    event: "task_deleted",
    actor: call.actor,
    target: `task:${task.id}`,
    changes: [...freed, { kind: "tasks", id: task.id, value: null }],
  });
}

export function taskOf(store: DemoStore, id: string): Task {
  const task = store.records.tasks.get(id);
  if (task === undefined) throw new DemoRefusal("not-found", `there is no task ${id}`);
  return task;
}

export function leaseOf(store: DemoStore, taskId: string): Lease | undefined {
  return [...store.records.locks.values()].find((lease) => lease.resource === `task:${taskId}`);
}

function endLeases(store: DemoStore, taskId: string, actor: string): DemoEvent[] {
  const lease = leaseOf(store, taskId);
  if (lease === undefined) return [];
  return [
    {
      event: "lease_released",
      actor,
      target: lease.resource,
      details: { lock_id: lease.lock_id, holder: lease.holder, fencing_token: lease.fencing_token },
      changes: [{ kind: "locks", id: lease.lock_id, value: null }],
    },
  ];
}

function checked(store: DemoStore, call: Call): Task {
  const task = taskOf(store, call.params["id"] ?? "");
  const current = store.etag("tasks", task.id);
  if (call.ifMatch === null || call.ifMatch === current) return task;
  const target = `task:${task.id}`;
  const last = store.log.findLast((event) => event.target === target);
  throw new DemoRefusal("precondition-failed", "the task has changed; merge and try again", {
    current: task,
    current_etag: current,
    changed_fields: [],
    changed_by: last?.actor,
    changed_at: last?.ts,
    event_id: last?.id,
  });
}

function guard(store: DemoStore, task: Task, to: Status, { actor, body }: Call): void {
  const steps: readonly Status[] = TRANSITIONS[task.status];
  const forced = body["force"] === true;
  if (!steps.includes(to))
    throw new DemoRefusal("invalid-transition", `from ${task.status} only to ${steps.join(", ")}`);
  const guards: readonly string[] = ENTRY_GUARDS[to];
  const open = task.depends_on.filter(
    (id) => (store.records.tasks.get(id)?.status ?? "done") !== "done",
  );
  if (guards.includes("dependencies-done") && open.length > 0 && !forced)
    throw new DemoRefusal("dependency-open", `${open.join(", ")} must be done first`, { open });
  if (guards.includes("dod-done") && task.dod.some((item) => !item.done))
    throw new DemoRefusal("dod-open", "the definition of done is not complete");
  if (isHeld(task.status) && task.assignee !== null && task.assignee !== actor && !forced)
    throw new DemoRefusal("not-holder", `${task.assignee} holds ${task.id}`, {
      holder: task.assignee,
    });
}

function placeOf(store: DemoStore, task: Task, { body }: Call): string {
  const others = [...store.records.tasks.values()].filter((other) => other.id !== task.id);
  const ranks = others.map(({ position }) => position).toSorted();
  const near = store.records.tasks.get((body["before"] ?? body["after"] ?? "") as string);
  if (near === undefined) return task.position;
  if (body["after"] !== undefined)
    return rankBetween(near.position, ranks.find((rank) => rank > near.position) ?? "");
  return rankBetween(ranks.findLast((rank) => rank < near.position) ?? "", near.position);
}

function withIds(dod: unknown): DodItem[] {
  const items: unknown[] = Array.isArray(dod) ? dod : [];
  return items.map((item, index) => ({
    id: `d${index + 1}`,
    done: false,
    ...(typeof item === "string" ? { text: item } : (item as DodItem)),
  }));
}

function reasonOf({ body }: Call): Record<string, unknown> {
  const { reason, force } = body;
  return { ...(reason === undefined ? {} : { reason }), ...(force === true ? { force } : {}) };
}

function put(task: Task): DemoChange {
  return { kind: "tasks", id: task.id, value: task };
}

function newId(): string {
  return `T-${Math.random().toString(36).slice(2, 8)}`;
}

const NULLS = {
  description: "",
  assignee: null,
  depends_on: [],
  dod: [],
  labels: [],
  repository_url: null,
  branch_name: null,
  blocked: null,
  completed_at: null,
};
