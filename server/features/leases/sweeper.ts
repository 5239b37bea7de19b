/**
 * Ends leases the moment their time is up. It sleeps until the next one runs out; a heartbeat it has not
 * heard of only lets it wake too early, and a store that cannot write lets it try again a little later.
 */
import { fromTimestamp, type Instant } from "../../kernel/instant.ts";
import { after, type Cancel } from "../../kernel/timers.ts";
import { Plan } from "../../store/plan.ts";
import type { Store, View } from "../../store/port.ts";
import { isLive, settle, soonestEnd, type LeaseEnded } from "./lease.ts";

const RETRY_MS = 1_000;

export function createSweeper(ports: {
  readonly store: Store;
  readonly leaseEnded: LeaseEnded;
  readonly onFault: (fault: unknown) => void;
}): { start(): void; stop(): void } {
  const { store, leaseEnded, onFault } = ports;
  let cancelTimer: Cancel | undefined;
  let unsubscribe: Cancel | undefined;
  let sweeping = false;

  function schedule(soonestMs = 0): void {
    cancelTimer?.();
    cancelTimer = undefined;
    if (unsubscribe === undefined || sweeping) return;
    const delay = untilNextExpiry(store.read(), store.now());
    if (delay !== undefined) cancelTimer = after(Math.max(soonestMs, delay), () => void sweep());
  }

  async function sweep(): Promise<void> {
    sweeping = true;
    let soonestMs = 0;
    try {
      await endExpired(store, leaseEnded);
    } catch (fault) {
      soonestMs = RETRY_MS;
      onFault(fault);
    }
    sweeping = false;
    schedule(soonestMs);
  }

  return {
    start() {
      unsubscribe ??= store.events.subscribe(() => schedule());
      schedule();
    },
    stop() {
      unsubscribe?.();
      unsubscribe = undefined;
      schedule();
    },
  };
}

async function endExpired(store: Store, leaseEnded: LeaseEnded): Promise<void> {
  const now = store.now();
  const isDue = [...store.read().collection("locks").entries()].some(
    ({ record }) => !isLive(record, now),
  );
  if (!isDue) return;
  await store.commit(
    (view, at) => {
      const plan = new Plan(view);
      settle(plan, at, leaseEnded);
      return plan.accept(() => null);
    },
    { actor: "kyros" },
  );
}

/** Just behind the first end: at the very moment a lease is still live. */
export function untilNextExpiry(view: View, now: Instant): number | undefined {
  if (view.collection("locks").size === 0) return undefined;
  const ends = soonestEnd.of(view.collection("locks")).map(fromTimestamp);
  return Math.max(0, Math.min(...ends) - now) + 1;
}
