/** Events: what happened, in one order. */
import { z } from "zod";
import type { Problem } from "./problem.ts";
import {
  actorId,
  anyTimestamp,
  cursor,
  jsonObject,
  limitParam,
  listOf,
  MOST_NAMED,
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
  "lease_renewed",
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

/**
 * What a stream says besides events, and what an EventSource says of itself. An event of such a name
 * could not be told apart from them by a reader of the stream.
 */
export const STREAM_MESSAGES = [
  "hello",
  "batch",
  "bookmark",
  "reset",
  "bye",
  "open",
  "message",
  "error",
] as const;

const RESERVED: readonly string[] = [...SERVER_EVENTS, ...STREAM_MESSAGES];

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

export type KyrosEvent = Omit<z.infer<typeof eventSchema>, "details"> & {
  readonly details: Readonly<Record<string, unknown>>;
};

export const newEventSchema = z
  .strictObject({
    event: eventName.refine(
      (name) => !RESERVED.includes(name),
      "this name is the server's own; choose another",
    ),
    actor: actorId,
    target: text(600).default(""),
    details: jsonObject.default({}),
  })
  .meta({ id: "NewEvent" });

export const appendCommand = z.union([newEventSchema, z.array(newEventSchema).min(1).max(1_000)]);
export type AppendCommand = z.infer<typeof appendCommand>;
export const appendAnswer = z.object({ ok: z.literal(true), ids: z.array(z.string()) });
export type AppendAnswer = z.infer<typeof appendAnswer>;

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
export interface EventPage {
  items: KyrosEvent[];
  next_cursor: string | null;
}

export const tailQuery = z.strictObject({
  since: z.union([anyTimestamp, cursor]).optional(),
  last_event_id: cursor.optional(),
  ...filter,
  batch: z.enum(["0", "1"]).optional(),
  mode: z.enum(["sse", "poll"]).default("sse"),
  wait_ms: z.coerce.number().int().min(0).max(60_000).default(25_000),
  limit: limitParam(1_000, 1_000),
});
export type TailQuery = z.infer<typeof tailQuery>;

export const tailPoll = z.object({
  items: z.array(eventSchema),
  next_cursor: cursor,
  reset: z.string().optional().meta({ description: "why the reader has to start over" }),
});
export interface TailPoll {
  items: KyrosEvent[];
  next_cursor: string;
  reset?: string;
}

/** `event: hello`, the first message: where the stream starts, where the log ends, what time it is. */
export interface TailHello {
  /** The place this stream reads on from. */
  since: string;
  /** The end of the log. */
  cursor: string;
  server_time: string;
}

/** `event: caught-up`, once, when history is done; `event: bookmark`, every few seconds. */
export interface TailMark {
  cursor: string;
  server_time: string;
}

/** `event: reset`: this place cannot be read on from. Take a fresh snapshot, then tail from its cursor. */
export interface TailReset {
  reason: string;
  /** The end of the log. */
  cursor: string;
}

/** `event: bye`: the stream ends here; nothing is lost by resuming later. */
export interface TailBye {
  reason: string;
  retry_ms: number;
  /** When the request itself was refused. */
  problem?: Problem;
}

export const logCommand = z.strictObject({
  since: z.union([anyTimestamp, cursor]).optional(),
  until: z.union([anyTimestamp, cursor]).optional(),
  event: z.array(eventName).max(MOST_NAMED).optional(),
  actor: z.array(text(64, 1)).max(MOST_NAMED).optional(),
  target: z.array(text(600, 1)).max(MOST_NAMED).optional(),
  write: z.boolean().optional().meta({ description: "append it to logs/log.md" }),
});

export type LogCommand = z.infer<typeof logCommand>;

export const logAnswer = z.object({
  markdown: z.string(),
  events: z.int().meta({ description: "how many events it tells of" }),
  written: z.string().nullable().meta({ description: "the file it was appended to" }),
});
export type LogAnswer = z.infer<typeof logAnswer>;
