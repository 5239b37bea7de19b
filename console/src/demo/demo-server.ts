/** An API in the page: the console talks to it through the same client as to the server. */
import type { Agent } from "#contracts/agent";
import type { KyrosEvent } from "#contracts/event";
import type { Kind } from "#contracts/state";
import { ENTRY_GUARDS, HANDOVER, HELD, STATUSES, TRANSITIONS } from "#contracts/workflow";
import type { OpenTail } from "../live/shared-tail.ts";
import { changedFields } from "../features/tasks/merge.ts";
import { mergePatch } from "../live/merge-patch.ts";
import { DemoRefusal, toCall, toProblem, type Call } from "./demo-call.ts";
import { startDemoLife } from "./demo-life.ts";
import { fillDemo } from "./fill-demo.ts";
import { createDemoStore, type DemoStore } from "./demo-store.ts";
import { createTask, deleteTask, moveTask, patchTask, taskOf } from "./demo-tasks.ts";

interface Answer {
  readonly status?: number;
  readonly body: unknown;
  readonly etag?: string;
}

export function createDemo({ alive }: { alive: boolean }) {
  const store = createDemoStore();
  fillDemo(store);
  if (alive) startDemoLife(store);
  return {
    store,
    fetch: (request: Request) => answer(store, request),
    openTail: openTailOf(store),
  };
}

async function answer(store: DemoStore, request: Request): Promise<Response> {
  const call = await toCall(request);
  try {
    const handler = call === undefined ? undefined : HANDLERS[call.operation];
    if (call === undefined || handler === undefined)
      throw new DemoRefusal("not-found", "the demonstration has no such operation");
    const { status = 200, body, etag } = handler(store, call);
    const headers = new Headers({ "content-type": "application/json" });
    if (etag !== undefined) headers.set("etag", etag);
    return new Response(body === null ? null : JSON.stringify(body), { status, headers });
  } catch (error) {
    if (error instanceof DemoRefusal) return toProblem(error, new URL(request.url).pathname);
    throw error;
  }
}

function openTailOf(store: DemoStore): OpenTail {
  return (tell) => {
    const leave = store.subscribe((events) =>
      tell({ type: "batch", data: JSON.stringify(events) }),
    );
    const beat = setInterval(() => tell({ type: "bookmark" }), 15_000);
    const hello = JSON.stringify({ cursor: store.cursor(), server_time: new Date().toISOString() });
    queueMicrotask(() => {
      tell({ type: "hello", data: hello, resumed: false, from: store.cursor() });
      tell({ type: "status", status: "live" });
    });
    return {
      retryNow: () => undefined,
      close() {
        leave();
        clearInterval(beat);
      },
    };
  };
}

const HANDLERS: Partial<Record<Call["operation"], (store: DemoStore, call: Call) => Answer>> = {
  getState(store, { params, query }) {
    const kind = (params["kind"] === "leases" ? "locks" : params["kind"]) as Kind;
    const at = query.get("at");
    const records = at === null ? store.records[kind] : store.replay(kind, countAt(store, at));
    const etags = [...records.keys()].map((id) => [id, store.etag(kind, id)]);
    return {
      body: {
        kind,
        data: Object.fromEntries(records),
        etags: Object.fromEntries(etags) as object,
        cursor: store.cursor(),
        etag: `"demo-${store.log.length}"`,
      },
    };
  },
  getWorkflow: () => ({
    body: {
      statuses: STATUSES,
      transitions: TRANSITIONS,
      entry_guards: ENTRY_GUARDS,
      held: HELD,
      handover: HANDOVER,
    },
  }),
  getReadiness: () => ({ body: { status: "ready", checks: {} } }),
  createTask(store, call) {
    const task = createTask(store, call);
    const etag = store.etag("tasks", task.id);
    return { status: 201, body: { id: task.id, etag, task }, etag };
  },
  getTask: (store, { params }) => {
    const task = taskOf(store, params["id"] ?? "");
    return { body: task, etag: store.etag("tasks", task.id) };
  },
  patchTask(store, call) {
    const task = patchTask(store, call);
    const etag = store.etag("tasks", task.id);
    return { body: { ok: true, etag, task }, etag };
  },
  moveTask: moved,
  transitionTask: moved,
  deleteTask(store, call) {
    deleteTask(store, call);
    return { status: 204, body: null };
  },
  taskHistory: (store, { params }) => ({
    body: { items: historyOf(store, params["id"] ?? ""), next_cursor: null },
  }),
  createAgent(store, { body, actor }) {
    const id = String(body["id"]);
    if (store.records.agents.has(id))
      throw new DemoRefusal("already-exists", `${id} is registered already`);
    const now = new Date().toISOString();
    const blank = {
      name: id,
      kind: "agent",
      role: "",
      skills: [],
      status: "idle",
      available: true,
    };
    const value = {
      ...blank,
      ...body,
      id,
      version: 0,
      last_seen: now,
      current_task: null,
    } as Agent;
    const changes = [{ kind: "agents" as const, id, value }];
    store.commit({ event: "agent_registered", actor, target: `agent:${id}`, changes });
    return {
      status: 201,
      body: { id, etag: store.etag("agents", id), agent: store.records.agents.get(id) },
    };
  },
  getAgent: (store, { params }) => ({
    body: agentOf(store, params["id"] ?? ""),
    etag: store.etag("agents", params["id"] ?? ""),
  }),
  patchAgent(store, { params, body, actor }) {
    const agent = agentOf(store, params["id"] ?? "");
    const value = mergePatch(agent, body) as Agent;
    const changes = [{ kind: "agents" as const, id: agent.id, value }];
    store.commit({ event: "agent_updated", actor, target: `agent:${agent.id}`, changes });
    const etag = store.etag("agents", agent.id);
    return { body: { ok: true, etag, agent: agentOf(store, agent.id) }, etag };
  },
  reclaimLeases: reclaim,
  releaseLease(store, { params, actor }) {
    endLease(store, params["lock_id"] ?? "", actor, "lease_released", "");
    return { body: { ok: true } };
  },
  listEvents(store, { query }) {
    const limit = Number(query.get("limit") ?? 100);
    const until = query.get("until");
    const count = until === null ? store.log.length : countAt(store, until);
    const before = store.log.slice(0, count).filter((event) => isWanted(event, query));
    const items = query.get("order") === "desc" ? before.toReversed() : before;
    return { body: { items: items.slice(0, limit), next_cursor: null } };
  },
  humanLog(store) {
    const lines = store.log
      .slice(-30)
      .map(
        ({ id, ts, event, actor, target }) =>
          `- ${ts.slice(11, 16)} **${actor}** ${event.replaceAll("_", " ")} ${target} [${id}](#${id})`,
      );
    return {
      body: {
        markdown: `## What happened\n\n${lines.join("\n")}\n`,
        events: lines.length,
        written: null,
      },
    };
  },
};

function moved(store: DemoStore, call: Call): Answer {
  const { old_status: old, task } = moveTask(store, call);
  const etag = store.etag("tasks", task.id);
  return { body: { old_status: old, new_status: task.status, etag, task }, etag };
}

function reclaim(store: DemoStore, { body, actor }: Call): Answer {
  const now = new Date().toISOString();
  const wanted = [...store.records.locks.values()].filter(({ lock_id: id, expires_at: end }) =>
    body["lock_id"] === undefined
      ? end < now
      : id === body["lock_id"] && (end < now || body["force"] === true),
  );
  const reclaimed = wanted.map(({ lock_id: id }) => id);
  for (const id of reclaimed)
    endLease(store, id, actor, "lease_reclaimed", (body["reason"] ?? "") as string);
  return { body: { reclaimed } };
}

export function endLease(
  store: DemoStore,
  id: string,
  actor: string,
  event: string,
  reason: string,
): void {
  const lease = store.records.locks.get(id);
  if (lease === undefined) throw new DemoRefusal("not-found", `there is no lease ${id}`);
  const details = { lock_id: id, holder: lease.holder, fencing_token: lease.fencing_token, reason };
  store.commit({
    event,
    actor,
    target: lease.resource,
    details,
    changes: [{ kind: "locks", id, value: null }],
  });
  const task = store.records.tasks.get(lease.resource.replace("task:", ""));
  if (task === undefined) return;
  const value = { ...task, status: "queued" as const, assignee: null };
  const back = { from: task.status, to: "queued", reason: "lease-ended" };
  const changes = [{ kind: "tasks" as const, id: task.id, value }];
  store.commit({
    event: "task_transitioned",
    actor,
    target: lease.resource,
    details: back,
    changes,
  });
}

function agentOf(store: DemoStore, id: string): Agent {
  const agent = store.records.agents.get(id);
  if (agent === undefined) throw new DemoRefusal("not-found", `there is no agent ${id}`);
  return agent;
}

function historyOf(store: DemoStore, id: string) {
  let before: Record<string, unknown> = {};
  const items = store.log
    .filter((event) => event.target === `task:${id}`)
    .map((event) => {
      const [change] = (event.details["changes"] ?? []) as { value?: object; version?: number }[];
      const after = change?.value ?? before;
      const fields = changedFields(before, after as never);
      const diff = fields.map((field) => ({
        field,
        before: before[field],
        after: (after as Record<string, unknown>)[field],
      }));
      before = { ...after };
      const { id: eventId, ts, event: name, actor, details } = event;
      return {
        id: eventId,
        ts,
        event: name,
        actor,
        version: change?.version ?? null,
        details,
        diff,
      };
    });
  return items.toReversed();
}

function isWanted(event: KyrosEvent, query: URLSearchParams): boolean {
  return (["event", "actor", "target"] as const).every((name) => {
    const wanted = query.get(name);
    return wanted === null || wanted.split(",").includes(event[name]);
  });
}

function countAt(store: DemoStore, at: string): number {
  if (at.startsWith("demo:")) return store.indexOf(at);
  const moment = new Date(at).toISOString();
  return store.log.filter((event) => event.ts <= moment).length;
}
