/** Output of which the beginning and the end are kept, however much there is. */
import { stripVTControlCharacters } from "node:util";

export class Bounded {
  readonly #headBytes: number;
  readonly #tailBytes: number;
  #head: Buffer[] = [];
  #tail: Buffer[] = [];
  #kept = { head: 0, tail: 0 };
  #total = 0;

  constructor(headBytes: number, tailBytes: number) {
    this.#headBytes = headBytes;
    this.#tailBytes = tailBytes;
  }

  get isCut(): boolean {
    return this.#total > this.#kept.head + this.#kept.tail;
  }

  push(chunk: Buffer): void {
    this.#total += chunk.length;
    const room = this.#headBytes - this.#kept.head;
    const [first, rest] = [chunk.subarray(0, room), chunk.subarray(room)];
    if (first.length > 0) {
      this.#head.push(first);
      this.#kept.head += first.length;
    }
    if (rest.length === 0) return;
    this.#tail.push(rest);
    this.#kept.tail += rest.length;
    if (this.#kept.tail > 2 * this.#tailBytes) this.#trim();
  }

  bytes(): Buffer {
    this.#trim();
    return Buffer.concat([...this.#head, ...this.#tail]);
  }

  /** For people: without colours, and with a word about what is missing. */
  text(): string {
    this.#trim();
    const missing = this.#total - this.#kept.head - this.#kept.tail;
    const [head, tail] = [Buffer.concat(this.#head), Buffer.concat(this.#tail)].map((bytes) =>
      stripVTControlCharacters(bytes.toString("utf8")),
    );
    const gap = missing > 0 ? `\n… ${missing} bytes left out …\n` : "";
    return `${head}${gap}${tail}`;
  }

  #trim(): void {
    if (this.#kept.tail <= this.#tailBytes) return;
    const all = Buffer.concat(this.#tail);
    const kept = Buffer.from(all.subarray(all.length - this.#tailBytes));
    this.#tail = [kept];
    this.#kept.tail = kept.length;
  }
}
