/** Leases that are no more, found in the log. */
import { changesOf } from "../../store/log-line.ts";
import type { Store } from "../../store/port.ts";

/**
 * How many of the last events are looked through. Counted, not dated: a lock id carries the time it was
 * made, but the clock may have been set back since, and anybody may send an id that claims to be old.
 */
const MOST_EVENTS = 100_000;

/** How a lease ended, for a holder that comes too late; `undefined` for an id that never was one. */
export async function findEnd(
  store: Store,
  lockId: string,
): Promise<{ readonly resource: string; readonly endedAt: string } | undefined> {
  const after = Math.max(0, store.events.head - MOST_EVENTS);
  const range = { after, backwards: true, containing: [JSON.stringify(lockId)] };
  for await (const entries of store.events.scan(range)) {
    for (const { event } of entries) {
      const isEnd = changesOf(event).some(
        ({ kind, id, value }) => kind === "locks" && id === lockId && value === null,
      );
      if (isEnd) return { resource: event.target, endedAt: event.ts };
    }
  }
  return undefined;
}
