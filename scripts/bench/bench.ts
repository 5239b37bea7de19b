/** What every row is given. */
import { join } from "node:path";

export interface Bench {
  /** The form for CI: fewer rounds, and the same rows. */
  readonly isShort: boolean;
  readonly rounds: number;
  /** Holds all data; on a real disk; removed at the end. */
  readonly folder: string;
  /** Where each server leaves its CPU profile. */
  readonly profile: string | undefined;
}

let paths = 0;

/** A name in the benchmark's folder that nobody has yet. */
export function newPath(bench: Bench, name: string): string {
  paths += 1;
  return join(bench.folder, `${paths}-${name}`);
}
