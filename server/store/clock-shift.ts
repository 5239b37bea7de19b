/** The times of the store: those of its batches, and those that follow its clock (S15). */
import { KINDS } from "#contracts/state";
import { fromTimestamp, toInstant, toTimestamp, type Instant } from "../kernel/instant.ts";
import type { KindDefinitions } from "./kind.ts";
import type { Touch, View } from "./port.ts";

/** So far a row of quick batches may run ahead of the clock; beyond it, the clock was set back. */
const MOST_AHEAD_MS = 1_000;

/** The moment of a batch: now, but another one than that of the batch before. */
export function nextMoment(now: Instant, last: number): Instant {
  return now <= last && last - now < MOST_AHEAD_MS ? toInstant(last + 1) : now;
}

/** What moves with the clock when it is re-anchored: the times by which leases are judged. */
export function shiftedTouches(view: View, kinds: KindDefinitions, shiftMs: number): Touch[] {
  if (shiftMs === 0) return [];
  return KINDS.filter((kind) => kinds[kind].followsClock.length > 0).flatMap((kind) =>
    [...view.collection(kind).entries()].map(({ record }) => {
      const times = Object.entries(record).filter(
        (field): field is [string, string] =>
          kinds[kind].followsClock.includes(field[0]) && typeof field[1] === "string",
      );
      const fields = Object.fromEntries(
        times.map(([name, at]) => [name, toTimestamp(fromTimestamp(at) + shiftMs)]),
      );
      return { kind, id: "lock_id" in record ? record.lock_id : record.id, fields };
    }),
  );
}
