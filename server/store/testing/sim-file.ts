/** A file of the simulated disk: its bytes, and what a power cut would leave of them. */
import { torn } from "./power-cut.ts";

const EMPTY: Buffer = Buffer.alloc(0);

export class SimFile {
  readonly number: bigint;
  mtimeNs = 0n;
  #bytes = EMPTY;
  #durable = EMPTY;
  /** Every content since the last sync: each may be what a power cut leaves. */
  #since: Buffer[] = [];
  #isLost = false;
  /** Where the bytes stand, with room behind them: a log that is appended to is not copied each time. */
  #room = EMPTY;
  #used = 0;

  constructor(number: bigint, bytes: Buffer = EMPTY) {
    this.number = number;
    this.#bytes = bytes;
    this.#durable = bytes;
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  set(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#since.push(bytes);
  }

  append(part: Buffer): void {
    const [start, end] = [this.#bytes.length, this.#bytes.length + part.length];
    // What was cut off since may still be what a power cut leaves: it is not written over.
    const isTip = this.#bytes.buffer === this.#room.buffer && this.#used === start;
    if (!isTip || end > this.#room.length) {
      this.#room = Buffer.allocUnsafeSlow(Math.max(1_024, 2 * end));
      this.#bytes.copy(this.#room);
    }
    part.copy(this.#room, start);
    this.#used = end;
    this.set(this.#room.subarray(0, end));
  }

  /** What stands there now lasts; unless a sync had failed before. */
  sync(): void {
    if (!this.#isLost) this.keep();
  }

  /** What stands there now lasts, by whatever it is that it does. */
  keep(): void {
    this.#durable = this.#bytes;
    this.#since = [];
  }

  /** The bytes are lost, however often it is tried again. */
  failToSync(): void {
    this.#isLost = true;
  }

  /** The file as a power cut leaves it. */
  afterPowerCut(random: () => number): SimFile {
    const left = { durable: this.#durable, since: this.#since };
    const after = new SimFile(this.number, torn(left, random));
    after.mtimeNs = this.mtimeNs;
    return after;
  }
}
