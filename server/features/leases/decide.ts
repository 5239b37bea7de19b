/** What is asked of leases, decided. */
import type {
  AcquireAnswer,
  AcquireCommand,
  HeartbeatAnswer,
  HeartbeatCommand,
  Lease,
  OkAnswer,
  ReclaimAnswer,
  ReclaimCommand,
  ReleaseCommand,
} from "#contracts/lease";
import type { ProblemCode } from "#contracts/problem";
import type { Instant } from "../../kernel/instant.ts";
import { refuseForce, type Principal } from "../../kernel/principal.ts";
import { refuse, type Refusal } from "../../kernel/refusal.ts";
import { Plan } from "../../store/plan.ts";
import { put, type Decision, type View } from "../../store/port.ts";
import {
  conflicting,
  end,
  grant,
  isLive,
  laterOf,
  liveOn,
  refuseFence,
  refuseHeld,
  renew,
  settle,
  type LeaseEnded,
} from "./lease.ts";
import { meetsResource } from "./resource.ts";

export interface Asking {
  readonly view: View;
  readonly now: Instant;
  readonly principal: Principal;
  readonly leaseEnded: LeaseEnded;
}

/** @param command with its resource in the one spelling. */
export function decideAcquire(
  { view, now, leaseEnded }: Asking,
  command: AcquireCommand,
  given: { readonly lockId: string; readonly defaultTtlSeconds: number },
): Decision<AcquireAnswer> {
  const { lockId } = given;
  const ttl_seconds = command.ttl_seconds ?? given.defaultTtlSeconds;
  const plan = new Plan(view);
  const meets = meetsResource(command.resource);
  settle(plan, now, leaseEnded, (lease) => meets(lease.resource));
  const inTheWay = conflicting(plan, command, now);
  const [first] = inTheWay;
  if (first !== undefined) return refuseHeld(first, inTheWay);

  const own = liveOn(plan, command.resource, now).find(({ holder }) => holder === command.holder);
  if (own === undefined) {
    grant(plan, { ...command, ttl_seconds, lock_id: lockId }, now);
    return plan.accept((after) => toAnswer(after, lockId));
  }
  if (own.mode === "shared" && command.mode === "exclusive") {
    raise(plan, own, now, ttl_seconds);
  } else renew(plan, own, now, command.ttl_seconds);
  return plan.accept((after) => toAnswer(after, own.lock_id));
}

/** From shared to exclusive: a new grant, so with a new token, of the lease that is there. */
function raise(plan: Plan, own: Lease, now: Instant, ttlSeconds: number): void {
  const { lock_id, resource, holder, fencing_token: before } = own;
  const raised: Lease = {
    ...own,
    mode: "exclusive",
    ttl_seconds: ttlSeconds,
    expires_at: laterOf(own.expires_at, now, ttlSeconds),
    fencing_token: plan.nextSequence,
  };
  plan.add({
    event: "lease_acquired",
    target: resource,
    details: {
      lock_id,
      holder,
      fencing_token: raised.fencing_token,
      mode: raised.mode,
      fencing_token_before: before,
    },
    changes: [put("locks", raised)],
  });
}

function toAnswer(after: View, lockId: string): AcquireAnswer {
  const lease = written(after, lockId);
  const { lock_id, fencing_token, expires_at } = lease;
  return { lock_id, fencing_token, expires_at, lease };
}

function written(after: View, lockId: string): Lease {
  const entry = after.get("locks", lockId);
  if (entry === undefined) throw new Error(`the lease ${lockId} was written and is not there`);
  return entry.record;
}

/**
 * Renews a lease. An expired lease is refused even when nobody took it meanwhile: between its end
 * and now somebody may have acted on its absence.
 */
export function decideHeartbeat(
  { view, now, principal }: Asking,
  lockId: string,
  command: HeartbeatCommand,
): Decision<HeartbeatAnswer> {
  const lease = view.get("locks", lockId)?.record;
  if (lease === undefined) return refuseUnknown(lockId);
  const refusal = refuseHandling(lease, now, principal, command.fencing_token);
  if (refusal !== undefined) return refusal;
  const plan = new Plan(view);
  renew(plan, lease, now, command.ttl_seconds);
  return plan.accept((after) => ({ ok: true, expires_at: written(after, lockId).expires_at }));
}

/** Gives a lease back. It names the lease, not the resource: the next holder's is never touched. */
export function decideRelease(
  { view, now, principal, leaseEnded }: Asking,
  lockId: string,
  command: ReleaseCommand,
): Decision<OkAnswer> {
  const lease = view.get("locks", lockId)?.record;
  if (lease === undefined) return refuseUnknown(lockId);
  const refusal = refuseHandling(lease, now, principal, command.fencing_token);
  if (refusal !== undefined) return refusal;
  const plan = new Plan(view);
  end(plan, lease, { event: "lease_released" });
  leaseEnded(plan, { lease, now, reason: `${lease.holder} gave the lease back` });
  return plan.accept(() => ({ ok: true }));
}

/**
 * Who may renew or give back. The lock id is what the holder got; so a caller without a name is
 * believed, but an agent that acts under another name than the holder's has the wrong id in hand.
 */
function refuseHandling(
  lease: Lease,
  now: Instant,
  principal: Principal,
  token: number | undefined,
): Refusal<ProblemCode> | undefined {
  const fence = refuseFence([lease], lease.resource, { token });
  if (fence !== undefined) return fence;
  if (token === undefined && principal.kind !== "human" && principal.id !== lease.holder) {
    return refuse(
      "not-holder",
      `This lease on ${lease.resource} belongs to ${lease.holder}, and you are ${principal.id}. ` +
        `Check the lock id, or send the lease's fencing_token if you act for ${lease.holder}.`,
      { holder: lease.holder },
    );
  }
  return isLive(lease, now) ? undefined : refuseEnded(lease.resource, lease.expires_at);
}

export function refuseEnded(resource: string, endedAt: string): Refusal<ProblemCode> {
  return refuse(
    "lease-expired",
    `Your lease on ${resource} ended at ${endedAt}; others may have acted since. ` +
      `Acquire or claim it again, and look at what changed before you go on.`,
    { resource, ended_at: endedAt },
  );
}

function refuseUnknown(lockId: string): Refusal<ProblemCode> {
  return refuse(
    "not-found",
    `There is no lease ${lockId}. GET /collab/leases lists the live ones.`,
  );
}

/** Takes back what has run out; or the one named, live too when a person breaks it. */
export function decideReclaim(
  { view, now, principal, leaseEnded }: Asking,
  command: ReclaimCommand,
): Decision<ReclaimAnswer> {
  const { lock_id: lockId, force, reason } = command;
  const plan = new Plan(view);
  if (lockId === undefined) {
    if (force === true) return refuseField("/lock_id", "say which lease to break by force");
    return reclaimed(plan, settle(plan, now, leaseEnded));
  }
  const lease = plan.get("locks", lockId);
  if (lease === undefined) return refuseUnknown(lockId);
  if (!isLive(lease, now)) {
    return reclaimed(
      plan,
      settle(plan, now, leaseEnded, (other) => other.lock_id === lockId),
    );
  }
  if (force !== true) return refuseHeld(lease, [lease]);
  const refusal =
    refuseForce(principal) ??
    ((reason ?? "").trim() === ""
      ? refuseField("/reason", "say why the lease is broken; it is written down")
      : undefined);
  if (refusal !== undefined) return refusal;
  end(plan, lease, { event: "lease_reclaimed", reason, force });
  leaseEnded(plan, {
    lease,
    now,
    reason: `${principal.id} broke the lease of ${lease.holder}: ${reason}`,
  });
  return reclaimed(plan, [lease]);
}

function reclaimed(plan: Plan, leases: readonly Lease[]): Decision<ReclaimAnswer> {
  const ids = leases.map((lease) => lease.lock_id);
  return plan.accept(() => ({ reclaimed: ids }));
}

function refuseField(pointer: string, detail: string): Refusal<ProblemCode> {
  return refuse("invalid", `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`, {
    errors: [{ pointer, detail }],
  });
}
