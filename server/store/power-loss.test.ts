/**
 * Power cuts on a simulated disk that keeps unsynced data apart (`testing/sim-disk.ts`): after random
 * commits, at any operation, with any part of what was not synced lost, torn or kept.
 */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { crashes, type Play } from "./testing/crashes.ts";

const RUNS = 600;

/** What is done to the store, and at which operation of the disk the power goes. */
const plays: fc.Arbitrary<Play> = fc.record({
  seed: fc.integer(),
  cutAfter: fc.nat(60),
  rounds: fc.array(
    fc.array(
      fc.oneof(
        fc.record({ does: fc.constant("title" as const), task: fc.nat(3), big: fc.boolean() }),
        fc.record({ does: fc.constant("pair" as const), task: fc.nat(3) }),
        fc.record({ does: fc.constant("delete" as const), task: fc.nat(3) }),
        fc.record({ does: fc.constant("say" as const), task: fc.nat(3) }),
        fc.record({ does: fc.constant("see" as const), task: fc.nat(1) }),
      ),
      { minLength: 1, maxLength: 4 },
    ),
    { minLength: 1, maxLength: 5 },
  ),
});

test("[S1] [S2] [S5] [S7] after a power cut at any moment: what was acknowledged is there, whole and in order", async () => {
  let cuts = 0;
  await fc.assert(
    fc.asyncProperty(plays, async (play) => {
      const { problems, wasCut } = await crashes(play);
      cuts += wasCut ? 1 : 0;
      expect(problems).toEqual([]);
    }),
    { numRuns: RUNS },
  );
  expect(cuts).toBeGreaterThan(RUNS / 3);
}, 60_000);
