/**
 * The line of those who wait for a resource: whoever waits longest gets what becomes free, also before
 * somebody who comes in the very moment and is decided in the same batch.
 */
import type { AcquireCommand } from "#contracts/lease";
import { fromTimestamp, type Instant } from "../../kernel/instant.ts";
import { refuse } from "../../kernel/refusal.ts";
import { monotonicMs } from "../../kernel/stopwatch.ts";
import { Plan } from "../../store/plan.ts";
import type { Committed, Store, View } from "../../store/port.ts";
import { conflicting } from "./lease.ts";
import { meetsResource } from "./resource.ts";
import { createWaitingRoom } from "./waiting-room.ts";

interface Moment {
  readonly view: View;
  readonly now: Instant;
}

/** For whoever jumps the line. Nobody sees it: they are decided again, behind those ahead of them. */
export const NOT_YET = refuse("lease-held", "Others have waited longer for this resource.");

export function createLine(store: Pick<Store, "read" | "now" | "events">) {
  const room = createWaitingRoom(store.events);
  const line = new Set<AcquireCommand>();

  function obstacleMs(asked: AcquireCommand): number | undefined {
    const now = store.now();
    const ends = conflicting(new Plan(store.read()), asked, now).map(
      (lease) => fromTimestamp(lease.expires_at) - now + 1,
    );
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  /** @param attempt a commit that is refused with `NOT_YET` where it `jumps` the line. */
  return async function waitInLine<T>(
    asked: AcquireCommand,
    attempt: (jumps: (moment: Moment) => boolean) => Promise<Committed<T>>,
    signal: AbortSignal | undefined,
  ): Promise<Committed<T>> {
    const deadline = monotonicMs() + asked.wait_ms;
    try {
      for (;;) {
        let isTooSoon = false;
        const committed = await attempt((moment) => (isTooSoon = isJumping(line, asked, moment)));
        // Whoever is ahead is on the way to the store: the next batch knows who holds the resource.
        if (isTooSoon && signal?.aborted !== true) continue;
        const leftMs = deadline - monotonicMs();
        const isOver = leftMs <= 0 || signal?.aborted === true;
        if (committed.ok || committed.code !== "lease-held" || isOver) return committed;
        line.add(asked);
        await room.wait(() => obstacleMs(asked), leftMs, signal);
      }
    } finally {
      // Who gave up may have been all that was in the way of the next.
      if (line.delete(asked)) room.look();
    }
  };
}

/** Whether somebody further ahead could have now what `asked` would take from them. */
function isJumping(
  line: Iterable<AcquireCommand>,
  asked: AcquireCommand,
  { view, now }: Moment,
): boolean {
  const meets = meetsResource(asked.resource);
  for (const ahead of line) {
    if (ahead === asked) return false;
    const isInTheWay =
      ahead.holder !== asked.holder &&
      (ahead.mode === "exclusive" || asked.mode === "exclusive") &&
      meets(ahead.resource);
    if (isInTheWay && conflicting(new Plan(view), ahead, now).length === 0) return true;
  }
  return false;
}
