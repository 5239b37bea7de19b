import { statSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Seconds for each mutant, mostly in other processes or in waiting. */
const slow = [
  "server/git/{guard,installed,merge-laws,merges,operations,worktree}.test.ts",
  "server/http/{naughty,socket}.test.ts",
  "server/store/{editors,history,log,power-loss,recover-log,segments,verify,watch}.test.ts",
  "server/workers/{executors,lifecycle,start}.test.ts",
];

const laborious = /\/(acceptance|faults|laws|preconditions|rank|routes)\.test\.ts$/;

/** What a quick test kills, a slow one need not try. */
class QuickFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const weight = ({ moduleId }: TestSpecification) =>
      statSync(moduleId).size * (laborious.test(moduleId) ? 1_000 : 1);
    return Promise.resolve(files.toSorted((a, b) => weight(a) - weight(b)));
  }
}

export default defineConfig({
  test: {
    include: (process.env["MUTANTS_TESTS"] ?? "").split(","),
    exclude: slow,
    runner: "scripts/mutants/mutant-runner.ts",
    sequence: { sequencer: QuickFirst },
    reporters: [],
    maxWorkers: 1,
    // Instrumented code is slow where it counts every step.
    testTimeout: 60_000,
    dangerouslyIgnoreUnhandledErrors: true,
  },
});
