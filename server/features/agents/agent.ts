/** Agents, workers and people: how they are written down, and what changes them. */
import {
  AGENT_READ_ONLY,
  agentMergePatch,
  type Agent,
  type AgentAnswer,
  type AgentCreated,
  type AgentHeartbeatAnswer,
  type AgentHeartbeatCommand,
  type AgentMergePatch,
  type NewAgent,
} from "#contracts/agent";
import type { ProblemCode } from "#contracts/problem";
import type { JsonPatch } from "#contracts/task";
import { fromTimestamp, toTimestamp, type Instant } from "../../kernel/instant.ts";
import { toMergePatch } from "../../kernel/json-patch.ts";
import { refuseForce, type Principal } from "../../kernel/principal.ts";
import { refuse, type Refusal } from "../../kernel/refusal.ts";
import { toIssues } from "../../kernel/schema-issues.ts";
import type { Terms } from "../../kernel/terms.ts";
import { refuseStale } from "../../store/precondition.ts";
import { Plan } from "../../store/plan.ts";
import { put, remove, type Decision, type NewEvent, type View } from "../../store/port.ts";

export type AgentChange =
  | { readonly format: "merge-patch"; readonly patch: AgentMergePatch }
  | { readonly format: "json-patch"; readonly patch: JsonPatch };

/** What is in somebody's hands: leases, and the tasks that people hold without one. */
export interface Holdings {
  /** Their resources. */
  list(plan: Plan, holder: string, now: Instant): string[];
  giveUp(
    plan: Plan,
    how: { readonly holder: string; readonly now: Instant; readonly reason: string },
  ): void;
}

export interface Asking {
  readonly view: View;
  readonly now: Instant;
  readonly principal: Principal;
  readonly terms: Terms;
}

type Refused = Refusal<ProblemCode>;

/** A touch of `last_seen` changes the ETag, so there is one a minute at most. */
const TOUCH_EVERY_MS = 60_000;

export function agentEvent(
  event: string,
  agent: Agent,
  details: Readonly<Record<string, unknown>>,
): NewEvent {
  return { event, target: `agent:${agent.id}`, details, changes: [put("agents", agent)] };
}

export function decideCreate(
  { view, now }: Asking,
  input: NewAgent & { readonly id: string },
): Decision<AgentCreated> {
  const { id } = input;
  const existing = view.get("agents", id);
  if (existing !== undefined) {
    return refuse(
      "already-exists",
      `There is an agent ${id} already. PATCH it, or choose another id; without one the server gives it.`,
      { id, current_etag: existing.etag },
    );
  }
  const agent: Agent = {
    id,
    version: 1,
    name: input.name ?? id,
    kind: input.kind,
    role: input.role,
    skills: [...new Set(input.skills)],
    status: input.status,
    available: input.available,
    last_seen: toTimestamp(now),
    current_task: null,
  };
  const plan = new Plan(view);
  plan.add(agentEvent("agent_registered", agent, {}));
  return plan.accept((after) => ({ id, ...written(after, id) }));
}

export function decidePatch(
  { view, terms }: Asking,
  id: string,
  change: AgentChange,
): Decision<AgentAnswer> {
  const before = view.get("agents", id)?.record;
  const stale = refuseStale(view, "agents", id, terms.ifMatch);
  if (stale !== undefined || before === undefined) return stale ?? neverThere(id);
  const read = readChange(before, change);
  if (!read.ok) return read;
  const plan = new Plan(view);
  update(plan, before, toFields(before, read.patch));
  return plan.accept((after) => ({ ok: true, ...written(after, id) }));
}

function toFields(before: Agent, patch: AgentMergePatch): Partial<Agent> {
  const { role, skills, current_task } = patch;
  return {
    name: patch.name ?? before.name,
    kind: patch.kind ?? before.kind,
    role: role === null ? "" : (role ?? before.role),
    skills: skills === undefined ? before.skills : [...new Set(skills ?? [])],
    status: patch.status ?? before.status,
    available: patch.available ?? before.available,
    current_task: current_task === undefined ? before.current_task : current_task,
  };
}

function readChange(
  before: Agent,
  change: AgentChange,
): { readonly ok: true; readonly patch: AgentMergePatch } | Refused {
  if (change.format === "merge-patch") return { ok: true, patch: change.patch };
  const changed = toMergePatch(before, change.patch, {
    editable: Object.keys(agentMergePatch.shape),
    readOnly: AGENT_READ_ONLY,
  });
  if (!changed.ok) return changed;
  const parsed = agentMergePatch.safeParse(changed.fields);
  if (parsed.success) return { ok: true, patch: parsed.data };
  const errors = toIssues(parsed.error);
  const [first] = errors;
  return refuse(
    "invalid",
    `The agent would not fit its schema at ${first?.pointer}: ${first?.detail}.`,
    { errors },
  );
}

/** Writes the change with its event, unless nothing changes. */
function update(plan: Plan, before: Agent, fields: Partial<Agent>): void {
  const after = { ...before, ...fields };
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  plan.add(agentEvent("agent_updated", after, {}));
}

/** Whoever holds something is only taken away by force, and then what is held is given up. */
export function decideRemove(
  { view, now, principal, terms }: Asking,
  id: string,
  ports: { readonly force: boolean; readonly holdings: Holdings },
): Decision<null> {
  const { force, holdings } = ports;
  const stale = refuseStale(view, "agents", id, terms.ifMatch);
  if (stale !== undefined) return stale;
  const plan = new Plan(view);
  const held = holdings.list(plan, id, now);
  if (!force && held.length > 0) {
    return refuse(
      "in-use",
      `${id} holds ${held.join(", ")}. Let it finish or release that first, or have a person delete it with ?force=true.`,
      { held },
    );
  }
  const forbidden = force ? refuseForce(principal) : undefined;
  if (forbidden !== undefined) return forbidden;
  if (force) holdings.giveUp(plan, { holder: id, now, reason: `${id} was deleted` });
  plan.add({
    event: "agent_deleted",
    target: `agent:${id}`,
    details: force ? { force } : {},
    changes: [remove("agents", id)],
  });
  return plan.accept(() => null);
}

export function decideHeartbeat(
  { view, now }: Pick<Asking, "view" | "now">,
  id: string,
  command: AgentHeartbeatCommand,
  offlineAfterSeconds: number,
): Decision<AgentHeartbeatAnswer> {
  const before = view.get("agents", id)?.record;
  if (before === undefined) return neverThere(id);
  const plan = new Plan(view);
  show(plan, before, now, command);
  return plan.accept(() => ({
    ok: true,
    last_seen: toTimestamp(now),
    offline_at: toTimestamp(now + offlineAfterSeconds * 1_000),
  }));
}

/** A sign of life: who was offline is back. */
export function decideSeen(view: View, now: Instant, id: string): Decision<null> {
  const plan = new Plan(view);
  const agent = view.get("agents", id)?.record;
  if (agent !== undefined) show(plan, agent, now, {});
  return plan.accept(() => null);
}

export function isNews(agent: Agent, now: Instant): boolean {
  return agent.status === "offline" || now - fromTimestamp(agent.last_seen) >= TOUCH_EVERY_MS;
}

function show(plan: Plan, before: Agent, now: Instant, said: AgentHeartbeatCommand): void {
  const current_task = said.current_task === undefined ? before.current_task : said.current_task;
  const back = current_task === null ? "idle" : "busy";
  const status = said.status ?? (before.status === "offline" ? back : before.status);
  const last_seen = toTimestamp(now);
  if (status !== before.status || current_task !== before.current_task) {
    plan.add(agentEvent("agent_updated", { ...before, status, current_task, last_seen }, {}));
  } else if (isNews(before, now)) {
    plan.touch({ kind: "agents", id: before.id, fields: { last_seen } });
  }
}

/** How long an agent gave no sign of life. */
export type Silence = (agent: Agent, now: Instant) => number;

/** Agents and workers that were not seen for so long. People do not send signs of life. */
export function silentAgents(
  view: View,
  now: Instant,
  silenceMs: Silence,
  offlineAfterSeconds: number,
): Agent[] {
  return Array.from(view.collection("agents").entries(), ({ record }) => record).filter(
    (agent) =>
      agent.kind !== "human" &&
      agent.status !== "offline" &&
      silenceMs(agent, now) > offlineAfterSeconds * 1_000,
  );
}

export function decideOffline(
  view: View,
  now: Instant,
  silenceMs: Silence,
  offlineAfterSeconds: number,
): Decision<null> {
  const plan = new Plan(view);
  for (const agent of silentAgents(view, now, silenceMs, offlineAfterSeconds)) {
    const last_seen = toTimestamp(now - silenceMs(agent, now));
    plan.add(
      agentEvent("agent_offline", { ...agent, status: "offline", last_seen }, { last_seen }),
    );
  }
  return plan.accept(() => null);
}

function written(after: View, id: string): { readonly agent: Agent; readonly etag: string } {
  const entry = after.get("agents", id);
  if (entry === undefined) throw new Error(`the agent ${id} was written and is not there`);
  return { agent: entry.record, etag: entry.etag };
}

function neverThere(id: string): Refused {
  return refuse(
    "not-found",
    `There is no agent ${id}. Register it with POST /collab/agents; a first claim registers it too.`,
  );
}
