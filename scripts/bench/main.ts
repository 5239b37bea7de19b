/**
 * `npm run bench`: every figure of docs/PERFORMANCE.md, measured side by side with its floor or peer.
 *
 *   --short          fewer rounds, for CI
 *   --only a,b       these groups of rows alone
 *   --growth         instead of the table: how each cost grows with the board, drawn as an image
 *   --long-log       instead: a history of five million events
 *   --profile DIR    each server leaves a CPU profile there
 *
 * A figure that misses its goal fails nothing: machines differ. A task that was given out twice, or
 * an event that was lost, does.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Bench } from "./bench.ts";
import { describeMachine } from "./machine.ts";
import { waitedShare } from "./process.ts";
import { toHead, toTable, writeResults, type Figure } from "./report.ts";
import { backlogRows } from "./rows/backlog.ts";
import { claimRows } from "./rows/claim.ts";
import { commandRows } from "./rows/command.ts";
import { growthRows } from "./rows/growth.ts";
import { longLogRows } from "./rows/long-log.ts";
import { openRows } from "./rows/open.ts";
import { patchRows } from "./rows/patch.ts";
import { readRows } from "./rows/read.ts";
import { swapRows } from "./rows/swap.ts";
import { tailRows } from "./rows/tail.ts";

const GROUPS: Readonly<Record<string, (bench: Bench) => Promise<Figure[]>>> = {
  patch: patchRows,
  swap: swapRows,
  read: readRows,
  claim: claimRows,
  tail: tailRows,
  open: openRows,
  command: commandRows,
  backlog: backlogRows,
};

/** What takes long, and says nothing about a goal. */
const APART: typeof GROUPS = { growth: growthRows, "long-log": longLogRows };

function rowsOf(name: string): ((bench: Bench) => Promise<Figure[]>) | undefined {
  return APART[name] ?? GROUPS[name];
}

const { values } = parseArgs({
  options: {
    short: { type: "boolean", default: false },
    only: { type: "string" },
    growth: { type: "boolean", default: false },
    "long-log": { type: "boolean", default: false },
    profile: { type: "string" },
  },
});
const apart = [values.growth ? "growth" : "", values["long-log"] ? "long-log" : ""].filter(Boolean);
const chosen = apart.length > 0 ? apart : (values.only?.split(",") ?? Object.keys(GROUPS));
const unknown = chosen.find((name) => rowsOf(name) === undefined);
if (unknown !== undefined) {
  throw new Error(`There is no group "${unknown}"; there are ${Object.keys(GROUPS).join(", ")}.`);
}

const machine = describeMachine();
const folder = mkdtempSync(join(tmpdir(), "kyros-bench-"));
const bench: Bench = {
  isShort: values.short,
  rounds: values.short ? 3 : 9,
  folder,
  profile: values.profile === undefined ? undefined : resolve(values.profile),
};

const figures: Figure[] = [];
const faults: string[] = [];
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
process.once("SIGINT", () => process.exit(130));
for (const name of chosen) {
  const start = performance.now();
  process.stderr.write(`${name} … `);
  try {
    figures.push(...((await rowsOf(name)?.(bench)) ?? []));
  } catch (error) {
    faults.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
  process.stderr.write(`${((performance.now() - start) / 1_000).toFixed(0)} s\n`);
}

console.log(`\n${toHead(machine, waitedShare())}\n\n${toTable(figures)}\n`);
for (const { figure, notes = [] } of figures) {
  for (const note of notes) console.log(`- ${figure}: ${note}`);
}
console.log(`\nAll rounds: ${writeResults(machine, figures)}`);
for (const fault of faults) console.error(`\nFAILED ${fault}`);
process.exit(faults.length > 0 ? 1 : 0);
