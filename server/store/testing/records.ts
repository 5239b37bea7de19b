/** Records and commits for tests: complete, and short to write. */
import type { Agent } from "#contracts/agent";
import type { Lease } from "#contracts/lease";
import type { Task } from "#contracts/task";
import { accept, put, type Author, type Change, type Committed, type Store } from "../port.ts";

const NEW_YEAR = "2026-01-01T00:00:00.000Z";

export function aTask(id: string, fields: Partial<Task> & Record<string, unknown> = {}): Task {
  return {
    id,
    version: 1,
    title: `Task ${id}`,
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
    position: "a",
    blocked: null,
    archived: false,
    created_by: "person",
    created_at: NEW_YEAR,
    updated_at: NEW_YEAR,
    completed_at: null,
    ...fields,
  };
}

export function anAgent(id: string, fields: Partial<Agent> = {}): Agent {
  return {
    id,
    version: 1,
    name: id,
    kind: "agent",
    role: "",
    skills: [],
    status: "idle",
    available: true,
    last_seen: NEW_YEAR,
    current_task: null,
    ...fields,
  };
}

export function aLease(lockId: string, fields: Partial<Lease> = {}): Lease {
  return {
    lock_id: lockId,
    version: 1,
    resource: "name:build",
    mode: "exclusive",
    holder: "agent-1",
    acquired_at: NEW_YEAR,
    ttl_seconds: 300,
    heartbeat_at: NEW_YEAR,
    expires_at: "2026-01-01T00:05:00.000Z",
    fencing_token: 1,
    note: "",
    ...fields,
  };
}

export const PERSON: Author = { actor: "person" };

/** One event with these changes; answers the version of the first of them afterwards. */
export function change(
  store: Store,
  changes: readonly Change[],
  by: Author = PERSON,
): Promise<Committed<number | undefined>> {
  return store.commit(() => {
    const [first] = changes;
    return accept(
      (after) => first && after.get(first.kind, first.id)?.record.version,
      [{ event: "changed", target: first ? `${first.kind}:${first.id}` : "", changes }],
    );
  }, by);
}

/** Sets one title, whatever stands there. */
export function setTitle(store: Store, id: string, title: string, by: Author = PERSON) {
  return store.commit((view) => {
    const before = view.get("tasks", id)?.record ?? aTask(id);
    return accept(
      (after) => after.get("tasks", id)?.etag,
      [{ event: "titled", target: `task:${id}`, changes: [put("tasks", { ...before, title })] }],
    );
  }, by);
}
