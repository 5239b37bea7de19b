/** Claiming: an agent asks for work, for a certain task or for the best that is ready. */

import type { ClaimAnswer, ClaimCommand, Task } from "#contracts/task";
import { isHeld } from "#contracts/workflow";
import { toTimestamp } from "../../kernel/instant.ts";
import { holds } from "../../kernel/precondition.ts";
import { refuse } from "../../kernel/refusal.ts";
import { createDerived } from "../../store/derived.ts";
import type { Plan } from "../../store/plan.ts";
import type { Decision, View } from "../../store/port.ts";
import { openDependencies } from "./dependencies.ts";
import { compareOnBoard } from "./order.ts";
import { resourceOf, taskEvent, writtenTask } from "./task.ts";
import {
  ensureLease,
  enter,
  refuseNotHolder,
  refuseTable,
  step,
  type Acting,
  type Entered,
} from "./transition.ts";

/** Nothing stands in the way of beginning this task. */
export function isReady(plan: Plan, task: Task): boolean {
  return isOpen(task) && openDependencies(plan, task).length === 0;
}

/** As far as the task itself tells. */
function isOpen({ status, archived, blocked }: Task): boolean {
  return status === "queued" && !archived && blocked === null;
}

/** What may be claimed, in the order in which it is looked at: first what is meant for somebody. */
const LEVELS = ["meant", "free"].flatMap((whose) =>
  ["high", "normal", "low"].map((priority) => `${whose} ${priority}`),
);

/** Each level in the order of the board. */
const byLevel = createDerived((tasks: readonly Task[]) =>
  Map.groupBy(
    tasks.filter(isOpen).toSorted(compareOnBoard),
    ({ assignee, priority }) => `${assignee === null ? "free" : "meant"} ${priority}`,
  ),
);

/** `null` when no task is ready for this agent. */
export function decideClaim(acting: Acting, command: ClaimCommand): Decision<ClaimAnswer | null> {
  if (command.task_id !== undefined) {
    const entered = enter(acting, command.task_id);
    return entered.ok ? claimNamed(acting, entered, command) : entered;
  }
  const { view, plan, now, guard, terms } = acting;
  if (terms.ifMatch !== undefined && !holds(terms.ifMatch, [view.collection("tasks").etag])) {
    return refuse(
      "precondition-failed",
      "Tasks have changed since you read them. Ask again without If-Match, or with the new ETag of the collection.",
      { current_etag: view.collection("tasks").etag },
    );
  }
  guard.settle(plan, now);
  const best = findBest(acting, command);
  if (best === undefined) return plan.accept(() => null);
  const live = guard.liveOn(plan, resourceOf(best.id), now);
  return take(acting, { ok: true, task: best, live, mover: command.agent }, command);
}

function claimNamed(
  acting: Acting,
  entered: Entered,
  command: ClaimCommand,
): Decision<ClaimAnswer> {
  const { task, live } = entered;
  if (!isHeld(task.status)) {
    if (task.status !== "queued") return refuseTable(task, "claimed");
    return take(acting, { ...entered, mover: command.agent }, command);
  }
  if (task.assignee === command.agent) return again(acting, entered, command);
  const held = live.find(({ holder }) => holder !== command.agent);
  return held === undefined ? refuseNotHolder(entered) : acting.guard.refuseHeld(held, [held]);
}

/** The same claim by the same agent: the same task and the same lease, with its full time again. */
function again(
  acting: Acting,
  { task, live }: Entered,
  { agent, ttl_seconds: ttlSeconds }: ClaimCommand,
): Decision<ClaimAnswer> {
  const { plan, now, guard } = acting;
  const own = live.find(({ holder }) => holder === agent);
  // Its lease was lost, and until it asks again the task is anybody's to lease.
  const [stranger] = live;
  if (own === undefined && stranger !== undefined) return guard.refuseHeld(stranger, live);
  if (own === undefined) ensureLease(acting, { task, live }, agent, { ttlSeconds });
  else guard.renew(plan, own, now, ttlSeconds);
  return plan.accept((after) => toAnswer(after, task.id, own?.lock_id ?? acting.newLockId));
}

function take(acting: Acting, entered: Entered, command: ClaimCommand): Decision<ClaimAnswer> {
  const { plan, now, newLockId } = acting;
  const { agent, ttl_seconds: ttlSeconds, skills } = command;
  const { task: before } = entered;
  const stepped = step(acting, entered, {
    edited: before,
    to: "claimed",
    named: agent,
    ttlSeconds,
    skills,
  });
  if (!stepped.ok) return stepped;
  const own = entered.live.find(({ holder }) => holder === agent);
  const { lock_id, fencing_token } = plan.get("locks", newLockId) ?? own ?? {};
  const task = { ...stepped.task, updated_at: toTimestamp(now) };
  const details = { agent, from: before.status, to: task.status, lock_id, fencing_token };
  plan.add(taskEvent("task_claimed", task, details, stepped.others));
  return plan.accept((after) => toAnswer(after, before.id, lock_id));
}

/** A person holds without a lease. */
function toAnswer(after: View, id: string, lockId: string | undefined): ClaimAnswer {
  const { task, etag } = writtenTask(after, id);
  const lease = lockId === undefined ? undefined : after.get("locks", lockId);
  return { task, etag, lease: lease?.record ?? null };
}

/** First what is meant for this agent; then by priority, by what it is good at, by place. */
function findBest({ plan, guard, now }: Acting, command: ClaimCommand): Task | undefined {
  const { agent, labels = [], types } = command;
  const fits = (task: Task) =>
    (task.assignee === null || task.assignee === agent) &&
    labels.every((label) => task.labels.includes(label)) &&
    (types?.includes(task.type) ?? true) &&
    plan.isCurrent("tasks", task) &&
    openDependencies(plan, task).length === 0 &&
    guard.liveOn(plan, resourceOf(task.id), now).every((lease) => lease.holder === agent);
  const skills = new Set(command.skills ?? plan.get("agents", agent)?.skills);
  const suits = (task: Task) => task.labels.some((label) => skills.has(label)) && fits(task);

  const runs = plan.derived("tasks", byLevel);
  for (const level of LEVELS) {
    const suiting = skills.size > 0 ? firstOf(runs, level, suits) : undefined;
    const best = suiting ?? firstOf(runs, level, fits);
    if (best !== undefined) return best;
  }
  return undefined;
}

/** The first on the board; within a run none behind the first that fits has to be looked at. */
function firstOf(
  runs: readonly ReadonlyMap<string, readonly Task[]>[],
  level: string,
  fits: (task: Task) => boolean,
): Task | undefined {
  let first: Task | undefined;
  for (const run of runs) {
    for (const task of run.get(level) ?? NONE) {
      if (first !== undefined && compareOnBoard(first, task) <= 0) break;
      if (!fits(task)) continue;
      first = task;
      break;
    }
  }
  return first;
}

const NONE: readonly Task[] = [];
