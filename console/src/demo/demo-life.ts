/** Agents that work a little: now and then a card moves, so that one sees the board live. */
import type { Status } from "#contracts/workflow";
import type { DemoStore } from "./demo-store.ts";

const STEP_MS = 6_000;
const NEXT: Partial<Record<Status, Status>> = {
  claimed: "in_progress",
  in_progress: "review",
  approved: "merging",
};

export function startDemoLife(store: DemoStore): void {
  setInterval(() => {
    renewLeases(store);
    const step = Math.floor(Date.now() / STEP_MS);
    if (step % 3 === 0) tickDod(store, step);
    else if (step % 5 === 0) advance(store, step);
  }, STEP_MS);
}

function renewLeases(store: DemoStore): void {
  for (const [id, lease] of store.records.locks) {
    if (lease.holder === "agent-4") continue;
    const now = Date.now();
    store.records.locks.set(id, {
      ...lease,
      heartbeat_at: new Date(now).toISOString(),
      expires_at: new Date(now + lease.ttl_seconds * 1_000).toISOString(),
    });
  }
}

function tickDod(store: DemoStore, step: number): void {
  const open = [...store.records.tasks.values()].filter(
    (task) => task.status === "in_progress" && task.dod.some((item) => !item.done),
  );
  const task = open[step % Math.max(1, open.length)];
  if (task === undefined) return;
  const first = task.dod.findIndex((item) => !item.done);
  const dod = task.dod.map((item, at) => (at === first ? { ...item, done: true } : item));
  const value = { ...task, dod, updated_at: new Date().toISOString() };
  const changes = [{ kind: "tasks" as const, id: task.id, value }];
  const actor = task.assignee ?? "agent-1";
  store.commit({ event: "task_updated", actor, target: `task:${task.id}`, changes });
}

function advance(store: DemoStore, step: number): void {
  const movable = [...store.records.tasks.values()].filter(
    (task) => NEXT[task.status] !== undefined && task.assignee?.startsWith("agent-") === true,
  );
  const task = movable[step % Math.max(1, movable.length)];
  const to = task && NEXT[task.status];
  if (task === undefined || to === undefined) return;
  const value = { ...task, status: to, updated_at: new Date().toISOString() };
  store.commit({
    event: "task_transitioned",
    actor: task.assignee ?? "agent-1",
    target: `task:${task.id}`,
    details: { from: task.status, to },
    changes: [{ kind: "tasks", id: task.id, value }],
  });
}
