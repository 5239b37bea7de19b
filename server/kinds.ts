/**
 * The three kinds of record, as the store has to know them. What a person leaves out of a record in a
 * file is filled in here: a task needs no more than a title.
 */
import type { z } from "zod";
import { agentSchema, type Agent } from "#contracts/agent";
import { leaseSchema, type Lease } from "#contracts/lease";
import type { Kind, RecordOf } from "#contracts/state";
import { taskSchema, type Task } from "#contracts/task";
import { skippedGuards } from "./features/tasks/by-hand.ts";
import { toDod } from "./features/tasks/dod.ts";
import { UNRANKED } from "./features/tasks/rank.ts";
import { toTimestamp, type Instant } from "./kernel/instant.ts";
import { isObject } from "./kernel/json.ts";
import { toIssues } from "./kernel/schema-issues.ts";
import type { KindDefinition, KindDefinitions, ReadResult } from "./store/kind.ts";

type Raw = Readonly<Record<string, unknown>>;

const tasks: KindDefinition<"tasks"> = {
  kind: "tasks",
  file: "tasks.json",
  whenMissing: "restore",
  volatile: [],
  followsClock: [],
  read: reader<"tasks">({ schema: taskSchema, idField: "id", fill: fillTask }),
  skippedGuards,
  eventTarget: (task) => `task:${task.id}`,
};

const agents: KindDefinition<"agents"> = {
  kind: "agents",
  file: "agents.json",
  whenMissing: "restore",
  volatile: ["last_seen"],
  followsClock: ["last_seen"],
  read: reader<"agents">({ schema: agentSchema, idField: "id", fill: fillAgent }),
  eventTarget: (agent) => `agent:${agent.id}`,
};

/** Leases are the state of now: who deletes their file gives all of them up. */
const locks: KindDefinition<"locks"> = {
  kind: "locks",
  file: "locks.json",
  whenMissing: "empty",
  volatile: ["heartbeat_at", "expires_at"],
  followsClock: ["heartbeat_at", "expires_at"],
  read: reader<"locks">({ schema: leaseSchema, idField: "lock_id", fill: fillLease }),
  eventTarget: (lease) => lease.resource,
};

export const kinds: KindDefinitions = { tasks, agents, locks };

function reader<K extends Kind>(parts: {
  schema: z.ZodType<RecordOf[K]>;
  idField: "id" | "lock_id";
  fill: (raw: Raw, id: string, now: string) => Raw;
}): (id: string, raw: unknown, now: Instant) => ReadResult<RecordOf[K]> {
  const { schema, idField, fill } = parts;
  return (id, raw, now) => {
    if (!isObject(raw)) return complain("", "a record is a JSON object");
    // The schema's copy would lose it, since assigning to it sets a prototype.
    if (Object.hasOwn(raw, "__proto__")) return complain("/__proto__", "choose another name");
    const own = raw[idField];
    if (own !== undefined && own !== id) {
      return complain(
        `/${idField}`,
        `is ${JSON.stringify(own)}, but the record stands under "${id}"`,
      );
    }
    // What the server wrote itself is whole: only where something is missing is it filled in.
    const whole = schema.safeParse(raw);
    if (whole.success) return { ok: true, record: whole.data };
    const filled = { version: 1, ...fill(raw, id, toTimestamp(now)), [idField]: id };
    const result = schema.safeParse(filled);
    if (result.success) return { ok: true, record: result.data };
    return { ok: false, issues: toIssues(result.error) };
  };
}

function complain(pointer: string, detail: string): ReadResult<never> {
  return { ok: false, issues: [{ pointer, detail }] };
}

function fillTask(raw: Raw, _id: string, now: string): Raw {
  const defaults = {
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
    position: UNRANKED,
    blocked: null,
    archived: false,
    created_by: "file",
    created_at: now,
    updated_at: now,
    completed_at: raw["status"] === "done" ? now : null,
  } satisfies Partial<Task>;
  const filled = { ...defaults, ...raw };
  return { ...filled, dod: fillDod(filled.dod), blocked: fillBlocked(filled.blocked, now) };
}

/** Only what has the shape of an item is completed; the schema tells what is wrong with the rest. */
function fillDod(dod: unknown): unknown {
  const isItem = (item: unknown) =>
    typeof item === "string" || (isObject(item) && typeof item["text"] === "string");
  return Array.isArray(dod) && dod.every(isItem) ? toDod(dod) : dod;
}

function fillBlocked(blocked: unknown, now: string): unknown {
  return isObject(blocked) ? { since: now, ...blocked } : blocked;
}

function fillAgent(raw: Raw, id: string, now: string): Raw {
  const defaults = {
    name: id,
    kind: "agent",
    role: "",
    skills: [],
    status: "idle",
    available: true,
    last_seen: now,
    current_task: null,
  } satisfies Partial<Agent>;
  return { ...defaults, ...raw };
}

const DEFAULT_TTL_SECONDS = 300;

function fillLease(raw: Raw, _id: string, now: string): Raw {
  const defaults = {
    mode: "exclusive",
    acquired_at: now,
    ttl_seconds: DEFAULT_TTL_SECONDS,
    heartbeat_at: now,
    fencing_token: 1,
    note: "",
  } satisfies Partial<Lease>;
  const filled = { ...defaults, ...raw };
  return { expires_at: expiry(filled.heartbeat_at, filled.ttl_seconds), ...filled };
}

function expiry(heartbeatAt: unknown, ttlSeconds: unknown): string | undefined {
  const start = typeof heartbeatAt === "string" ? Date.parse(heartbeatAt) : Number.NaN;
  const end = start + Number(ttlSeconds) * 1_000;
  return Number.isFinite(end) && Math.abs(end) < 8e15 ? toTimestamp(end) : undefined;
}
