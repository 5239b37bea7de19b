/**
 * Large state files follow the log at a short distance.
 *
 * A small file is replaced in the batch that changes it. To write ten megabytes before each answer
 * would make a board of ten thousand tasks ten times slower than one of a hundred, for nothing: the log
 * is durable, and what a file lacks is redone from it at open. So a file above the limit is replaced
 * beside the batches, a moment later, and what changed meanwhile goes with it.
 *
 *   1. A file is behind by at most a few moments; one that falls further behind goes with the next
 *      batch. So recovery knows how far back it has to look.
 *   2. A full disk is told to whoever wants to write next, until the file could be written (S4).
 *   3. A failed sync is fatal to the store as anywhere else (S3), and without the lock nothing is
 *      written (S13).
 */
import { KINDS, type Kind } from "#contracts/state";
import type { Instant } from "../kernel/instant.ts";
import { monotonicMs } from "../kernel/stopwatch.ts";
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

/** Far below what recovery looks back. */
const MOST_BEHIND_MS = 2_000;

/** Whether a file that is found this large may be behind the log. It may have grown since. */
export function mayLag(sizeBytes: number): boolean {
  return sizeBytes > LARGE_BYTES / 2;
}

export interface FollowerPorts {
  readonly files: StateFiles;
  readonly present: () => Snapshot;
  readonly now: () => Instant;
  readonly mayWrite: () => boolean;
  readonly onFatal: (fault: FatalFault) => void;
}

export class Follower {
  readonly #ports: FollowerPorts;
  /** Since when a file is behind. */
  readonly #behind = new Map<Kind, number>();
  #timer: Cancel | undefined;
  #running: Promise<void> | undefined;
  #fault: Error | undefined;
  #isStopped = false;

  constructor(ports: FollowerPorts) {
    this.#ports = ports;
  }

  /** Whether this kind's file is to be written beside the batches: it is large, and not overdue. */
  follows(kind: Kind): boolean {
    return this.#ports.files.sizeBytes(kind) > LARGE_BYTES && !this.overdue().includes(kind);
  }

  isBehind(kind: Kind): boolean {
    return this.#behind.has(kind);
  }

  /** Kinds whose files are too far behind to wait any longer. */
  overdue(): Kind[] {
    const latest = monotonicMs() - MOST_BEHIND_MS;
    return [...this.#behind]
      .filter(([kind, since]) => since < latest && this.#ports.files.invalid(kind) === undefined)
      .map(([kind]) => kind);
  }

  /** The file of this kind is to be brought up to the present. */
  want(kind: Kind): void {
    if (!this.#behind.has(kind)) this.#behind.set(kind, monotonicMs());
    this.#schedule(DISTANCE_MS);
  }

  /** The file of this kind went with a batch. */
  isUpToDate(kind: Kind): void {
    this.#behind.delete(kind);
  }

  /** @throws StoreFault when files could not be written since the last batch. */
  assertWorks(): void {
    if (this.#fault !== undefined) throw this.#fault;
  }

  /** Writes what is behind, now; a file that somebody edited meanwhile stays behind. */
  async catchUp(): Promise<void> {
    // What runs already may have begun before the last change.
    await this.#running;
    if (this.#behind.size === 0 || this.#fault !== undefined) return;
    this.#timer?.();
    this.#timer = undefined;
    await (this.#running ??= this.#run());
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.();
    await this.#running;
  }

  #schedule(ms: number): void {
    if (this.#isStopped) return;
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
      if (error instanceof FatalFault) this.#ports.onFatal(error);
      else this.#fault = toFault(error);
    }
    this.#running = undefined;
    if (this.#behind.size > 0) this.#schedule(this.#fault === undefined ? DISTANCE_MS : RETRY_MS);
  }

  async #write(kind: Kind): Promise<void> {
    const { files, present, now, mayWrite } = this.#ports;
    const since = this.#behind.get(kind);
    // An unreadable file is left alone until it was mended and taken in.
    if (since === undefined || files.invalid(kind) !== undefined) return;
    this.#behind.delete(kind);
    let isDone = !mayWrite();
    try {
      isDone ||= await files.writeBeside(kind, present().collection(kind), now());
    } finally {
      if (!isDone && mayWrite()) this.#behind.set(kind, since);
    }
  }
}
