/** The changes a person can make to a task, as values for `perform`. */
import type { Task, TaskMergePatch } from "#contracts/task";
import { isHeld, type Status } from "#contracts/workflow";
import { actorName } from "../../app/identity.ts";
import { runtime } from "../../app/runtime.ts";
import type { Change } from "./change.ts";
import type { FieldName, TaskFields } from "./merge.ts";
import { STATUS_NAMES } from "./moves.ts";
import { rankBetween } from "./rank.ts";

export interface Place {
  /** The neighbours in the target column, without the card itself. */
  readonly before: Task | undefined;
  readonly after: Task | undefined;
  /** Where to paint it, if not in the middle between these. */
  readonly rank?: string;
}

export interface MoveOptions {
  readonly force?: boolean;
  readonly reason?: string;
}

/** `place` undefined: the card keeps its rank. */
export function moveChange(
  task: Task,
  to: Status,
  place: Place | undefined,
  { force = false, reason }: MoveOptions = {},
): Change {
  const entering = to !== task.status;
  const position = place === undefined ? task.position : rankOf(place);
  const wanted: TaskFields = { position, ...(entering ? statusFields(task, to) : {}) };
  const neighbour = neighbourOf(place);
  return {
    taskId: task.id,
    done: entering ? `Moved to ${STATUS_NAMES[to]}` : "Moved within its column",
    wanted,
    seen: pick(task, wanted),
    send: async ({ ifMatch, idempotencyKey }) => {
      const { body } = await runtime().client.call("moveTask", {
        params: { id: task.id },
        body: {
          ...(entering || neighbour === undefined ? { to } : {}),
          ...neighbour,
          ...(force ? { force } : {}),
          ...(reason === undefined ? {} : { reason }),
        },
        ifMatch,
        idempotencyKey,
      });
      return saved(body);
    },
    // By a patch: a move to another column would put the card at that one's end.
    inverse: (after) =>
      patchChange(
        after,
        { position: task.position, ...(entering ? { status: task.status } : {}) },
        `Put back in ${STATUS_NAMES[task.status]}`,
      ),
  };
}

export function patchChange(task: Task, fields: TaskFields & TaskMergePatch, done: string): Change {
  const seen = pick(task, fields);
  return {
    taskId: task.id,
    done,
    wanted: fields,
    seen,
    send: async ({ ifMatch, idempotencyKey }) => {
      const { body } = await runtime().client.call("patchTask", {
        params: { id: task.id },
        body: fields,
        ifMatch,
        idempotencyKey,
      });
      return saved(body);
    },
    inverse: (after) => patchChange(after, seen, `Undone: ${done}`),
  };
}

function statusFields(task: Task, to: Status): TaskFields {
  if (to === "queued") return { status: to, assignee: null };
  return isHeld(to) && !isHeld(task.status)
    ? { status: to, assignee: actorName() }
    : { status: to };
}

function rankOf({ before, after, rank }: Place): string {
  return rank ?? rankBetween(before?.position ?? "", after?.position ?? "");
}

function neighbourOf(place: Place | undefined): { before: string } | { after: string } | undefined {
  if (place?.before !== undefined) return { after: place.before.id };
  return place?.after === undefined ? undefined : { before: place.after.id };
}

function pick(task: Task, fields: TaskFields): TaskFields {
  const names = Object.keys(fields) as FieldName[];
  return Object.fromEntries(names.map((name) => [name, task[name]]));
}

function saved(body: { task: Task; etag: string } | undefined): { task: Task; etag: string } {
  if (body === undefined) throw new Error("the server answered without the task");
  return body;
}
