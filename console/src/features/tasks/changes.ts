/**
 * Every change of a task goes through here: painted at once, sent one after another per task, and
 * reconciled with what somebody else did meanwhile.
 *
 *   1. The ETag is read when the request leaves, never when the change was made: a second quick
 *      change of the same card follows the first one's answer and cannot conflict with it.
 *   2. 412 with disjoint fields: sent once more. With the same field: a conflict that waits for the
 *      person; neither side's edit is lost.
 *   3. When a change fails, those of the same task that were made on top of it are not sent.
 */
import { ProblemError } from "#contracts/client";
import type { Task } from "#contracts/task";
import { newKey } from "../../api/new-key.ts";
import { toRefusalText } from "../../api/refusal-text.ts";
import { runtime } from "../../app/runtime.ts";
import { notify } from "../../ui/notices.ts";
import { createStore } from "../../ui/store.ts";
import type { Change, Outcome, Saved } from "./change.ts";
import { addConflict } from "./conflicts.ts";
import { conflictingFields, type TaskFields } from "./merge.ts";
import { rememberUndo } from "./undo.ts";

interface Pending {
  readonly number: number;
  readonly wanted: TaskFields;
}

const pending = createStore<ReadonlyMap<string, readonly Pending[]>>(new Map());

/** What to paint over each task that has changes on their way. */
export const overlays = createStore<ReadonlyMap<string, TaskFields>>(new Map());

const skipUpTo = new Map<string, number>();
let lastNumber = 0;

class Conflict extends Error {
  readonly theirs: Task;
  readonly by: string | undefined;
  readonly at: string | undefined;
  readonly eventId: string | undefined;

  constructor(theirs: Task, more: Readonly<Record<string, unknown>>) {
    super("changed meanwhile");
    const text = (name: string) => (typeof more[name] === "string" ? more[name] : undefined);
    this.theirs = theirs;
    this.by = text("changed_by");
    this.at = text("changed_at");
    this.eventId = text("event_id");
  }
}

export async function perform(change: Change): Promise<Outcome> {
  lastNumber += 1;
  const number = lastNumber;
  paint(change.taskId, { number, wanted: change.wanted });
  try {
    const { queries } = runtime();
    const mutation = queries.getMutationCache().build(queries, {
      scope: { id: `task:${change.taskId}` },
      networkMode: "always",
      retry: false,
      mutationFn: () => attempt(change, number),
    });
    return await mutation.execute(undefined);
  } catch (error) {
    skipUpTo.set(change.taskId, lastNumber);
    return explain(change, error);
  } finally {
    unpaint(change.taskId, number);
  }
}

async function attempt(change: Change, number: number): Promise<Outcome> {
  const { live } = runtime();
  const { taskId, seen, wanted } = change;
  if (number <= (skipUpTo.get(taskId) ?? 0)) return "skipped";
  const known = live.records.get().tasks.get(taskId);
  if (
    known !== undefined &&
    conflictingFields(comparable(seen), comparable(wanted), known).length > 0
  )
    throw new Conflict(known, {});
  const request = { ifMatch: live.etag("tasks", taskId) ?? '"unknown"', idempotencyKey: newKey() };
  try {
    accept(change, await change.send(request));
    return "saved";
  } catch (error) {
    const current = currentOf(error);
    if (current === undefined) throw error;
    live.learn("tasks", taskId, current.task, current.etag);
    if (conflictingFields(comparable(seen), comparable(wanted), current.task).length > 0)
      throw new Conflict(current.task, current.more);
    // The key belongs to the refused request: what is sent now is another one.
    accept(change, await change.send({ ifMatch: current.etag, idempotencyKey: newKey() }));
    if (change.quiet !== true) noteMerge(taskId, current.more["changed_by"]);
    return "merged";
  }
}

function accept(change: Change, { task, etag }: Saved): void {
  runtime().live.learn("tasks", change.taskId, task, etag);
  const inverse = change.inverse?.(task);
  if (inverse !== undefined)
    rememberUndo({ text: `${change.taskId}: ${change.done}`, change: inverse });
}

function explain(change: Change, error: unknown): Outcome {
  if (error instanceof Conflict) {
    const { theirs, by, at, eventId } = error;
    addConflict({ change, theirs, by, at, eventId });
    return "conflict";
  }
  if (change.quiet === true) return "refused";
  const { title, text, retryable } = toRefusalText(error);
  const again = { label: "Try again", run: () => void perform(change) };
  notify("error", `${change.taskId}: ${title}`, text, retryable ? again : undefined);
  return "refused";
}

function noteMerge(taskId: string, by: unknown): void {
  const whose = typeof by === "string" ? `${by}'s` : "somebody's";
  notify("info", `${taskId}: merged with ${whose} change`, "You had changed different things.");
}

/** Where a card stands among its neighbours is nobody's edit: the last one to say so wins. */
function comparable(fields: TaskFields): TaskFields {
  const { position: _, ...rest } = fields;
  return rest;
}

interface Current {
  readonly task: Task;
  readonly etag: string;
  readonly more: Readonly<Record<string, unknown>>;
}

function currentOf(error: unknown): Current | undefined {
  if (!(error instanceof ProblemError) || error.problem.code !== "precondition-failed")
    return undefined;
  const { current, current_etag: etag } = error.problem;
  if (typeof current !== "object" || current === null || typeof etag !== "string") return undefined;
  return { task: current as Task, etag, more: error.problem };
}

function paint(taskId: string, added: Pending): void {
  pending.update((known) => new Map(known).set(taskId, [...(known.get(taskId) ?? []), added]));
  overlays.set(toOverlays(pending.get()));
}

function unpaint(taskId: string, number: number): void {
  pending.update((known) => {
    const next = new Map(known);
    const rest = (known.get(taskId) ?? []).filter((entry) => entry.number !== number);
    if (rest.length > 0) next.set(taskId, rest);
    else next.delete(taskId);
    return next;
  });
  overlays.set(toOverlays(pending.get()));
}

function toOverlays(all: ReadonlyMap<string, readonly Pending[]>): Map<string, TaskFields> {
  return new Map(
    [...all].map(([id, entries]) => [
      id,
      Object.assign({}, ...entries.map(({ wanted }) => wanted)) as TaskFields,
    ]),
  );
}
