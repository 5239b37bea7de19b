/**
 * The one queue that all commits pass. Whatever arrives while a batch is on its way to disk goes
 * together in the next one (group commit).
 *
 * A refusal that rests on a change of its own batch says something that is not durable yet. It is
 * therefore answered with the batch; and when the batch fails, it is decided again.
 */
import type { Instant } from "../kernel/instant.ts";
import type { Draft, Outcome } from "./draft.ts";
import { StoreFault, type Author, type Committed, type Decision, type View } from "./port.ts";

interface Waiting {
  /** Decides in the draft; answers how to tell the caller once the batch is durable. */
  run(draft: Draft): Settle;
  fail(fault: unknown): void;
}

interface Settle {
  readonly accepted: boolean;
  deliver(): void;
}

export interface BatchWriter {
  /** Takes in what others changed, and lays the ground for a batch. */
  begin(): Promise<Draft>;
  /** Makes the draft durable, then visible. Throws a fault when it is neither. */
  write(draft: Draft): Promise<void>;
}

/** Bounds the memory and the time of one batch; the rest waits for the next. */
const LARGEST_BATCH = 512;

export class CommitQueue {
  readonly #writer: BatchWriter;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #closed = false;
  onBatch: (size: number) => void = () => {};

  constructor(writer: BatchWriter) {
    this.#writer = writer;
  }

  commit<T>(decide: (view: View, now: Instant) => Decision<T>, by: Author): Promise<Committed<T>> {
    if (this.#closed) return Promise.reject(drainingFault());
    return new Promise<Outcome<T>>((resolve, reject) => {
      this.#push({
        run(draft) {
          let outcome: Outcome<T>;
          try {
            outcome = draft.decide(decide, by);
          } catch (error) {
            return { accepted: false, deliver: () => reject(toError(error)) };
          }
          return { accepted: outcome.ok, deliver: () => resolve(outcome) };
        },
        fail: reject,
      });
    });
  }

  /** Runs between batches, alone: for what must not race with a commit. */
  exclusively(work: (draft: Draft) => void): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#push({
        run(draft) {
          try {
            work(draft);
          } catch (error) {
            return { accepted: false, deliver: () => reject(toError(error)) };
          }
          return { accepted: true, deliver: resolve };
        },
        fail: reject,
      });
    });
  }

  /** Takes nothing more, and resolves when what was taken is answered. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#running !== undefined) await this.#running;
  }

  #push(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#running ??= this.#drain();
  }

  async #drain(): Promise<void> {
    // Everything that arrives in this turn of the event loop shares the first batch.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, LARGEST_BATCH);
      try {
        await this.#runBatch(batch);
      } catch (fault) {
        for (const waiting of batch) waiting.fail(fault);
      }
    }
    // In the same turn as the last look at the queue: a commit that comes now starts a new run.
    this.#running = undefined;
  }

  async #runBatch(batch: readonly Waiting[]): Promise<void> {
    const draft = await this.#writer.begin();
    const resting: { waiting: Waiting; settle: Settle }[] = [];
    for (const waiting of batch) {
      const onDurableGround = draft.isEmpty;
      const settle = waiting.run(draft);
      if (settle.accepted || !onDurableGround) resting.push({ waiting, settle });
      else settle.deliver();
    }
    this.onBatch(resting.length);
    try {
      if (!draft.isEmpty) await this.#writer.write(draft);
    } catch (fault) {
      for (const { waiting, settle } of resting) {
        if (settle.accepted) waiting.fail(fault);
        else this.#waiting.push(waiting);
      }
      return;
    }
    for (const { settle } of resting) settle.deliver();
  }
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function drainingFault(): StoreFault {
  return new StoreFault("draining", "The server is shutting down. Try again once it is back.");
}
