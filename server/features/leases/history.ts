/** Leases that are no more, found in the log. */
import { toInstant } from "../../kernel/instant.ts";
import { changesOf } from "../../store/log-line.ts";
import type { Store } from "../../store/port.ts";

/** The clock may have been set back since the lock id was made. */
const MARGIN_MS = 2 * 60 * 60 * 1_000;

/**
 * How a lease ended, for a holder that comes too late; `undefined` for an id that never was one. Lock
 * ids carry the time they were made (RFC 9562), so only what was written since then is read.
 */
export async function findEnd(
  store: Store,
  lockId: string,
): Promise<{ readonly resource: string; readonly endedAt: string } | undefined> {
  const [, high, low] = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-/.exec(lockId) ?? [];
  if (high === undefined || low === undefined) return undefined;
  const madeAt = Number.parseInt(high + low, 16);
  const after = await store.events.before(toInstant(Math.max(0, madeAt - MARGIN_MS)));
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
