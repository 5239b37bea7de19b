/**
 * The last events seen, oldest first, in a fixed amount of memory. Appending never copies: what is
 * dropped at the front is only counted, and its room is used again in whole blocks.
 */
import type { KyrosEvent } from "#contracts/event";

const BLOCK = 10_000;

export class EventRing {
  readonly capacity: number;
  #events: KyrosEvent[] = [];
  #start = 0;
  #dropped = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get size(): number {
    return this.#events.length - this.#start;
  }

  /** How many were forgotten to make room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Position of the oldest kept event in the order of arrival; grows as events are forgotten. */
  get firstIndex(): number {
    return this.#dropped;
  }

  /** By position in the order of arrival, as `firstIndex` counts. */
  at(index: number): KyrosEvent | undefined {
    const offset = index - this.#dropped;
    return offset < 0 ? undefined : this.#events[this.#start + offset];
  }

  append(events: readonly KyrosEvent[]): void {
    for (const event of events) this.#events.push(event);
    const excess = this.size - this.capacity;
    if (excess <= 0) return;
    this.#start += excess;
    this.#dropped += excess;
    if (this.#start < BLOCK) return;
    this.#events = this.#events.slice(this.#start);
    this.#start = 0;
  }
}
