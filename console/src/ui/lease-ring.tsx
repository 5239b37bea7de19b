import type { Lease } from "#contracts/lease";
import { useNow } from "../live/clock.ts";
import { leasePhase, type LeasePhase } from "./lease-phase.ts";
import { toCountdown, toRelative } from "./time.ts";

type Timed = Pick<Lease, "expires_at" | "ttl_seconds" | "holder">;

/** How long a lease still lasts: a ring, then a diamond, then a square, each with its words. */
export function LeaseRing({ lease }: { lease: Timed }) {
  const now = useNow();
  const left = Date.parse(lease.expires_at) - now;
  const phase = leasePhase(left, lease.ttl_seconds);
  const text = toText(phase, left, now);
  const share = Math.max(0, Math.min(1, left / (lease.ttl_seconds * 1_000)));
  return (
    <span className="ring" data-phase={phase} title={`Lease of ${lease.holder}: ${text}`}>
      <i style={{ "--share": `${Math.round(share * 100)}%` } as React.CSSProperties} />
      {text}
    </span>
  );
}

function toText(phase: LeasePhase, left: number, now: number): string {
  if (phase === "live") return toCountdown(left);
  return phase === "ending" ? `${toCountdown(left)} left` : `ended ${toRelative(now + left, now)}`;
}
