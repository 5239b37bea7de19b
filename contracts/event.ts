/** Events: what happened, in one order. */
import { z } from "zod";
import {
  actorId,
  anyTimestamp,
  cursor,
  jsonObject,
  limitParam,
  listOf,
  text,
  timestamp,
} from "./primitives.ts";

/** Names that only the server gives. Clients may append events of any other name. */
export const SERVER_EVENTS = [
  "task_created",
  "task_updated",
  "task_transitioned",
  "task_claimed",
  "task_deleted",
  "lease_acquired",
  "lease_released",
  "lease_reclaimed",
  "agent_registered",
  "agent_updated",
  "agent_deleted",
  "agent_offline",
  "executor_started",
  "executor_succeeded",
  "executor_failed",
  "state_edited",
  "state_rejected",
  "edit_set_aside",
  "note",
] as const;

export type ServerEventName = (typeof SERVER_EVENTS)[number];

export const eventName = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, "lower-case words and _");

export const eventSchema = z
  .object({
    id: text(100, 1),
    ts: timestamp,
    event: eventName,
    actor: text(64),
    target: text(600),
    details: jsonObject,
  })
  .meta({ id: "Event" });

export type KyrosEvent = z.infer<typeof eventSchema>;

export const newEventSchema = z
  .strictObject({
    event: eventName.refine(
      (name) => !(SERVER_EVENTS as readonly string[]).includes(name),
      "this name is given by the server only; choose another",
    ),
    actor: actorId,
    target: text(600).default(""),
    details: jsonObject.default({}),
  })
  .meta({ id: "NewEvent" });

export type NewEvent = z.infer<typeof newEventSchema>;

export const appendCommand = z.union([newEventSchema, z.array(newEventSchema).min(1).max(1_000)]);
export const appendAnswer = z.object({ ok: z.literal(true), ids: z.array(z.string()) });

const filter = {
  event: listOf(eventName).optional(),
  actor: listOf(text(64, 1)).optional(),
  target: listOf(text(600, 1)).optional(),
};

export const eventQuery = z.strictObject({
  since: z.union([anyTimestamp, cursor]).optional(),
  until: z.union([anyTimestamp, cursor]).optional(),
  cursor: cursor.optional(),
  ...filter,
  limit: limitParam(100, 1_000),
  order: z.enum(["asc", "desc"]).default("asc"),
});

export type EventQuery = z.infer<typeof eventQuery>;

export const eventPage = z.object({ items: z.array(eventSchema), next_cursor: cursor.nullable() });

export const tailQuery = z.strictObject({
  since: z.union([anyTimestamp, cursor]).optional(),
  last_event_id: cursor.optional(),
  ...filter,
  batch: z.enum(["0", "1"]).optional(),
  mode: z.enum(["sse", "poll"]).default("sse"),
  wait_ms: z.coerce.number().int().min(0).max(60_000).default(25_000),
  limit: limitParam(1_000, 1_000),
});

export const tailPoll = z.object({
  items: z.array(eventSchema),
  next_cursor: cursor,
  reset: z.string().optional().meta({ description: "why the reader has to start over" }),
});

export const logCommand = z.strictObject({
  since: z.union([anyTimestamp, cursor]).optional(),
  until: z.union([anyTimestamp, cursor]).optional(),
  event: z.array(eventName).optional(),
  actor: z.array(text(64, 1)).optional(),
  target: z.array(text(600, 1)).optional(),
  write: z.boolean().optional().meta({ description: "append it to logs/log.md" }),
});

export type LogCommand = z.infer<typeof logCommand>;

export const logAnswer = z.object({
  markdown: z.string(),
  events: z.int().meta({ description: "how many events it tells of" }),
  written: z.string().nullable().meta({ description: "the file it was appended to" }),
});
