/** The log on a simulated disk, read without the help of the store. */
import type { KyrosEvent } from "#contracts/event";
import { demand } from "./demand.ts";
import type { World } from "./world.ts";

const NEWLINE = 10;

export function toCommits(events: readonly KyrosEvent[]): KyrosEvent[][] {
  const commits: KyrosEvent[][] = [];
  for (const event of events) {
    const { index = 0 } = (event.details["commit"] ?? {}) as { index?: number };
    if (index === 0) commits.push([event]);
    else commits.at(-1)?.push(event);
  }
  for (const commit of commits) {
    const { size = 1 } = (commit[0]?.details["commit"] ?? {}) as { size?: number };
    demand(commit.length === size, `half a commit: ${JSON.stringify(commit)}`);
  }
  return commits;
}

export function isWhole(log: Buffer): boolean {
  const last = log.toString().split("\n").at(-2);
  if (log.length === 0) return true;
  if (last === undefined || log.at(-1) !== NEWLINE || log.includes(0)) return false;
  const { index, size } = ((JSON.parse(last) as KyrosEvent).details["commit"] as {
    index: number;
    size: number;
  }) ?? { index: 0, size: 1 };
  return index === size - 1;
}

/** The files of the log, in order. */
export function logPaths({ disk }: World): string[] {
  const paths = disk.paths().filter((path) => /\/events\/events(-\d+)?\.jsonl$/.test(path));
  return paths.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

export function logOf(world: World): Buffer {
  return Buffer.concat(logPaths(world).map((path) => world.disk.bytes(path)));
}
