/** Something to be done once, a while after it was first asked for, however often that is. */
import { after, type Cancel } from "../kernel/timers.ts";

export class Later {
  readonly #ms: number;
  readonly #run: () => void;
  #cancel: Cancel | undefined;

  constructor(ms: number, run: () => void) {
    this.#ms = ms;
    this.#run = run;
  }

  ask(): void {
    this.#cancel ??= after(this.#ms, () => {
      this.#cancel = undefined;
      this.#run();
    });
  }

  cancel(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
