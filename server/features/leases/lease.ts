/**
 * Leases. A lease says who may act on a resource, and until when.
 *
 *   S14  A fencing token is the place in the log of the event that grants it, so it is given out once
 *        and only ever grows, whatever becomes of the file of leases.
 *   S15  A lease is live up to and including `expires_at`, and no renewal makes that earlier.
 */
import type { Lease } from "#contracts/lease";
import type { ProblemCode } from "#contracts/problem";
import { toTimestamp, type Instant } from "../../kernel/instant.ts";
import { refuse, type Refusal } from "../../kernel/refusal.ts";
import { createDerived } from "../../store/derived.ts";
import { put, remove, type NewEvent } from "../../store/port.ts";
import type { Plan } from "../../store/plan.ts";
import { meetsResource } from "./resource.ts";

/** What follows in the same commit when a lease ends on its own: its task goes back to the queue. */
export type LeaseEnded = (
  plan: Plan,
  ended: {
    readonly lease: Lease;
    readonly now: Instant;
    readonly reason: string;
    /** Nobody gave it back or took it: its holder fell silent. */
    readonly hasExpired?: boolean;
    /** Who is written down, when not the one who asked for the commit. */
    readonly actor?: string;
  },
) => void;

export interface Grant {
  readonly lock_id: string;
  readonly resource: string;
  readonly holder: string;
  readonly mode: Lease["mode"];
  readonly ttl_seconds: number;
  readonly note: string;
}

export function isLive(lease: Lease, now: Instant): boolean {
  return liveAt(now)(lease);
}

/** Timestamps of this form sort as the moments do; writing one is dear, so it is done once for many. */
function liveAt(now: Instant): (lease: Lease) => boolean {
  const moment = toTimestamp(now);
  return (lease) => lease.expires_at >= moment;
}

export function liveLeases(plan: Plan, now: Instant): Lease[] {
  return plan.records("locks").filter(liveAt(now));
}

/** Live leases of others that do not go together with what is asked for. */
export function conflicting(
  plan: Plan,
  asked: Pick<Grant, "resource" | "holder" | "mode">,
  now: Instant,
): Lease[] {
  const meets = meetsResource(asked.resource);
  return liveLeases(plan, now).filter(
    (lease) =>
      lease.holder !== asked.holder &&
      (lease.mode === "exclusive" || asked.mode === "exclusive") &&
      meets(lease.resource),
  );
}

/** On exactly this resource: one, or several that share it. */
export function liveOn(plan: Plan, resource: string, now: Instant): Lease[] {
  const onIt: Lease[] = [];
  for (const leases of plan.derived("locks", byResource))
    onIt.push(...(leases.get(resource) ?? []));
  if (onIt.length === 0) return onIt;
  const lives = liveAt(now);
  return onIt.filter((lease) => plan.isCurrent("locks", lease) && lives(lease));
}

const byResource = createDerived((leases: readonly Lease[]) =>
  Map.groupBy(leases, ({ resource }) => resource),
);

/** Writes a new lease, whose way must be free. */
export function grant(plan: Plan, asked: Grant, now: Instant): Lease {
  const lease: Lease = {
    lock_id: asked.lock_id,
    resource: asked.resource,
    mode: asked.mode,
    holder: asked.holder,
    acquired_at: toTimestamp(now),
    ttl_seconds: asked.ttl_seconds,
    heartbeat_at: toTimestamp(now),
    expires_at: toTimestamp(now + asked.ttl_seconds * 1_000),
    fencing_token: plan.nextSequence,
    note: asked.note,
    version: 1,
  };
  plan.add(leaseEvent("lease_acquired", lease, { changes: [put("locks", lease)] }));
  return lease;
}

/**
 * Renews a live lease. That is presence, no event; only another TTL is written down, since a crash
 * must not take back a promise of more time.
 */
export function renew(plan: Plan, lease: Lease, now: Instant, ttlSeconds?: number): void {
  const ttl = ttlSeconds ?? lease.ttl_seconds;
  const fields = {
    heartbeat_at: toTimestamp(now),
    expires_at: laterOf(lease.expires_at, now, ttl),
  };
  if (ttl === lease.ttl_seconds) {
    plan.touch({ kind: "locks", id: lease.lock_id, fields });
    return;
  }
  const renewed = { ...lease, ...fields, ttl_seconds: ttl };
  plan.add(
    leaseEvent("lease_renewed", renewed, {
      details: { ttl_seconds: ttl },
      changes: [put("locks", renewed)],
    }),
  );
}

/** Never earlier than was promised before. */
export function laterOf(promised: string, now: Instant, ttlSeconds: number): string {
  const asked = toTimestamp(now + ttlSeconds * 1_000);
  return asked > promised ? asked : promised;
}

export interface Ending {
  /** Given back by its holder, or taken: run out, or broken by a person. */
  readonly event: "lease_released" | "lease_reclaimed";
  readonly reason?: string | undefined;
  readonly force?: boolean | undefined;
  readonly actor?: string;
}

/** Takes the lease away. What follows for its task is up to the caller. */
export function end(plan: Plan, lease: Lease, ending: Ending): void {
  const { reason, force, actor } = ending;
  plan.add(
    leaseEvent(ending.event, lease, {
      ...(actor !== undefined && { actor }),
      details: { ...(reason !== undefined && { reason }), ...(force === true && { force }) },
      changes: [remove("locks", lease.lock_id)],
    }),
  );
}

/** Ends what has run out. A decision that rests on leases does this first, however late the sweeper. */
export function settle(
  plan: Plan,
  now: Instant,
  leaseEnded: LeaseEnded,
  concerns: (lease: Lease) => boolean = () => true,
): Lease[] {
  const moment = toTimestamp(now);
  if (plan.derived("locks", soonestEnd).every((soonest) => soonest >= moment)) return [];
  const lives = liveAt(now);
  const expired = plan.records("locks").filter((lease) => !lives(lease) && concerns(lease));
  for (const lease of expired) {
    const reason = `the lease of ${lease.holder} expired`;
    end(plan, lease, { event: "lease_reclaimed", reason, actor: "kyros" });
    leaseEnded(plan, { lease, now, reason, hasExpired: true, actor: "kyros" });
  }
  return expired;
}

/** Of no lease: behind every timestamp. */
export const soonestEnd = createDerived((leases: readonly Lease[]) =>
  leases.reduce((soonest, { expires_at: at }) => (at < soonest ? at : soonest), "~"),
);

export function refuseHeld(held: Lease, all: readonly Lease[]): Refusal<ProblemCode> {
  const others = all.length > 1 ? `, and ${all.length - 1} more are in the way` : "";
  return refuse(
    "lease-held",
    `${held.resource} is held by ${held.holder} until ${held.expires_at}${others}. ` +
      `Wait for it with wait_ms, try again after that, or take something else.`,
    {
      resource: held.resource,
      holder: held.holder,
      expires_at: held.expires_at,
      lock_id: held.lock_id,
      leases: all,
    },
  );
}

/** S14: who acts under a lease that is no longer the current one must not act. */
export function refuseFence(
  live: readonly Lease[],
  resource: string,
  presented: { readonly token?: number | undefined; readonly lockId?: string | undefined },
): Refusal<ProblemCode> | undefined {
  const { token, lockId } = presented;
  if (token === undefined && lockId === undefined) return undefined;
  const isCurrent = live.some(
    (lease) =>
      (token === undefined || token === lease.fencing_token) &&
      (lockId === undefined || lockId === lease.lock_id),
  );
  if (isCurrent) return undefined;
  const [current] = live;
  const present =
    current === undefined
      ? `nobody holds a lease on ${resource} now`
      : `${resource} is now held by ${current.holder} until ${current.expires_at}`;
  return refuse(
    "fence-stale",
    `The lease you act under is not the current one: ${present}. Stop, and take it again before you go on.`,
    { resource, holder: current?.holder ?? null, expires_at: current?.expires_at ?? null },
  );
}

function leaseEvent(
  event: string,
  lease: Lease,
  rest: Pick<NewEvent, "actor" | "details" | "changes">,
): NewEvent {
  const { lock_id, holder, fencing_token, mode } = lease;
  const { actor, details, changes = [] } = rest;
  return {
    event,
    target: lease.resource,
    ...(actor !== undefined && { actor }),
    details: { lock_id, holder, fencing_token, mode, ...details },
    changes,
  };
}
