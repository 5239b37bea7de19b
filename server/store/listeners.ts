/**
 * Those who want to hear of what became visible. One that throws has a bug; it changes neither what the
 * others hear nor the answer of the commit that is told of, which is durable by then.
 */
import type { EventLog } from "./port.ts";

type Listener = Parameters<EventLog["subscribe"]>[0];

export class Listeners {
  readonly #all = new Set<Listener>();
  /** Nobody's exception, as one in a timer, until somebody asks for it. */
  #report: (bug: unknown) => void = (bug) => {
    queueMicrotask(() => {
      throw bug;
    });
  };

  add(listener: Listener): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  reportTo(report: (bug: unknown) => void): void {
    this.#report = report;
  }

  tell(reset: string | undefined): void {
    for (const listener of this.#all) {
      try {
        listener(reset);
      } catch (bug) {
        this.#report(bug);
      }
    }
  }
}
