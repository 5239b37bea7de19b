/** What a row says, the table of all rows, and the file beside it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../tree.ts";
import type { Machine } from "./machine.ts";

export interface Figure {
  readonly figure: string;
  /** In words, with its sign: "≤ 1.5". */
  readonly goal: string;
  readonly measured: string;
  /** The floor or the peer, and what it reached in the same rounds. */
  readonly against: string;
  readonly ratio?: number;
  /** Absent where nothing was measured. */
  readonly met?: boolean;
  /** What belongs to the figure and has no room in the table. */
  readonly notes?: readonly string[];
  /** The rounds one by one, for the file. */
  readonly rounds?: unknown;
}

export function skipped(figure: string, goal: string, why: string): Figure {
  return { figure, goal, measured: "skipped", against: why };
}

/** Markdown that also reads well in a terminal. */
export function toTable(figures: readonly Figure[]): string {
  const rows = [
    ["figure", "goal", "measured", "floor or peer", "ratio", "met"],
    ...figures.map(({ figure, goal, measured, against, ratio, met }) => [
      figure,
      goal,
      measured,
      against,
      ratio === undefined ? "" : ratio.toFixed(2),
      met === undefined ? "–" : met ? "yes" : "no",
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  const lines = rows.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`,
  );
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

export function toHead(machine: Machine, waitedShare: number): string {
  const { date, commit, cpu, memory, node, kernel, disk, load } = machine;
  return (
    `${date}, commit ${commit}. ${cpu}, ${memory}; ${disk}; Linux ${kernel}, Node ${node}; ` +
    `load before the start ${load}; the load generator stood in line for a processor ` +
    `${Math.round(waitedShare * 100)} % of its time.`
  );
}

export function writeResults(machine: Machine, figures: readonly Figure[]): string {
  const path = join(ROOT, "bench", "results.json");
  mkdirSync(join(ROOT, "bench"), { recursive: true });
  writeFileSync(path, `${JSON.stringify({ machine, figures }, null, 2)}\n`);
  return path;
}

export function ms(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
}

export function perSecond(value: number): string {
  return `${Math.round(value).toLocaleString("en")}/s`;
}
