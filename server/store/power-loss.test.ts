/**
 * A board in simulated time, on a simulated disk that keeps unsynced data apart (`testing/sim-disk.ts`).
 * Its server dies at any operation, again and again, also while it recovers, and a power cut takes back
 * any part of what was not synced. `testing/life.ts` says what must be true each time.
 */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "./testing/life-commands.ts";
import { Life } from "./testing/life.ts";
import { World, type Habit } from "./testing/world.ts";

const LIVES = 40;

const starts = fc.record({
  seed: fc.nat(),
  // Files of the log that hold a line or two, a few commits, or all of them.
  segmentBytes: fc.constantFrom(undefined, 1_000, 4_000),
});
const commands = fc.commands(COMMANDS, { maxCommands: 60, size: "max" });

/** Lives on a disk with a habit of its own; counts the deaths. */
function lives(habit?: Habit) {
  const seen = { deaths: 0 };
  const property = fc.asyncProperty(starts, commands, (start, all) =>
    World.within(start, async (world) => {
      await world.open();
      if (habit !== undefined) world.adopt(habit);
      const life = new Life(world);
      await fc.asyncModelRun(() => ({ model: {}, real: life }), all);
      seen.deaths += world.deaths;
    }),
  );
  return { seen, property };
}

test("[S1] [S2] [S5] [S6] [S7] [S8] [S14] [S16] whenever and however often the server dies: what was acknowledged is there, whole and in order, and nothing else", async () => {
  const { seen, property } = lives();
  await fc.assert(property, { numRuns: LIVES });
  expect(seen.deaths).toBeGreaterThan(10 * LIVES);
}, 120_000);

/** A store that left this sync out would look the same to the disk. */
describe("[S1] a sync that is left out is found out", () => {
  const isLeftOut: Record<string, (path: string) => boolean> = {
    "of the log": (path) => path.endsWith(".jsonl"),
    "of the folder of the log": (path) => path.endsWith("/events"),
    "of new state files": (path) => path.endsWith(".kyros-tmp"),
    "of the folder of state files": (path) => path.endsWith("/state"),
  };
  test.each(Object.entries(isLeftOut))(
    "%s",
    async (_, isOfThose) => {
      const { property } = lives((operation, path) =>
        operation === "sync" && isOfThose(path) ? "lies" : "works",
      );
      const { failed } = await fc.check(property, { numRuns: LIVES, endOnFailure: true });
      expect(failed).toBe(true);
    },
    120_000,
  );
});
