/**
 * What became of each mutant, as lines of a file: the tests run in a process that may hang or die with a
 * mutant, and what was found until then must not be lost.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";

export type Outcome = "killed" | "timeout" | "survived";

export type Verdict = { readonly file: string } & (
  | { /** Mutants that the tests of the file reach. */ readonly reached: readonly string[] }
  | { /** A test that fails without any mutant here: it says nothing. */ readonly leftOut: string }
  | { /** Nothing after this: the tests did not come back. */ readonly trying: string }
  | { readonly mutant: string; readonly outcome: Outcome }
);

export function addVerdict(path: string, verdict: Verdict): void {
  appendFileSync(path, `${JSON.stringify(verdict)}\n`);
}

export function readVerdicts(path: string): Verdict[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Verdict);
}

/** By mutant, over all files of tests. What no test reaches is not in it. */
export function outcomesOf(verdicts: readonly Verdict[]): Map<string, Outcome> {
  const outcomes = new Map<string, Outcome>();
  for (const verdict of verdicts) {
    if ("reached" in verdict) {
      for (const mutant of verdict.reached) {
        if (!outcomes.has(mutant)) outcomes.set(mutant, "survived");
      }
    }
    if ("mutant" in verdict && verdict.outcome !== "survived") {
      outcomes.set(verdict.mutant, verdict.outcome);
    }
  }
  return outcomes;
}
