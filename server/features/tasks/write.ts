/** Tasks come and go: one, many in one commit, and out of the way of those that depend on them. */
import type { ProblemCode } from "#contracts/problem";
import type { NewTask, Task, TaskBatch, TaskBatchAnswer, TaskCreated } from "#contracts/task";
import { isHeld } from "#contracts/workflow";
import { toTimestamp } from "../../kernel/instant.ts";
import { refuseForce } from "../../kernel/principal.ts";
import { refuse, type Refusal } from "../../kernel/refusal.ts";
import { remove, type Decision } from "../../store/port.ts";
import { refuseDependencies } from "./dependencies.ts";
import { patchTask } from "./patch.ts";
import {
  behind,
  lastPosition,
  refuseDod,
  resourceOf,
  taskEvent,
  toTask,
  writtenTask,
} from "./task.ts";
import { enter, isHolder, refuseNotHolder, type Acting, type Entered } from "./transition.ts";

type Refused = Refusal<ProblemCode>;
type Create = NewTask & { readonly id: string };

export function decideCreate(acting: Acting, input: Create): Decision<TaskCreated> {
  const refusal =
    putTask(acting, input, lastPosition(acting.plan)) ?? refuseDependencies(acting.plan, input);
  if (refusal !== undefined) return refusal;
  return acting.plan.accept((after) => ({ id: input.id, ...writtenTask(after, input.id) }));
}

function putTask(
  { plan, now, principal, view }: Acting,
  input: Create,
  position: string,
): Refused | undefined {
  const { id } = input;
  if (plan.get("tasks", id) !== undefined) {
    return refuse(
      "already-exists",
      `There is a task ${id} already. PATCH it, or choose another id; without one the server gives it.`,
      { id, current_etag: view.get("tasks", id)?.etag ?? null },
    );
  }
  const task = toTask(input, { id, by: principal.id, now, position });
  const refusal = refuseDod(task.dod);
  if (refusal === undefined) plan.add(taskEvent("task_created", task, {}));
  return refusal;
}

/**
 * All or none. The creates come first, so they may depend on each other in any order; then the
 * patches, one after another.
 *
 * @param lockIds one for each patch.
 */
export function decideBatch(
  acting: Acting,
  batch: { readonly creates: readonly Create[]; readonly patches: TaskBatch["patches"] },
  lockIds: readonly string[],
): Decision<TaskBatchAnswer> {
  const { plan, terms } = acting;
  let position: string | undefined;
  for (const [index, input] of batch.creates.entries()) {
    position = position === undefined ? lastPosition(plan) : behind(position);
    const refusal = putTask(acting, input, position);
    if (refusal !== undefined) return inBatch(refusal, "creates", index);
  }
  for (const [index, input] of batch.creates.entries()) {
    const refusal = refuseDependencies(plan, input);
    if (refusal !== undefined) return inBatch(refusal, "creates", index);
  }
  const patched = new Set<string>();
  for (const [index, { id, if_match, patch }] of batch.patches.entries()) {
    const own = {
      ...acting,
      newLockId: lockIds[index] ?? "",
      terms: { ...terms, ifMatch: [if_match] },
    };
    const refusal = patched.has(id)
      ? refuseTwice(id)
      : patchTask(own, id, { format: "merge-patch", patch });
    if (refusal !== undefined) return inBatch(refusal, "patches", index);
    patched.add(id);
  }
  const ids = [...batch.creates, ...batch.patches].map(({ id }) => id);
  return plan.accept((after) => ({
    results: ids.map((id) => ({ id, etag: writtenTask(after, id).etag })),
  }));
}

function refuseTwice(id: string): Refused {
  const detail = `${id} is patched twice in this batch`;
  return refuse("invalid", `${detail}; put both changes into one patch.`, {
    errors: [{ pointer: "/id", detail }],
  });
}

function inBatch(refusal: Refused, list: "creates" | "patches", index: number): Refused {
  const place = `/${list}/${index}`;
  const { errors } = refusal.more;
  const inside = list === "patches" ? "/patch" : "";
  return {
    ...refusal,
    detail: `${list}[${index}]: ${refusal.detail} Nothing of the batch was written.`,
    more: {
      ...refusal.more,
      ...(isErrors(errors) && {
        errors: errors.map(({ pointer, detail }) => ({
          pointer: pointer === "/id" ? place + pointer : place + inside + pointer,
          detail,
        })),
      }),
      list,
      index,
    },
  };
}

function isErrors(value: unknown): value is readonly { pointer: string; detail: string }[] {
  return Array.isArray(value);
}

/** A task that others wait for is only taken away by force: then they no longer wait for it. */
export function decideRemove(acting: Acting, id: string, force: boolean): Decision<null> {
  const entered = enter(acting, id);
  if (!entered.ok) return entered;
  const { plan } = acting;
  const dependants = plan.records("tasks").filter((other) => other.depends_on.includes(id));
  const refusal = force ? refuseForce(acting.principal) : refuseRemove(acting, entered, dependants);
  if (refusal !== undefined) return refusal;
  for (const other of dependants) {
    const depends_on = other.depends_on.filter((dependency) => dependency !== id);
    const freed = { ...other, depends_on, updated_at: toTimestamp(acting.now) };
    plan.add(taskEvent("task_updated", freed, { reason: `${id} was deleted` }));
  }
  takeAway(acting, entered, force);
  return plan.accept(() => null);
}

function refuseRemove(
  { guard }: Acting,
  entered: Entered,
  dependants: readonly Task[],
): Refused | undefined {
  const { task, live, mover } = entered;
  if (isHeld(task.status) && !isHolder(task, mover)) return refuseNotHolder(entered);
  const strangers = live.filter(({ holder }) => holder !== task.assignee && holder !== mover);
  const [stranger] = strangers;
  if (stranger !== undefined) return guard.refuseHeld(stranger, strangers);
  return dependants.length === 0 ? undefined : refuseInUse(task.id, dependants);
}

function takeAway(
  { plan, guard, roster }: Acting,
  { task, live, mover }: Entered,
  force: boolean,
): void {
  const { id, title, assignee } = task;
  for (const lease of live) {
    const event = lease.holder === mover || !force ? "lease_released" : "lease_reclaimed";
    guard.end(plan, lease, { event, reason: `${id} was deleted`, force });
  }
  const others = assignee === null ? [] : roster.layDown(plan, assignee, id);
  plan.add({
    event: "task_deleted",
    target: resourceOf(id),
    details: { title, ...(force && { force }) },
    changes: [remove("tasks", id), ...others],
  });
}

function refuseInUse(id: string, waiting: readonly Task[]): Refused {
  const dependants = waiting.map((task) => task.id);
  return refuse(
    "in-use",
    `${dependants.join(", ")} ${dependants.length === 1 ? "depends" : "depend"} on ${id}. ` +
      `Take it out of their depends_on first, or have a person delete it with ?force=true, which does both.`,
    { dependants },
  );
}
