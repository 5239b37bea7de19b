/** The demonstration's past, written into its store as if it had happened. */
import type { Agent } from "#contracts/agent";
import type { Lease } from "#contracts/lease";
import type { Task } from "#contracts/task";
import {
  AGENTS,
  DAY,
  DESCRIPTION,
  HOUR,
  LEASES,
  MINUTE,
  ROWS,
  ago,
  dodOf,
  idOf,
  type Row,
} from "./demo-data.ts";
import type { DemoEvent, DemoStore } from "./demo-store.ts";

export function fillDemo(store: DemoStore): void {
  const start = Date.now() - 20 * DAY;
  const events = [
    ...AGENTS.map((row, index) => agentRegistered(row, start + index * MINUTE)),
    ...ROWS.flatMap((row, index) => taskEvents(row, index, start + (index + 1) * HOUR)),
    ...LEASES.map((row, index) => leaseAcquired(row, index)),
  ];
  for (const event of events.toSorted((a, b) => a.at - b.at)) store.commit(event);
}

type PastEvent = DemoEvent & { readonly at: number };

function taskEvents(row: Row, index: number, createdAt: number): PastEvent[] {
  const [title, status, type, priority, labels, assignee, more = {}] = row;
  const id = idOf(index);
  const created = new Date(createdAt).toISOString();
  const task: Task = {
    id,
    version: 0,
    title,
    description: index % 3 === 0 ? DESCRIPTION : "",
    type,
    status: "queued",
    priority,
    assignee: null,
    depends_on: [],
    dod: dodOf(index, status),
    labels: labels.split(","),
    repository_url: null,
    branch_name: assignee === null ? null : `work/${id.toLowerCase()}`,
    position: `a${String(index).padStart(3, "0")}`,
    blocked: null,
    archived: false,
    created_by: "ada",
    created_at: created,
    updated_at: created,
    completed_at: null,
  };
  const target = `task:${id}`;
  const put = (value: Task) => [{ kind: "tasks" as const, id, value }];
  const begin = { event: "task_created", actor: "ada", target, at: createdAt, changes: put(task) };
  const final = {
    ...task,
    assignee,
    ...more,
    status,
    updated_at: more.completed_at ?? ago(index * 7 * MINUTE),
  };
  if (status === "queued" && Object.keys(more).length === 0) return [begin];
  const change = {
    event: status === "queued" ? "task_updated" : "task_transitioned",
    actor: assignee ?? "ada",
    target,
    at: Date.parse(final.updated_at),
    details: status === "queued" ? {} : { from: "queued", to: status },
    changes: put(final),
  };
  return [begin, change];
}

function agentRegistered(row: (typeof AGENTS)[number], at: number): PastEvent {
  const [id, name, kind, role, skills, more] = row;
  const value: Agent = {
    id,
    version: 0,
    name,
    kind,
    role,
    skills: skills.split(","),
    status: "idle",
    available: true,
    last_seen: ago(20_000),
    current_task: null,
    ...more,
  };
  return {
    event: "agent_registered",
    actor: id,
    target: `agent:${id}`,
    at,
    changes: [{ kind: "agents", id, value }],
  };
}

function leaseAcquired(row: (typeof LEASES)[number], index: number): PastEvent {
  const [resource, holder, ttl, age, more = {}] = row;
  const beat = Date.now() - age * 1_000;
  const value: Lease = {
    lock_id: `lock-${index + 1}`,
    version: 0,
    resource,
    mode: "exclusive",
    holder,
    acquired_at: ago(age * 1_000 + 8 * MINUTE),
    ttl_seconds: ttl,
    heartbeat_at: new Date(beat).toISOString(),
    expires_at: new Date(beat + ttl * 1_000).toISOString(),
    fencing_token: 41 + index,
    note: "",
    ...more,
  };
  return {
    event: "lease_acquired",
    actor: holder,
    target: resource,
    details: { lock_id: value.lock_id, holder, fencing_token: value.fencing_token },
    changes: [{ kind: "locks", id: value.lock_id, value }],
    at: Date.parse(value.acquired_at),
  };
}
