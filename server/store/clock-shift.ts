/** What follows the clock when it is re-anchored: the times by which leases are judged (S15). */
import { KINDS } from "#contracts/state";
import { fromTimestamp, toTimestamp } from "../kernel/instant.ts";
import type { KindDefinitions } from "./kind.ts";
import type { Touch, View } from "./port.ts";

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
