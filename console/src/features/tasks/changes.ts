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
import type { Change, Saved } from "./change.ts";
import { addConflict, type Conflict } from "./conflicts.ts";
import { conflictingFields, type TaskFields } from "./merge.ts";
import { rememberUndo } from "./undo.ts";

interface Pending {
  readonly number: number;
  readonly wanted: TaskFields;
}

const pending = new Map<string, readonly Pending[]>();

/** What to paint over each task that has changes on their way. */
export const overlays = createStore<ReadonlyMap<string, TaskFields>>(new Map());

/** How a change ended, for whoever has to tell it. */
export type Result =
  | { readonly outcome: "saved"; readonly back: Change | undefined }
  /** `by`: whose change of other fields stands beside it now. */
  | {
      readonly outcome: "merged";
      readonly back: Change | undefined;
      readonly by: string | undefined;
    }
  | { readonly outcome: "conflict"; readonly conflict: Conflict }
  | { readonly outcome: "refused"; readonly error: unknown }
  | { readonly outcome: "skipped" };

const skipUpTo = new Map<string, number>();
let lastNumber = 0;

class Collision extends Error {
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

/** Carries a change out, tells the person what they have to know, and remembers the way back. */
export async function perform(change: Change): Promise<Result["outcome"]> {
  const result = await carryOut(change);
  tell(change, result);
  if ((result.outcome === "saved" || result.outcome === "merged") && result.back !== undefined)
    rememberUndo({ text: `${change.taskId}: ${change.done}`, changes: [result.back] });
  return result.outcome;
}

/** The change itself, without a word about it. */
export async function carryOut(change: Change): Promise<Result> {
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
    if (!(error instanceof Collision)) return { outcome: "refused", error };
    const { theirs, by, at, eventId } = error;
    return { outcome: "conflict", conflict: { change, theirs, by, at, eventId } };
  } finally {
    unpaint(change.taskId, number);
  }
}

export function tell(change: Change, result: Result): void {
  const { taskId } = change;
  if (result.outcome === "conflict") addConflict(result.conflict);
  if (result.outcome === "merged") {
    const whose = result.by === undefined ? "somebody's" : `${result.by}'s`;
    notify("info", `${taskId}: merged with ${whose} change`, "You had changed different things.");
  }
  if (result.outcome === "refused") {
    const { title, text, retryable } = toRefusalText(result.error);
    const again = { label: "Try again", run: () => void perform(change) };
    notify("error", `${taskId}: ${title}`, text, retryable ? again : undefined);
  }
}

async function attempt(change: Change, number: number): Promise<Result> {
  const { live } = runtime();
  const { taskId, seen, wanted } = change;
  if (number <= (skipUpTo.get(taskId) ?? 0)) return { outcome: "skipped" };
  const known = live.records.get().tasks.get(taskId);
  if (
    known !== undefined &&
    conflictingFields(comparable(seen), comparable(wanted), known).length > 0
  )
    throw new Collision(known, {});
  const request = { ifMatch: live.etag("tasks", taskId) ?? '"unknown"', idempotencyKey: newKey() };
  try {
    return { outcome: "saved", back: accept(change, await change.send(request)) };
  } catch (error) {
    const current = currentOf(error);
    if (current === undefined) throw error;
    live.learn("tasks", taskId, current.task, current.etag);
    if (conflictingFields(comparable(seen), comparable(wanted), current.task).length > 0)
      throw new Collision(current.task, current.more);
    // The key belongs to the refused request: what is sent now is another one.
    const saved = await change.send({ ifMatch: current.etag, idempotencyKey: newKey() });
    const by = current.more["changed_by"];
    return {
      outcome: "merged",
      back: accept(change, saved),
      by: typeof by === "string" ? by : undefined,
    };
  }
}

/** The way back, if there is one. */
function accept(change: Change, { task, etag }: Saved): Change | undefined {
  runtime().live.learn("tasks", change.taskId, task, etag);
  return change.inverse?.(task);
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
  repaint(taskId, [...(pending.get(taskId) ?? []), added]);
}

function unpaint(taskId: string, number: number): void {
  repaint(
    taskId,
    (pending.get(taskId) ?? []).filter((entry) => entry.number !== number),
  );
}

function repaint(taskId: string, entries: readonly Pending[]): void {
  const next = new Map(overlays.get());
  if (entries.length === 0) {
    pending.delete(taskId);
    next.delete(taskId);
  } else {
    pending.set(taskId, entries);
    next.set(taskId, Object.assign({}, ...entries.map(({ wanted }) => wanted)) as TaskFields);
  }
  overlays.set(next);
}
