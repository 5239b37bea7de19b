/**
 * Names that were given to files in a folder, and last only when the folder is synced. The log tells
 * what stands in the files, so nobody waits for that but the next batch, which does it beside its own
 * syncs; when none follows, it is done a moment later (docs/decisions/0012).
 */
import type { Disk } from "./disk.ts";
import { unconfirmed, type FatalFault } from "./fatal-fault.ts";
import { Later } from "./later.ts";

const SOON_MS = 50;

export class NewNames {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #soon = new Later(SOON_MS, () => void this.settle());
  #synced: Promise<void> = Promise.resolve();
  /** Whether a name was given since the last sync began. */
  #isDue = false;
  /** Where the failure of a sync goes for which nobody waits. */
  onFatal: (fault: FatalFault) => void = () => {};

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  given(): void {
    this.#isDue = true;
    this.#soon.cancel();
    this.#soon.ask();
  }

  /** Resolves when every name that was given so far lasts. Once it failed, it always fails (S3). */
  sync(): Promise<void> {
    this.#soon.cancel();
    if (this.#isDue) {
      this.#isDue = false;
      const syncs = [this.#synced, this.#disk.syncFolder(this.#folder)];
      this.#synced = Promise.all(syncs).then(() => {});
    }
    return this.#synced;
  }

  /** The same; a failure is told to the store as a whole. */
  async settle(): Promise<void> {
    await this.sync().catch((error: unknown) => this.onFatal(unconfirmed(error)));
  }

  /** What is not synced by now is done again from the log. */
  stop(): void {
    this.#soon.cancel();
  }
}
