/** The score of a run, by file and by folder, and what survived it. */
import { dirname } from "node:path";
import type { Mutant } from "./instrument.ts";
import type { Outcome } from "./verdicts.ts";

type Tally = Record<Outcome | "unreached", number>;

/** Killed, of what a test reaches at all. */
export function toScores(
  mutants: readonly Mutant[],
  outcomes: ReadonlyMap<string, Outcome>,
): string[] {
  const tallies = new Map<string, Tally>();
  for (const { id, fileName } of mutants) {
    for (const place of [`${dirname(fileName)}/`, fileName]) {
      const tally = tallies.get(place) ?? { killed: 0, timeout: 0, survived: 0, unreached: 0 };
      tally[outcomes.get(id) ?? "unreached"] += 1;
      tallies.set(place, tally);
    }
  }
  return [...tallies]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([place, { killed, timeout, survived, unreached }]) => {
      const reached = killed + timeout + survived;
      const score = reached === 0 ? "–" : `${((100 * (killed + timeout)) / reached).toFixed(1)} %`;
      return (
        `${score.padStart(7)}  ${place}: ${killed} killed, ${timeout} by time, ` +
        `${survived} survived, ${unreached} not reached`
      );
    });
}

export function toSurvivors(
  mutants: readonly Mutant[],
  outcomes: ReadonlyMap<string, Outcome>,
): string[] {
  return mutants.flatMap(({ id, fileName, line, mutatorName, original, replacement }) => {
    const outcome = outcomes.get(id) ?? "not reached";
    if (outcome === "killed" || outcome === "timeout") return [];
    return [`${fileName}:${line} ${outcome}, ${mutatorName}\n- ${original}\n+ ${replacement}\n`];
  });
}
