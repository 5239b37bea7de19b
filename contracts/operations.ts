/**
 * Every operation, once: what it takes, what it answers, how it can be refused. Routes, OpenAPI,
 * the typed client and the agents' tools all come from this table.
 */
import { z } from "zod";
import {
  agentAnswer,
  agentCreated,
  agentHeartbeatAnswer,
  agentHeartbeatCommand,
  agentMergePatch,
  agentPage,
  agentSchema,
  newAgentSchema,
} from "./agent.ts";
import {
  appendAnswer,
  appendCommand,
  eventPage,
  eventQuery,
  logAnswer,
  logCommand,
  tailPoll,
  tailQuery,
} from "./event.ts";
import { executionReport } from "./execution.ts";
import {
  acquireAnswer,
  acquireCommand,
  checkAnswer,
  checkCommand,
  heartbeatAnswer,
  heartbeatCommand,
  leasePage,
  leaseQuery,
  okAnswer,
  reclaimAnswer,
  reclaimCommand,
  releaseCommand,
} from "./lease.ts";
import { actorId, booleanParam, taskId } from "./primitives.ts";
import type { ProblemCode } from "./problem.ts";
import type { OperationId } from "./routes.ts";
import { kindParam, stateAnswer, stateQuery, workflowAnswer } from "./state.ts";
import {
  claimAnswer,
  claimCommand,
  historyAnswer,
  historyQuery,
  jsonPatchSchema,
  moveCommand,
  newTaskSchema,
  taskAnswer,
  taskBatch,
  taskBatchAnswer,
  taskCreated,
  taskMergePatch,
  taskPage,
  taskQuery,
  taskSchema,
  transitionAnswer,
  transitionCommand,
} from "./task.ts";

export const JSON_TYPE = "application/json";
export const MERGE_PATCH_TYPE = "application/merge-patch+json";
export const JSON_PATCH_TYPE = "application/json-patch+json";

export interface Operation {
  summary: string;
  tag: "state" | "tasks" | "agents" | "leases" | "events" | "server";
  params?: z.ZodObject;
  query?: z.ZodObject;
  /** Media type → schema. An absent body is read as `{}` where every member is optional. */
  body?: Readonly<Record<string, z.ZodType>>;
  /** `required`: 428 without it. `optional`: honoured when given. */
  ifMatch?: "required" | "optional";
  /** The success answer. `body: null` is an answer without one. */
  answer: { status: 200 | 201 | 204; body: z.ZodType | null };
  /** A second success, such as 204 for nothing to claim. */
  otherwise?: { status: 200 | 204; description: string };
  /** The answer carries a strong ETag and takes `If-None-Match`. */
  conditional?: true;
  /** 16 MiB instead of 1 MiB. */
  large?: true;
  refusals: readonly ProblemCode[];
}

const taskParams = z.object({ id: taskId });
const forceQuery = z.strictObject({ force: booleanParam.optional() });
const agentParams = z.object({ id: actorId });
const lockParams = z.object({ lock_id: z.string().min(1).max(100) });
const asJson = <T extends z.ZodType>(schema: T) => ({ [JSON_TYPE]: schema }) as const;
const asPatch = <T extends z.ZodType>(schema: T) =>
  ({
    [JSON_TYPE]: schema,
    [MERGE_PATCH_TYPE]: schema,
    [JSON_PATCH_TYPE]: jsonPatchSchema,
  }) as const;

const wantsRecord = ["not-found", "precondition-required", "precondition-failed"] as const;
const editRefusals = [
  "dependency-cycle",
  "dependency-open",
  "dod-open",
  "invalid-transition",
  "lease-held",
  "not-holder",
  "fence-stale",
] as const;
const stepRefusals = [
  "not-found",
  "forbidden",
  "precondition-failed",
  "invalid-transition",
  "dependency-open",
  "dod-open",
  "lease-held",
  "not-holder",
  "fence-stale",
] as const;

export const OPERATIONS = {
  getState: {
    summary: "All records of one kind, with their ETags and the cursor to tail from",
    tag: "state",
    params: z.object({ kind: kindParam }),
    query: stateQuery,
    answer: { status: 200, body: stateAnswer },
    conditional: true,
    refusals: ["not-found", "cursor-gone"],
  },

  listTasks: {
    summary: "Tasks that match a filter, in board order",
    tag: "tasks",
    query: taskQuery,
    answer: { status: 200, body: taskPage },
    refusals: [],
  },
  createTask: {
    summary: "Create a task",
    tag: "tasks",
    body: asJson(newTaskSchema),
    answer: { status: 201, body: taskCreated },
    refusals: ["already-exists", "dependency-cycle"],
  },
  batchTasks: {
    summary: "Create and patch up to 1,000 tasks, all or none",
    tag: "tasks",
    body: asJson(taskBatch),
    answer: { status: 200, body: taskBatchAnswer },
    large: true,
    refusals: ["already-exists", "precondition-failed", ...editRefusals],
  },
  claimTask: {
    summary: "Claim and lease the best ready task, or the one named, in one commit",
    tag: "tasks",
    body: asJson(claimCommand),
    ifMatch: "optional",
    answer: { status: 200, body: claimAnswer },
    otherwise: { status: 204, description: "No task is ready for this agent" },
    refusals: [
      "not-found",
      "precondition-failed",
      "invalid-transition",
      "dependency-open",
      "lease-held",
      "not-holder",
      "fence-stale",
    ],
  },
  getTask: {
    summary: "One task",
    tag: "tasks",
    params: taskParams,
    answer: { status: 200, body: taskSchema },
    conditional: true,
    refusals: ["not-found"],
  },
  patchTask: {
    summary: "Change a task by merge patch or JSON Patch",
    tag: "tasks",
    params: taskParams,
    body: asPatch(taskMergePatch),
    ifMatch: "required",
    answer: { status: 200, body: taskAnswer },
    refusals: [...wantsRecord, "patch-test-failed", ...editRefusals],
  },
  deleteTask: {
    summary: "Delete a task",
    tag: "tasks",
    params: taskParams,
    query: forceQuery,
    ifMatch: "required",
    answer: { status: 204, body: null },
    refusals: [...wantsRecord, "in-use", "not-holder", "lease-held", "fence-stale"],
  },
  transitionTask: {
    summary: "Move a task through the workflow",
    tag: "tasks",
    params: taskParams,
    body: asJson(transitionCommand),
    ifMatch: "optional",
    answer: { status: 200, body: transitionAnswer },
    refusals: stepRefusals,
  },
  moveTask: {
    summary: "Move a card: its rank, and its status if given",
    tag: "tasks",
    params: taskParams,
    body: asJson(moveCommand),
    ifMatch: "optional",
    answer: { status: 200, body: transitionAnswer },
    refusals: stepRefusals,
  },
  reportExecution: {
    summary: "A worker reports on the task that it holds: started, succeeded or failed",
    tag: "tasks",
    params: taskParams,
    body: asJson(executionReport),
    ifMatch: "optional",
    answer: { status: 200, body: taskAnswer },
    large: true,
    refusals: [
      "not-found",
      "precondition-failed",
      "invalid-transition",
      "not-holder",
      "fence-stale",
    ],
  },
  taskHistory: {
    summary: "What happened to a task, newest first, each event with its diff",
    tag: "tasks",
    params: taskParams,
    query: historyQuery,
    answer: { status: 200, body: historyAnswer },
    refusals: ["not-found", "cursor-gone"],
  },
  getWorkflow: {
    summary: "The workflow as a table",
    tag: "tasks",
    answer: { status: 200, body: workflowAnswer },
    conditional: true,
    refusals: [],
  },

  listAgents: {
    summary: "All agents",
    tag: "agents",
    answer: { status: 200, body: agentPage },
    refusals: [],
  },
  createAgent: {
    summary: "Register an agent, a worker or a person",
    tag: "agents",
    body: asJson(newAgentSchema),
    answer: { status: 201, body: agentCreated },
    refusals: ["already-exists"],
  },
  getAgent: {
    summary: "One agent",
    tag: "agents",
    params: agentParams,
    answer: { status: 200, body: agentSchema },
    conditional: true,
    refusals: ["not-found"],
  },
  patchAgent: {
    summary: "Change an agent by merge patch or JSON Patch",
    tag: "agents",
    params: agentParams,
    body: asPatch(agentMergePatch),
    ifMatch: "required",
    answer: { status: 200, body: agentAnswer },
    refusals: [...wantsRecord, "patch-test-failed"],
  },
  deleteAgent: {
    summary: "Remove an agent that holds nothing",
    tag: "agents",
    params: agentParams,
    query: forceQuery,
    ifMatch: "required",
    answer: { status: 204, body: null },
    refusals: [...wantsRecord, "in-use"],
  },
  heartbeatAgent: {
    summary: "Say that an agent is alive, and what it is doing",
    tag: "agents",
    params: agentParams,
    body: asJson(agentHeartbeatCommand),
    answer: { status: 200, body: agentHeartbeatAnswer },
    refusals: ["not-found"],
  },

  listLeases: {
    summary: "Live leases",
    tag: "leases",
    query: leaseQuery,
    answer: { status: 200, body: leasePage },
    refusals: [],
  },
  acquireLease: {
    summary: "Take a lease; the same holder again gets the same lease",
    tag: "leases",
    body: asJson(acquireCommand),
    answer: { status: 201, body: acquireAnswer },
    refusals: ["lease-held"],
  },
  reclaimLeases: {
    summary: "Take back stale leases, or break one by force",
    tag: "leases",
    body: asJson(reclaimCommand),
    answer: { status: 200, body: reclaimAnswer },
    refusals: ["not-found", "forbidden", "lease-held"],
  },
  checkPaths: {
    summary: "Which live path leases of others these paths would touch",
    tag: "leases",
    body: asJson(checkCommand),
    answer: { status: 200, body: checkAnswer },
    refusals: [],
  },
  heartbeatLease: {
    summary: "Renew a lease",
    tag: "leases",
    params: lockParams,
    body: asJson(heartbeatCommand),
    answer: { status: 200, body: heartbeatAnswer },
    refusals: ["not-found", "lease-expired", "fence-stale", "not-holder"],
  },
  releaseLease: {
    summary: "Give a lease back",
    tag: "leases",
    params: lockParams,
    body: asJson(releaseCommand),
    answer: { status: 200, body: okAnswer },
    refusals: ["not-found", "lease-expired", "fence-stale", "not-holder"],
  },

  listEvents: {
    summary: "Events that match a filter",
    tag: "events",
    query: eventQuery,
    answer: { status: 200, body: eventPage },
    refusals: ["cursor-gone"],
  },
  appendEvents: {
    summary: "Append one event, or up to 1,000 in one commit",
    tag: "events",
    body: asJson(appendCommand),
    answer: { status: 200, body: appendAnswer },
    large: true,
    refusals: [],
  },
  tailEvents: {
    summary: "Follow the log: server-sent events, or long polling with mode=poll",
    tag: "events",
    query: tailQuery,
    answer: { status: 200, body: tailPoll },
    refusals: [],
  },
  humanLog: {
    summary: "What happened, in Markdown, each sentence citing its events",
    tag: "events",
    body: asJson(logCommand),
    answer: { status: 200, body: logAnswer },
    refusals: ["cursor-gone"],
  },

  getHealth: {
    summary: "Alive",
    tag: "server",
    answer: { status: 200, body: z.object({ status: z.literal("alive") }) },
    refusals: [],
  },
  getReadiness: {
    summary:
      "Ready: folder writable, lock held, journal and files agree, watcher alive, free space",
    tag: "server",
    answer: {
      status: 200,
      body: z.object({
        status: z.enum(["ready", "not-ready"]),
        checks: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string() })),
      }),
    },
    refusals: ["store-unavailable"],
  },
} as const satisfies Record<OperationId, Operation>;

export type Operations = typeof OPERATIONS;
