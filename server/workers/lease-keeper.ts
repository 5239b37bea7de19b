/**
 * Keeps a lease while there is work under it, and notices when it is lost: because the board says so, or
 * because nobody could be asked for as long as it lasts. From then on somebody else may have the task.
 */
import type { Lease } from "#contracts/lease";
import type { Clock } from "../kernel/clock.ts";
import type { Instant } from "../kernel/instant.ts";
import { after, sleep, type Cancel } from "../kernel/timers.ts";
import { saysLost } from "./decide.ts";
import type { Link } from "./link.ts";

export interface Grip {
  readonly lost: AbortSignal;
  /** Renews no more. */
  letGo(): void;
}

/** So one of them may fail: the next one still comes in time. */
const RENEWALS_PER_TTL = 3;

/** @param asked when the lease was asked for: it lasts at least its TTL from then. */
export function keepLease(
  lease: Lease,
  asked: Instant,
  { link, clock }: { readonly link: Link; readonly clock: Clock },
): Grip {
  const { lock_id, fencing_token } = lease;
  const ttlMs = lease.ttl_seconds * 1_000;
  const lost = new AbortController();
  const over = new AbortController();
  let cancel: Cancel = () => {};

  function lose(): void {
    lost.abort();
    over.abort();
  }

  /** On this machine's own clock, from before the request was sent: the server's end comes later. */
  function holdsUntil(end: number): void {
    cancel();
    if (!over.signal.aborted) cancel = after(end - clock.now(), lose);
  }

  async function renew(): Promise<void> {
    const sent = clock.now();
    await link.reach(
      (client, signal) =>
        client.call("heartbeatLease", { params: { lock_id }, body: { fencing_token }, signal }),
      over.signal,
    );
    holdsUntil(sent + ttlMs);
  }

  async function keep(): Promise<void> {
    for (;;) {
      await sleep(ttlMs / RENEWALS_PER_TTL, over.signal);
      if (over.signal.aborted) return;
      try {
        await renew();
      } catch (error) {
        // Whatever else is wrong, the end that was promised last still stands.
        if (saysLost(error) && !over.signal.aborted) lose();
      }
    }
  }

  holdsUntil(asked + ttlMs);
  void keep();
  return {
    lost: lost.signal,
    letGo() {
      cancel();
      over.abort();
    },
  };
}
