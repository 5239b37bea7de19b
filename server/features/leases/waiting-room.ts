/**
 * Those who wait for a resource, in order of arrival. Nobody polls: a waiter looks again, at the view in
 * memory, when something was written, when a lease in its way runs out, and when its time is up.
 */
import { after } from "../../kernel/timers.ts";
import type { EventLog } from "../../store/port.ts";

interface Waiter {
  /** How long until it is worth looking again although nothing is written; `undefined`: now. */
  obstacleMs(): number | undefined;
  leave(): void;
}

export function createWaitingRoom(events: Pick<EventLog, "subscribe">) {
  const waiters = new Set<Waiter>();
  let unsubscribe: (() => void) | undefined;

  /** First come, first served: each leaves for the commit queue in its turn. */
  function look(): void {
    for (const waiter of waiters) if (waiter.obstacleMs() === undefined) waiter.leave();
  }

  /** Resolves when the way seems free, when time is up, or when the caller has gone. */
  function wait(
    obstacleMs: () => number | undefined,
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    return new Promise((resolve) => {
      const waiter = { obstacleMs, leave };
      const cancelDeadline = after(deadlineMs, leave);
      let cancelExpiry = watchExpiry();
      signal?.addEventListener("abort", leave);
      waiters.add(waiter);
      unsubscribe ??= events.subscribe(look);

      function watchExpiry(): () => void {
        const ms = obstacleMs();
        return after(ms ?? 0, () => {
          cancelExpiry = watchExpiry();
          look();
        });
      }

      function leave(): void {
        waiters.delete(waiter);
        cancelDeadline();
        cancelExpiry();
        signal?.removeEventListener("abort", leave);
        if (waiters.size === 0) {
          unsubscribe?.();
          unsubscribe = undefined;
        }
        resolve();
      }
    });
  }

  return { wait, look };
}
