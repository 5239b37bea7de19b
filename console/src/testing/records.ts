/** Records for tests: whole, and different only in what a test is about. */
import type { Lease } from "#contracts/lease";
import type { Task } from "#contracts/task";
import type { KyrosEvent } from "#contracts/event";
import { NO_RECORDS, type Records } from "../live/records.ts";

export function aTask(fields: Partial<Task> & { id: string }): Task {
  return {
    version: 1,
    title: "A task",
    description: "",
    type: "feature",
    status: "queued",
    priority: "normal",
    assignee: null,
    depends_on: [],
    dod: [],
    labels: [],
    repository_url: null,
    branch_name: null,
    position: "V",
    blocked: null,
    archived: false,
    created_by: "ada",
    created_at: "2026-01-01T00:00:00.000Z",
    updated_at: "2026-01-01T00:00:00.000Z",
    completed_at: null,
    ...fields,
  };
}

export function aLease(fields: Partial<Lease>): Lease {
  return {
    lock_id: "l1",
    version: 1,
    resource: "task:T-1",
    mode: "exclusive",
    holder: "agent-1",
    acquired_at: "2026-01-01T00:00:00.000Z",
    ttl_seconds: 100,
    heartbeat_at: "2026-01-01T00:00:00.000Z",
    expires_at: "2026-01-01T00:01:40.000Z",
    fencing_token: 1,
    note: "",
    ...fields,
  };
}

export function anEvent(fields: Partial<KyrosEvent>): KyrosEvent {
  return {
    id: "e1",
    ts: "2026-01-01T00:00:00.000Z",
    event: "task_updated",
    actor: "agent-1",
    target: "task:T-1",
    details: {},
    ...fields,
  };
}

export function recordsOf(tasks: readonly Task[], leases: readonly Lease[] = []): Records {
  return {
    ...NO_RECORDS,
    tasks: new Map(tasks.map((task) => [task.id, task])),
    locks: new Map(leases.map((lease) => [lease.lock_id, lease])),
    etags: new Map(tasks.map((task) => [`tasks:${task.id}`, `"${task.version}-x"`])),
  };
}
