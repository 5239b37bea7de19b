/** Cuts a run of events into commits, and keeps of each what a reader wants. */
import type { KyrosEvent } from "#contracts/event";
import type { LogEntry } from "./port.ts";

/** The events of one commit that a reader wants. */
export interface Portion {
  readonly entries: readonly LogEntry[];
  /** Right behind the commit, whether or not its last event is among them. */
  readonly cursor: string;
}

export class Gatherer {
  readonly #wants: (event: KyrosEvent) => boolean;
  /** Of the commit that has begun but not ended. */
  #open: LogEntry[] = [];

  constructor(wants: (event: KyrosEvent) => boolean) {
    this.#wants = wants;
  }

  take(entries: readonly LogEntry[]): Portion[] {
    const portions: Portion[] = [];
    for (const entry of entries) {
      if (this.#wants(entry.event)) this.#open.push(entry);
      if (!entry.endsCommit || this.#open.length === 0) continue;
      portions.push({ entries: this.#open, cursor: entry.cursor });
      this.#open = [];
    }
    return portions;
  }
}
