/**
 * Large state files follow the log at a short distance.
 *
 * A small file is replaced in the batch that changes it. To write ten megabytes before each answer
 * would make a board of ten thousand tasks ten times slower than one of a hundred, for nothing: the log
 * is durable, and what a file lacks is redone from it at open. So a file above the limit is replaced
 * beside the batches, a moment later, and what changed meanwhile goes with it.
 *
 *   1. A file is behind by at most a few moments; when it falls further behind, batches wait for it.
 *   2. A full disk is told to whoever wants to write next, until the file could be written (S4).
 *   3. A failed sync is fatal to the store as anywhere else (S3).
 */
import { KINDS, type Kind } from "#contracts/state";
import { after, type Cancel } from "../kernel/timers.ts";
import { FatalFault } from "./fatal-fault.ts";
import { toFault } from "./persist.ts";
import type { Snapshot } from "./snapshot.ts";
import type { StateFiles } from "./state-files.ts";

/** Up to here, writing the file costs about as much as syncing the log. */
const LARGE_BYTES = 1 << 20;

/** Long enough that the file costs little beside the commits; short enough for a person's eye. */
const DISTANCE_MS = 100;
const RETRY_MS = 500;

/** Far below what recovery allows for. */
const MOST_BEHIND_MS = 2_000;

/** Whether a file that is found this large may be behind the log. It may have grown since. */
export function mayLag(sizeBytes: number): boolean {
  return sizeBytes > LARGE_BYTES / 2;
}

export class Follower {
  readonly #files: StateFiles;
  readonly #present: () => Snapshot;
  readonly #nowMs: () => number;
  readonly #onFatal: (fault: FatalFault) => void;
  /** Since when a file is behind. */
  readonly #behind = new Map<Kind, number>();
  #timer: Cancel | undefined;
  #running: Promise<void> | undefined;
  #fault: Error | undefined;

  constructor(ports: {
    files: StateFiles;
    present: () => Snapshot;
    nowMs: () => number;
    onFatal: (fault: FatalFault) => void;
  }) {
    this.#files = ports.files;
    this.#present = ports.present;
    this.#nowMs = ports.nowMs;
    this.#onFatal = ports.onFatal;
  }

  /** Whether this kind's file is large enough to be written beside the batches. */
  follows(kind: Kind): boolean {
    return this.#files.sizeBytes(kind) > LARGE_BYTES;
  }

  isBehind(kind: Kind): boolean {
    return this.#behind.has(kind);
  }

  /** The file of this kind is to be brought up to the present. */
  want(kind: Kind): void {
    if (!this.#behind.has(kind)) this.#behind.set(kind, this.#nowMs());
    this.#schedule(DISTANCE_MS);
  }

  /** Before a batch: waits for a file that fell too far behind. @throws StoreFault */
  async keepUp(): Promise<void> {
    if (this.#fault !== undefined) throw this.#fault;
    const oldest = Math.min(...this.#behind.values());
    if (this.#nowMs() - oldest > MOST_BEHIND_MS) await this.catchUp();
  }

  /** Writes what is behind, now. */
  async catchUp(): Promise<void> {
    while (this.#behind.size > 0 && this.#fault === undefined) {
      this.#timer?.();
      this.#timer = undefined;
      await (this.#running ??= this.#run());
    }
  }

  stop(): void {
    this.#timer?.();
  }

  #schedule(ms: number): void {
    this.#timer ??= after(ms, () => {
      this.#timer = undefined;
      this.#running ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    try {
      for (const kind of KINDS) await this.#write(kind);
      this.#fault = undefined;
    } catch (error) {
      if (error instanceof FatalFault) this.#onFatal(error);
      else this.#fault = toFault(error);
    }
    this.#running = undefined;
    if (this.#behind.size > 0) this.#schedule(this.#fault === undefined ? DISTANCE_MS : RETRY_MS);
  }

  async #write(kind: Kind): Promise<void> {
    if (!this.#behind.has(kind)) return;
    // An unreadable file is left alone; it is written when it was mended and taken in.
    if (this.#files.invalid(kind) !== undefined) {
      this.#behind.delete(kind);
      return;
    }
    const since = this.#behind.get(kind);
    this.#behind.delete(kind);
    const collection = this.#present().collection(kind);
    try {
      const done = await this.#files.writeBeside(kind, collection, this.#nowMs());
      if (!done) this.#behind.set(kind, since ?? this.#nowMs());
    } catch (error) {
      this.#behind.set(kind, since ?? this.#nowMs());
      throw error;
    }
  }
}
