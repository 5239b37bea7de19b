/** Once through every operation of the contract, with requests that are in order and some that are not. */
import { createClient, ProblemError, type Client, type Input } from "#contracts/client";
import { ROUTES, type OperationId } from "#contracts/routes";

/** What a judge between client and server has to say comes as a problem of its own. */
const JUDGE = /^https:\/\/stoplight\.io\/prism\/errors/;

export interface Tour {
  readonly requests: number;
  readonly missed: readonly OperationId[];
  readonly complaints: readonly string[];
}

export async function takeTour(baseUrl: string): Promise<Tour> {
  const tourist = new Tourist(baseUrl);
  for (const part of [seeTheServer, seeTasks, seeWork, seeAgents, seeLeases, seeEvents, seeState]) {
    await part(tourist);
  }
  const all = Object.keys(ROUTES) as OperationId[];
  const { requests, complaints, seen } = tourist;
  return { requests, missed: all.filter((operation) => !seen.has(operation)), complaints };
}

class Tourist {
  readonly seen = new Set<OperationId>();
  readonly complaints: string[] = [];
  requests = 0;
  readonly #client: Client;

  constructor(baseUrl: string) {
    this.#client = createClient({ baseUrl, actor: "tourist" });
  }

  /** Answers undefined when the server refuses, which has to be in the contract as well. */
  async visit<K extends OperationId>(operation: K, input: Input<K>) {
    this.requests += 1;
    this.seen.add(operation);
    try {
      return await this.#client.call(operation, input);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      if (JUDGE.test(error.problem.type)) {
        this.complaints.push(`${operation}: ${JSON.stringify(error.problem)}`);
      }
      return undefined;
    }
  }
}

async function seeTheServer(tourist: Tourist): Promise<void> {
  await tourist.visit("getHealth", {});
  await tourist.visit("getReadiness", {});
  await tourist.visit("getWorkflow", {});
}

async function seeTasks(tourist: Tourist): Promise<void> {
  const params = { id: "T-1" };
  const dod = ["a", { text: "b", done: true }];
  const made = await tourist.visit("createTask", {
    body: { ...params, title: "One", dod, labels: ["x"] },
  });
  await tourist.visit("createTask", { body: { ...params, title: "One again" } });
  await tourist.visit("listTasks", { query: { status: ["queued", "done"], limit: 1 } });
  await tourist.visit("listTasks", { query: { q: "one", ready: true } });
  await tourist.visit("getTask", { params });
  await tourist.visit("getTask", { params, ifNoneMatch: made?.etag ?? "" });
  await tourist.visit("getTask", { params: { id: "T-none" } });
  // No JSON Patch: Prism would hold it against the schema of `application/json`.
  await tourist.visit("patchTask", {
    params,
    ifMatch: made?.etag ?? "",
    body: { description: "Changed." },
    contentType: "application/merge-patch+json",
  });
  await tourist.visit("patchTask", {
    params,
    ifMatch: made?.etag ?? "",
    body: { title: "Too late" },
  });
  await tourist.visit("batchTasks", { body: { creates: [{ id: "T-3", title: "Three" }] } });
  await tourist.visit("moveTask", { params: { id: "T-3" }, body: { before: "T-1" } });
}

async function seeWork(tourist: Tourist): Promise<void> {
  const params = { id: "T-1" };
  const claimed = await tourist.visit("claimTask", { body: { agent: "agent-1", task_id: "T-1" } });
  await tourist.visit("claimTask", { body: { agent: "agent-2", task_id: "T-1" } });
  await tourist.visit("claimTask", { body: { agent: "agent-2", labels: ["nothing like it"] } });
  const leaseToken = claimed?.body?.lease?.fencing_token ?? 0;
  await tourist.visit("reportExecution", {
    params,
    body: { outcome: "started", executor: "lint", attempt: 1 },
    leaseToken,
  });
  await tourist.visit("transitionTask", { params, body: { to: "in_progress" }, leaseToken });
  await tourist.visit("transitionTask", { params, body: { to: "done" } });
  await tourist.visit("taskHistory", { params, query: { limit: 2 } });
  await tourist.visit("deleteTask", { params, ifMatch: "*" });
  const two = await tourist.visit("createTask", { body: { title: "Two", depends_on: ["T-1"] } });
  const id = two?.body?.id ?? "";
  await tourist.visit("deleteTask", { params: { id }, ifMatch: two?.etag ?? "" });
}

async function seeAgents(tourist: Tourist): Promise<void> {
  const agent = await tourist.visit("createAgent", {
    body: { id: "ada", kind: "human", skills: ["x"] },
  });
  await tourist.visit("listAgents", {});
  await tourist.visit("getAgent", { params: { id: "ada" } });
  await tourist.visit("heartbeatAgent", { params: { id: "ada" }, body: {} });
  const renamed = await tourist.visit("patchAgent", {
    params: { id: "ada" },
    ifMatch: agent?.etag ?? "",
    body: { role: "reviewer" },
  });
  await tourist.visit("deleteAgent", { params: { id: "ada" }, ifMatch: renamed?.etag ?? "" });
}

async function seeLeases(tourist: Tourist): Promise<void> {
  const resource = "path:src/**";
  const lease = await tourist.visit("acquireLease", {
    body: { resource, holder: "agent-1", mode: "shared" },
  });
  await tourist.visit("acquireLease", { body: { resource: "path:src/a.ts", holder: "agent-2" } });
  const lock = { lock_id: lease?.body?.lock_id ?? "" };
  await tourist.visit("listLeases", { query: { holder: "agent-1" } });
  await tourist.visit("checkPaths", { body: { paths: ["src/a.ts"], holder: "agent-2" } });
  await tourist.visit("heartbeatLease", { params: lock, body: {} });
  await tourist.visit("releaseLease", { params: lock, body: {} });
  await tourist.visit("heartbeatLease", { params: lock, body: {} });
  await tourist.visit("reclaimLeases", { body: {} });
}

async function seeEvents(tourist: Tourist): Promise<void> {
  await tourist.visit("appendEvents", { body: { event: "looked_around", actor: "tourist" } });
  await tourist.visit("appendEvents", {
    body: [{ event: "went_home", actor: "tourist", target: "task:T-1" }],
  });
  const page = await tourist.visit("listEvents", { query: { limit: 2, order: "desc" } });
  await tourist.visit("listEvents", { query: { cursor: page?.body?.next_cursor ?? undefined } });
  await tourist.visit("tailEvents", { query: { mode: "poll", wait_ms: 0 } });
  await tourist.visit("humanLog", { body: {} });
}

async function seeState(tourist: Tourist): Promise<void> {
  for (const kind of ["tasks", "agents", "locks"] as const) {
    const state = await tourist.visit("getState", { params: { kind } });
    await tourist.visit("getState", { params: { kind }, ifNoneMatch: state?.etag ?? "" });
    await tourist.visit("getState", { params: { kind }, query: { at: new Date().toISOString() } });
  }
}
