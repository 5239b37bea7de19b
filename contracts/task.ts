/** Tasks: the record, and what may be said about it. */
import { z } from "zod";
import {
  actorId,
  booleanParam,
  cursor,
  etag,
  json,
  jsonObject,
  limitParam,
  listOf,
  taskId,
  text,
  timestamp,
  ttlSeconds,
  version,
} from "./primitives.ts";
import { PRIORITIES, TASK_TYPES } from "./task-words.ts";
import { STATUSES } from "./workflow.ts";
import { artifactSchema, MOST_ARTIFACTS } from "./execution.ts";
import { leaseSchema } from "./lease.ts";

export const status = z.enum(STATUSES);
export const taskType = z.enum(TASK_TYPES);
export const priority = z.enum(PRIORITIES);
const label = text(64, 1);
const labels = z.array(label).max(50);
const skills = z.array(text(64, 1)).max(50);

export const dodItem = z.object({
  id: text(64, 1),
  text: text(1_000, 1),
  done: z.boolean(),
});

/** `position` is a fractional rank: a string that sorts by code unit, so a move changes one record. */
const rank = z.string().regex(/^[0-9A-Za-z]{1,200}$/);

const taskFields = z.object({
  id: taskId,
  version,
  title: text(500, 1),
  description: text(200_000),
  type: taskType,
  status,
  priority,
  assignee: actorId.nullable(),
  depends_on: z.array(taskId).max(500),
  dod: z.array(dodItem).max(200),
  labels,
  repository_url: text(2_000).nullable(),
  branch_name: text(500).nullable(),
  position: rank,
  blocked: z.object({ reason: text(2_000, 1), since: timestamp }).nullable(),
  archived: z.boolean(),
  created_by: actorId,
  created_at: timestamp,
  updated_at: timestamp,
  completed_at: timestamp.nullable(),
  artifacts: z.array(artifactSchema).max(MOST_ARTIFACTS).optional().meta({
    description: "what workers left for a person to accept; absent when there is nothing",
  }),
  expired_leases: z.int().min(0).optional().meta({
    description:
      "how many leases of workers on this task ran out in a row, without a word of how it ended; absent when none did",
  }),
});

export type Task = z.infer<typeof taskFields>;
export type DodItem = z.infer<typeof dodItem>;
export type Priority = z.infer<typeof priority>;
export type TaskType = z.infer<typeof taskType>;

/** As it stands in the file: fields a person added survive. */
export const taskSchema = taskFields
  .extend({ dod: z.array(dodItem.loose()).max(200) })
  .loose()
  .meta({ id: "Task" });

/** What only the server writes. A patch that changes one of these is refused with its pointer. */
export const TASK_READ_ONLY = [
  "id",
  "version",
  "created_by",
  "created_at",
  "updated_at",
  "completed_at",
  "artifacts",
  "expired_leases",
] as const satisfies readonly (keyof Task)[];

/** A text alone is an item that is still to be done; the server names the items without an id. */
export const newDodItem = z.union([
  text(1_000, 1),
  z.strictObject({
    id: text(64, 1).optional(),
    text: text(1_000, 1),
    done: z.boolean().optional(),
  }),
]);

export type NewDodItem = z.infer<typeof newDodItem>;

export const newTaskSchema = z
  .strictObject({
    id: taskId.optional(),
    title: taskFields.shape.title,
    description: taskFields.shape.description.default(""),
    type: taskType.default("feature"),
    status: z.literal("queued").optional(),
    priority: priority.default("normal"),
    assignee: actorId.nullable().default(null),
    depends_on: taskFields.shape.depends_on.default([]),
    dod: z.array(newDodItem).max(200).default([]),
    labels: labels.default([]),
    repository_url: taskFields.shape.repository_url.default(null),
    branch_name: taskFields.shape.branch_name.default(null),
    blocked: z
      .strictObject({ reason: text(2_000, 1), since: timestamp.optional() })
      .nullable()
      .default(null),
    archived: z.boolean().default(false),
  })
  .meta({ id: "NewTask" });

export type NewTask = z.infer<typeof newTaskSchema>;

/** RFC 7396 over the task: `null` empties a nullable field, an array replaces the whole array. */
export const taskMergePatch = z
  .strictObject({
    title: taskFields.shape.title,
    description: taskFields.shape.description.nullable(),
    type: taskType,
    status,
    priority,
    assignee: actorId.nullable(),
    depends_on: taskFields.shape.depends_on.nullable(),
    dod: z.array(newDodItem).max(200).nullable(),
    labels: labels.nullable(),
    repository_url: taskFields.shape.repository_url,
    branch_name: taskFields.shape.branch_name,
    position: rank,
    blocked: z.strictObject({ reason: text(2_000, 1), since: timestamp.optional() }).nullable(),
    archived: z.boolean(),
  })
  .partial()
  .meta({ id: "TaskPatch" });

export type TaskMergePatch = z.infer<typeof taskMergePatch>;

const jsonPointer = z.string().regex(/^(\/([^~/]|~[01])*)*$/, "a JSON pointer (RFC 6901)");

/** RFC 6902. */
export const jsonPatchSchema = z
  .array(
    z.discriminatedUnion("op", [
      z.object({ op: z.literal("add"), path: jsonPointer, value: json }),
      z.object({ op: z.literal("remove"), path: jsonPointer }),
      z.object({ op: z.literal("replace"), path: jsonPointer, value: json }),
      z.object({ op: z.literal("move"), path: jsonPointer, from: jsonPointer }),
      z.object({ op: z.literal("copy"), path: jsonPointer, from: jsonPointer }),
      z.object({ op: z.literal("test"), path: jsonPointer, value: json }),
    ]),
  )
  .max(1_000)
  .meta({ id: "JsonPatch" });

export type JsonPatch = z.infer<typeof jsonPatchSchema>;

export const taskQuery = z.strictObject({
  status: listOf(status).optional(),
  assignee: listOf(actorId).optional(),
  label: listOf(label).optional(),
  priority: listOf(priority).optional(),
  type: listOf(taskType).optional(),
  ready: booleanParam.optional().meta({ description: "queued, unblocked, every dependency done" }),
  q: text(500)
    .optional()
    .meta({ description: "every word must occur in id, title, description or labels" }),
  archived: booleanParam.optional().meta({ description: "default false" }),
  limit: limitParam(200, 1_000),
  page_cursor: z.string().max(500).optional(),
});

export type TaskQuery = z.infer<typeof taskQuery>;

export const taskPage = z.object({
  items: z.array(taskSchema),
  next_page_cursor: z.string().nullable(),
  cursor,
});

export type TaskPage = z.infer<typeof taskPage>;

export const taskAnswer = z.object({ ok: z.literal(true), etag, task: taskSchema });
export const taskCreated = z.object({ id: taskId, etag, task: taskSchema });

export type TaskAnswer = z.infer<typeof taskAnswer>;
export type TaskCreated = z.infer<typeof taskCreated>;

export const taskBatch = z
  .strictObject({
    creates: z.array(newTaskSchema).default([]),
    patches: z
      .array(z.strictObject({ id: taskId, if_match: etag, patch: taskMergePatch }))
      .default([]),
  })
  .refine(
    ({ creates, patches }) => creates.length + patches.length >= 1,
    "give at least one create or patch",
  )
  .refine(
    ({ creates, patches }) => creates.length + patches.length <= 1_000,
    "at most 1,000 creates and patches together",
  );

export type TaskBatch = z.infer<typeof taskBatch>;

export const taskBatchAnswer = z.object({ results: z.array(z.object({ id: taskId, etag })) });

export type TaskBatchAnswer = z.infer<typeof taskBatchAnswer>;

export const transitionCommand = z.strictObject({
  to: status,
  assignee: actorId.optional().meta({ description: "who will hold it, when not the mover" }),
  reason: text(2_000).optional(),
  force: z.boolean().optional(),
  lock_id: text(100, 1).optional(),
});

export type TransitionCommand = z.infer<typeof transitionCommand>;

export const transitionAnswer = z.object({
  old_status: status,
  new_status: status,
  etag,
  task: taskSchema,
});

export type TransitionAnswer = z.infer<typeof transitionAnswer>;

export const moveCommand = z
  .strictObject({
    to: status.optional(),
    before: taskId.optional().meta({ description: "stand directly before this task" }),
    after: taskId.optional().meta({ description: "stand directly after this task" }),
    reason: text(2_000).optional(),
    force: z.boolean().optional(),
    lock_id: text(100, 1).optional(),
  })
  .refine(
    ({ to, before, after }) => to !== undefined || before !== undefined || after !== undefined,
    "give at least one of to, before, after",
  );

export type MoveCommand = z.infer<typeof moveCommand>;

export const claimCommand = z.strictObject({
  agent: actorId,
  task_id: taskId.optional(),
  skills: skills.optional().meta({
    description: "recorded when the agent is first seen; tasks whose labels name one come first",
  }),
  labels: labels.optional().meta({ description: "only tasks that have every one of these" }),
  types: z.array(taskType).optional(),
  ttl_seconds: ttlSeconds.optional(),
});

export type ClaimCommand = z.infer<typeof claimCommand>;

export const claimAnswer = z.object({
  task: taskSchema,
  etag,
  lease: leaseSchema.nullable().meta({ description: "null for a person: people do not heartbeat" }),
});

export type ClaimAnswer = z.infer<typeof claimAnswer>;

export const historyQuery = z.strictObject({
  limit: limitParam(100, 1_000),
  cursor: cursor.optional(),
});

export type HistoryQuery = z.infer<typeof historyQuery>;

export const historyAnswer = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      ts: timestamp,
      event: z.string(),
      actor: z.string(),
      version: z.int().nullable(),
      details: jsonObject,
      diff: z.array(
        z.object({ field: z.string(), before: json.optional(), after: json.optional() }),
      ),
    }),
  ),
  next_cursor: cursor.nullable(),
});

export type HistoryAnswer = z.infer<typeof historyAnswer>;
