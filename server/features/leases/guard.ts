/** The rules of leases, for those who decide about something that is leased. */
import type { Lease } from "#contracts/lease";
import type { Instant } from "../../kernel/instant.ts";
import type { Plan } from "../../store/plan.ts";
import {
  end,
  grant,
  liveLeases,
  liveOn,
  refuseFence,
  refuseHeld,
  renew,
  settle,
  type LeaseEnded,
} from "./lease.ts";

export function createLeaseGuard(ports: {
  readonly leaseEnded: LeaseEnded;
  readonly defaultTtlSeconds: number;
}) {
  const { leaseEnded, defaultTtlSeconds } = ports;
  return {
    /** Of one resource, or of every task. */
    settle(plan: Plan, now: Instant, resource?: string): void {
      settle(plan, now, leaseEnded, (lease) =>
        resource === undefined ? lease.resource.startsWith("task:") : lease.resource === resource,
      );
    },
    grant(
      plan: Plan,
      asked: {
        readonly lockId: string;
        readonly resource: string;
        readonly holder: string;
        readonly ttlSeconds?: number | undefined;
      },
      now: Instant,
    ): Lease {
      const { lockId, resource, holder, ttlSeconds = defaultTtlSeconds } = asked;
      const lease = { lock_id: lockId, resource, holder, ttl_seconds: ttlSeconds };
      return grant(plan, { ...lease, mode: "exclusive", note: "" }, now);
    },
    liveOn,
    renew,
    end,
    refuseHeld,
    refuseFence,
  };
}

export function leasesOf(plan: Plan, holder: string, now: Instant): Lease[] {
  return liveLeases(plan, now).filter((lease) => lease.holder === holder);
}

/** Takes all of them back, also those that ran out and were not swept yet, with what follows. */
export function takeBack(
  plan: Plan,
  how: {
    readonly holder: string;
    readonly now: Instant;
    readonly reason: string;
    readonly leaseEnded: LeaseEnded;
  },
): void {
  const { holder, now, reason, leaseEnded } = how;
  const own = [...plan.records("locks")].filter((lease) => lease.holder === holder);
  for (const lease of own) {
    end(plan, lease, { event: "lease_reclaimed", reason, force: true });
    leaseEnded(plan, { lease, now, reason });
  }
}
