/**
 * Moving a task through the workflow, by whatever command: a transition, a move on the board, a claim,
 * a patch of its status.
 *
 *   1. The step must stand in the table. Nobody gets past that, nor past an open definition of done.
 *   2. A held task is moved on by its holder alone: who is its assignee, or presents its lease.
 *   3. Whoever enters a held state holds the task from then on; an agent or a worker by a lease. Who
 *      leaves one gives the lease back. Both in the commit of the step.
 */
import type { Lease } from "#contracts/lease";
import type { ProblemCode } from "#contracts/problem";
import type { Task, TransitionAnswer, TransitionCommand } from "#contracts/task";
import { ENTRY_GUARDS, isHeld, TRANSITIONS, type Guard, type Status } from "#contracts/workflow";
import { toTimestamp, type Instant } from "../../kernel/instant.ts";
import { refuseForce, type Principal } from "../../kernel/principal.ts";
import { refuse, type Refusal } from "../../kernel/refusal.ts";
import type { Terms } from "../../kernel/terms.ts";
import { refuseStale } from "../../store/precondition.ts";
import type { Plan } from "../../store/plan.ts";
import type { Change, Decision, View } from "../../store/port.ts";
import { refuseOpenDependencies } from "./dependencies.ts";
import { openItems } from "./dod.ts";
import type { LeaseGuard, Presented, Roster } from "./ports.ts";
import { isSame, resourceOf, taskEvent, withoutCount, writtenTask } from "./task.ts";

/** Everything a decision about tasks rests on. */
export interface Acting {
  readonly view: View;
  readonly plan: Plan;
  readonly now: Instant;
  readonly principal: Principal;
  readonly terms: Terms;
  readonly guard: LeaseGuard;
  readonly roster: Roster;
  /** For a lease that this decision may grant. */
  readonly newLockId: string;
}

/** A task that a caller may look at with the intent to change it. */
export interface Entered {
  readonly ok: true;
  readonly task: Task;
  /** On this task. */
  readonly live: readonly Lease[];
  /** Who moves it: the holder of the presented lease, else the caller. */
  readonly mover: string;
}

export interface Wish {
  /** The task with every other change that goes with the step. */
  readonly edited: Task;
  readonly to: Status;
  /** Who shall be the assignee; undefined: as it comes. */
  readonly named?: string | null | undefined;
  readonly reason?: string | undefined;
  readonly force?: boolean | undefined;
  readonly ttlSeconds?: number | undefined;
  readonly skills?: readonly string[] | undefined;
}

export interface Stepped {
  readonly ok: true;
  readonly task: Task;
  /** Agents that turn to the task or away from it. */
  readonly others: readonly Change[];
}

type Refused = Refusal<ProblemCode>;

/** Not found, stale, fenced off: what comes before any decision about a task. */
export function enter(acting: Acting, id: string, lockId?: string): Entered | Refused {
  const { view, plan, now, principal, terms, guard } = acting;
  const refusal = refuseStale(view, "tasks", id, terms.ifMatch);
  if (refusal !== undefined) return refusal;
  const resource = resourceOf(id);
  guard.settle(plan, now, resource);
  const task = plan.get("tasks", id);
  if (task === undefined) throw new Error(`the task ${id} vanished while its lease was settled`);
  const live = guard.liveOn(plan, resource, now);
  const presented: Presented = { token: terms.leaseToken, lockId };
  const fence = guard.refuseFence(live, resource, presented);
  if (fence !== undefined) return fence;
  return { ok: true, task, live, mover: actingHolder(live, presented)?.holder ?? principal.id };
}

function actingHolder(live: readonly Lease[], { token, lockId }: Presented): Lease | undefined {
  if (token === undefined && lockId === undefined) return undefined;
  return live.find((lease) => lease.fencing_token === token || lease.lock_id === lockId);
}

export function decideTransition(
  acting: Acting,
  id: string,
  command: TransitionCommand,
): Decision<TransitionAnswer> {
  const entered = enter(acting, id, command.lock_id);
  if (!entered.ok) return entered;
  const { task: before, mover } = entered;
  const { to, assignee: named, reason, force } = command;
  const forbidden = force === true ? refuseForce(acting.principal) : undefined;
  if (forbidden !== undefined) return forbidden;
  // Saying "claimed" to somebody who does not hold it would read as "it is yours".
  if (to === before.status && isHeld(to) && force !== true && !isHolder(before, mover)) {
    return refuseNotHolder(entered);
  }
  const stepped = step(acting, entered, { edited: before, to, named, reason, force });
  if (!stepped.ok) return stepped;
  record(acting, before, stepped, { reason, force });
  return acting.plan.accept((after) => transitionAnswer(after, before));
}

export function transitionAnswer(after: View, before: Task): TransitionAnswer {
  const { task, etag } = writtenTask(after, before.id);
  return { old_status: before.status, new_status: task.status, etag, task };
}

/** Adds the event of a change, unless nothing changed. */
export function record(
  acting: Acting,
  before: Task,
  { task, others }: Stepped,
  how: { readonly reason?: string | undefined; readonly force?: boolean | undefined },
  moved: readonly Change[] = [],
): void {
  const changes = [...others, ...moved];
  if (isSame(before, task) && changes.length === 0) return;
  const { reason } = how;
  const force = how.force === true ? true : undefined;
  const updated = { ...task, updated_at: toTimestamp(acting.now) };
  acting.plan.add(
    before.status === task.status
      ? taskEvent("task_updated", updated, { reason, force }, changes)
      : taskEvent(
          "task_transitioned",
          updated,
          { from: before.status, to: task.status, reason, force },
          changes,
        ),
  );
}

/** Takes the step in the plan: leases, agents, and the task as it is afterwards. */
export function step(acting: Acting, entered: Entered, wish: Wish): Stepped | Refused {
  const { task: before } = entered;
  const { edited, to } = wish;
  const holder = isHeld(to) ? nextHolder(entered, wish) : null;
  if (holder === undefined) return refuseNoHolder(before, to);
  const refusal = refuseStep(acting, entered, wish, holder);
  if (refusal !== undefined) return refusal;
  const held = passHolding(acting, entered, wish, holder);
  if (!held.ok) return held;
  const assignee = holder ?? nextAssignee(before, edited, wish);
  const isLaidDown = isHeld(before.status) && !isHeld(to);
  const task: Task = { ...(isLaidDown ? withoutCount(edited) : edited), status: to, assignee };
  if (to !== before.status) task.completed_at = to === "done" ? toTimestamp(acting.now) : null;
  return { ok: true, task, others: held.others };
}

/** `undefined`: nobody, though the state needs somebody. */
function nextHolder(
  { task: before, mover }: Entered,
  { to, named }: Wish,
): string | undefined | null {
  if (named === null) return undefined;
  if (named !== undefined) return named;
  return to === before.status ? before.assignee : mover;
}

function nextAssignee(before: Task, edited: Task, { to, named }: Wish): string | null {
  if (named !== undefined) return named;
  // Giving up the claim, or opening it again, makes it anybody's.
  return to === "queued" && before.status !== "queued" ? null : edited.assignee;
}

function refuseStep(
  acting: Acting,
  entered: Entered,
  wish: Wish,
  holder: string | null,
): Refused | undefined {
  const { task: before, mover } = entered;
  const { to, force = false } = wish;
  const moves = to !== before.status;
  if (moves && !(TRANSITIONS[before.status] as readonly Status[]).includes(to)) {
    return refuseTable(before, to);
  }
  const changesHolder = isHeld(before.status) && (moves || holder !== before.assignee);
  if (!force && changesHolder && !isHolder(before, mover)) return refuseNotHolder(entered);
  if (!moves) return undefined;
  if (!force && isReservedFor(before, to, holder)) return refuseReserved(before);
  return refuseEntry(acting, wish);
}

function refuseEntry({ plan }: Acting, { edited, to, force }: Wish): Refused | undefined {
  const guards: readonly Guard[] = ENTRY_GUARDS[to];
  const waits = guards.includes("dependencies-done") && force !== true;
  return (
    (waits ? refuseOpenDependencies(plan, edited) : undefined) ??
    (guards.includes("dod-done") ? refuseOpenDod(edited) : undefined)
  );
}

export function isHolder(task: Task, mover: string): boolean {
  return task.assignee === null || task.assignee === mover;
}

/** Somebody else is to do it, who has not begun. */
function isReservedFor(before: Task, to: Status, holder: string | null): boolean {
  return to === "claimed" && before.assignee !== null && before.assignee !== holder;
}

/** Ends the leases that end with the step, grants the one that begins, and tells the agents. */
function passHolding(
  acting: Acting,
  entered: Entered,
  wish: Wish,
  holder: string | null,
): { readonly ok: true; readonly others: readonly Change[] } | Refused {
  const { task: before, live } = entered;
  const former = isHeld(before.status) ? before.assignee : null;
  const strangers = live.filter((lease) => lease.holder !== holder && lease.holder !== former);
  const [stranger] = strangers;
  if (stranger !== undefined && holder !== null && wish.force !== true) {
    return acting.guard.refuseHeld(stranger, strangers);
  }
  const over = live.filter((lease) => lease.holder !== holder);
  const ends = holder === null ? over.filter((lease) => lease.holder === former) : over;
  for (const lease of ends) endLease(acting, lease, entered.mover, wish);

  const { plan, roster, now } = acting;
  const others: Change[] = [];
  const { id } = before;
  if (former !== null && former !== holder) others.push(...roster.layDown(plan, former, id));
  if (holder === null) return { ok: true, others };
  if (holder !== former) {
    const { skills = [] } = wish;
    const kind = kindOf(acting, holder);
    others.push(...roster.takeUp(plan, holder, { taskId: id, now, kind, skills }));
  }
  if (holder !== former || wish.to !== before.status) ensureLease(acting, entered, holder, wish);
  return { ok: true, others };
}

function endLease(acting: Acting, lease: Lease, mover: string, { reason, force }: Wish): void {
  const isGivenBack = lease.holder === mover || force !== true;
  acting.guard.end(
    acting.plan,
    lease,
    isGivenBack ? { event: "lease_released" } : { event: "lease_reclaimed", reason, force },
  );
}

/** People do not send heartbeats, so they hold without a lease. */
export function ensureLease(
  acting: Acting,
  { task, live }: Pick<Entered, "task" | "live">,
  holder: string,
  { ttlSeconds }: Pick<Wish, "ttlSeconds">,
): void {
  const hasLease = live.some((lease) => lease.holder === holder);
  if (hasLease || kindOf(acting, holder) === "human") return;
  const { plan, now, guard, newLockId: lockId } = acting;
  guard.grant(plan, { lockId, resource: resourceOf(task.id), holder, ttlSeconds }, now);
}

function kindOf({ plan, principal, roster }: Acting, id: string): Principal["kind"] {
  return id === principal.id ? principal.kind : roster.kindOf(plan, id);
}

export function refuseTable(task: Task, to: Status): Refused {
  const allowed = TRANSITIONS[task.status];
  return refuse(
    "invalid-transition",
    `${task.id} is ${task.status}; from there it can go to ${allowed.join(" or ")}, not to ${to}.`,
    { from: task.status, to, allowed },
  );
}

function refuseOpenDod(task: Task): Refused | undefined {
  const open = openItems(task);
  if (open.length === 0) return undefined;
  const total = task.dod.length;
  const done = total - open.length;
  return refuse(
    "dod-open",
    `DoD ${done} of ${total} done. Open: ${open.map((item) => item.text).join("; ")}. PATCH dod when they are.`,
    { done, total, open },
  );
}

export function refuseNotHolder({ task, live }: Entered): Refused {
  const lease = live.find(({ holder }) => holder === task.assignee);
  const until = lease === undefined ? "" : ` until ${lease.expires_at}`;
  return refuse(
    "not-holder",
    `${task.id} is ${task.status}, held by ${task.assignee}${until}; only its holder moves it on. ` +
      `Act as ${task.assignee}, send its Lease-Token, or have a person pass "force": true.`,
    { holder: task.assignee, expires_at: lease?.expires_at ?? null },
  );
}

function refuseReserved(task: Task): Refused {
  return refuse(
    "not-holder",
    `${task.id} is meant for ${task.assignee}. Name ${task.assignee} as the assignee, or PATCH assignee to null first.`,
    { holder: task.assignee, expires_at: null },
  );
}

function refuseNoHolder(task: Task, to: Status): Refused {
  const detail = `${to} needs somebody who holds the task; move it to queued to give it up`;
  return refuse("invalid", `${task.id} cannot be without an assignee: ${detail}.`, {
    errors: [{ pointer: "/assignee", detail }],
  });
}
