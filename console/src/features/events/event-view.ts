/**
 * The events that match a filter, kept up to date by looking at each event once: with 100,000 kept
 * and thousands arriving in a second, filtering anew for each frame would be all the page does.
 */
import type { EventRing } from "../../live/event-ring.ts";
import { matchesEvent, type EventFilter } from "./event-filter.ts";

export class EventView {
  readonly #filter: EventFilter;
  /** Positions in the ring's order of arrival, of what matches. */
  #matches: number[] = [];
  #start = 0;
  #seenUpTo = 0;

  constructor(filter: EventFilter) {
    this.#filter = filter;
  }

  get size(): number {
    return this.#matches.length - this.#start;
  }

  at(row: number): number | undefined {
    return this.#matches[this.#start + row];
  }

  /** How many rows arrived before this position. */
  sizeUpTo(index: number): number {
    let low = this.#start;
    let high = this.#matches.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#matches[middle] ?? 0) < index) low = middle + 1;
      else high = middle;
    }
    return low - this.#start;
  }

  /** Looks at what arrived since the last time, and forgets what the ring forgot. */
  follow(ring: EventRing): void {
    const end = ring.firstIndex + ring.size;
    for (let index = Math.max(this.#seenUpTo, ring.firstIndex); index < end; index += 1) {
      const event = ring.at(index);
      if (event !== undefined && matchesEvent(event, this.#filter)) this.#matches.push(index);
    }
    this.#seenUpTo = end;
    while (this.size > 0 && (this.#matches[this.#start] ?? 0) < ring.firstIndex) this.#start += 1;
    if (this.#start < 10_000) return;
    this.#matches = this.#matches.slice(this.#start);
    this.#start = 0;
  }
}
