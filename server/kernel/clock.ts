/**
 * The server's clock. It shows wall time, but advances by the monotonic clock, so that a wall clock
 * that jumps cannot end or lengthen a lease.
 *
 * When the two drift apart by more than a second (somebody set the clock, or the machine slept), the
 * store moves this clock by the difference and every time that follows the clock with it: what was
 * left of each TTL stays exactly what it was.
 */
import { toInstant, type Instant } from "./instant.ts";

export interface Clock {
  now(): Instant;
  /** Moves to the wall clock where that has jumped; answers by how many milliseconds, mostly 0. */
  reanchor(): number;
}

const TOLERATED_DRIFT_MS = 1_000;

interface Sources {
  wallMs(): number;
  monotonicMs(): number;
}

const SYSTEM: Sources = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

export function createClock(sources: Sources = SYSTEM): Clock {
  let offset = sources.wallMs() - sources.monotonicMs();
  const now = () => toInstant(Math.floor(sources.monotonicMs() + offset));
  return {
    now,
    reanchor() {
      const shift = Math.round(sources.wallMs() - now());
      if (Math.abs(shift) <= TOLERATED_DRIFT_MS) return 0;
      offset += shift;
      return shift;
    },
  };
}

/** For tests: stands still until told. */
export function createManualClock(start = Date.UTC(2026, 0, 1)): Clock & {
  advance(ms: number): void;
  /** The wall clock jumps; monotonic time does not. */
  jump(ms: number): void;
} {
  let wall = start;
  let monotonic = 0;
  return {
    ...createClock({ wallMs: () => wall, monotonicMs: () => monotonic }),
    advance(ms) {
      wall += ms;
      monotonic += ms;
    },
    jump(ms) {
      wall += ms;
    },
  };
}
