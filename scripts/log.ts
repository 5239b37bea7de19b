/** The log of a board, as a script reads it: all of its files. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { KyrosEvent } from "#contracts/event";

export function readLog(folder: string): KyrosEvent[] {
  return logFiles(folder)
    .flatMap((path) => readFileSync(path, "utf8").split("\n"))
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as KyrosEvent);
}

/** `events.jsonl` is the first of them; the numbers of the others have leading zeros. */
export function logFiles(folder: string): string[] {
  const names = readdirSync(join(folder, "events")).filter((name) => name.endsWith(".jsonl"));
  const inOrder = names.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1));
  return inOrder.map((name) => join(folder, "events", name));
}

export interface Written {
  readonly kind: string;
  readonly id: string;
  readonly version: number;
  /** Of the record as it is after this; null when it is gone. An ETag is version and hash. */
  readonly hash: string | null;
}

/** Which records an event changed. */
export function writtenBy(event: KyrosEvent): Written[] {
  return (event.details["changes"] ?? []) as unknown as Written[];
}
