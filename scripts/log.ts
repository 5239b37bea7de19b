/** The log of a board, as a script reads it: the whole file. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KyrosEvent } from "#contracts/event";

export function readLog(folder: string): KyrosEvent[] {
  const text = readFileSync(join(folder, "events/events.jsonl"), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as KyrosEvent);
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
