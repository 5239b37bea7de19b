/** Where in the log file which event stands: one entry for each few hundred lines. */

/** A place in the log between two lines: how many events and bytes stand before it, and their sum. */
export interface Place {
  readonly position: number;
  readonly offset: number;
  readonly crc: number;
}

export interface Block extends Place {
  /** The latest time of any event in the block; times need not be in order. */
  readonly latest: number;
}

const LINES_PER_BLOCK = 512;

export const START: Place = { position: 0, offset: 0, crc: 0 };

export class LogIndex {
  readonly #blocks: Block[];

  constructor(blocks: readonly Block[] = []) {
    this.#blocks = [...blocks];
  }

  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  /** Notes the line that begins at this place. */
  add(place: Place, timeMs: number): void {
    const last = this.#blocks.at(-1);
    if (last === undefined || place.position - last.position >= LINES_PER_BLOCK) {
      this.#blocks.push({ ...place, latest: timeMs });
    } else if (timeMs > last.latest) {
      this.#blocks[this.#blocks.length - 1] = { ...last, latest: timeMs };
    }
  }

  /** Index of the block in which the event after so many events stands. */
  indexOf(position: number): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#blocks[middle]?.position ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The first block that may hold an event at or after a moment. */
  firstReaching(timeMs: number): Block | undefined {
    return this.#blocks.find((block) => block.latest >= timeMs);
  }
}
