/**
 * Heartbeats are not events, so the log does not tell when a lease was renewed. The page asks again
 * at the very moments when what it knows would turn into a warning: when a lease seems to be ending,
 * and when it seems to have ended.
 */
import type { Lease } from "#contracts/lease";
import { leasePhase } from "../ui/lease-phase.ts";
import { serverNow } from "./clock.ts";
import type { Live } from "./live-store.ts";

const LEAST_GAP_MS = 2_000;
/** The server's sweeper needs a moment; its event comes by itself. */
const GRACE_MS = 500;
const ENDING_SHARE = 0.2;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function followLeases(live: Live): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let planned: ReadonlyMap<string, Lease> | undefined;
  const plan = () => {
    const { locks } = live.records.get();
    if (locks === planned) return;
    planned = locks;
    clearTimeout(timer);
    const next = nextDoubt(locks.values(), serverNow());
    if (next === undefined) return;
    const wait = Math.min(Math.max(LEAST_GAP_MS, next - serverNow()), LONGEST_TIMER_MS);
    timer = setTimeout(() => void live.refresh(["locks"]), wait);
  };
  const leave = live.records.subscribe(plan);
  return () => {
    leave();
    clearTimeout(timer);
  };
}

/** The next moment at which one of the leases looks worse than before. */
export function nextDoubt(leases: Iterable<Lease>, now: number): number | undefined {
  let next: number | undefined;
  for (const { expires_at: end, ttl_seconds: ttl } of leases) {
    const left = Date.parse(end) - now;
    const phase = leasePhase(left, ttl);
    if (phase === "stale") continue;
    const doubt =
      phase === "live" ? now + left - ttl * 1_000 * ENDING_SHARE : now + left + GRACE_MS;
    next = Math.min(next ?? doubt, doubt);
  }
  return next;
}
