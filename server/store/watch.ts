/**
 * Hints that somebody touched the folder. A hint is never the truth: it only makes the store look
 * (S9). Our own writes give hints as well, hundreds a second; so many hints make one look. A writer may
 * not be done when its hint comes, and some writes give none (through a memory map, over a network), so
 * there is a second look once things are quiet, and a slow timer looks without any hint.
 *
 * This is the operating system's own notification. A watcher that keeps a picture of the folder
 * (chokidar) looked at every file for each of our own writes, and cost more than the write.
 */
import { basename } from "node:path";
import { after, every, type Cancel } from "../kernel/timers.ts";
import { watchFolder } from "./disk.ts";
import { Later } from "./later.ts";
import { TEMPORARY } from "./replace-file.ts";

export interface Watcher {
  /** False while a folder cannot be watched; the timer still looks. */
  isAlive(): boolean;
  close(): void;
}

/** Time for a burst of hints to become one look, and far from what a person would notice. */
const SOON_MS = 15;
const QUIET_MS = 120;
const SLOW_MS = 1_000;

export function watchFolders(folders: readonly string[], look: () => void): Watcher {
  const soon = new Later(SOON_MS, look);
  let second: Cancel = () => {};
  const hint = () => {
    soon.ask();
    second();
    second = after(QUIET_MS, look);
  };
  const watched = folders.map((folder) => new WatchedFolder(folder, hint));
  const slow = every(SLOW_MS, () => {
    for (const folder of watched) folder.renew();
    look();
  });
  return {
    isAlive: () => watched.every(({ isAlive }) => isAlive),
    close() {
      soon.cancel();
      second();
      slow();
      for (const folder of watched) folder.close();
    },
  };
}

class WatchedFolder {
  readonly #path: string;
  readonly #hint: () => void;
  #watcher: { close(): void } | undefined;

  constructor(path: string, hint: () => void) {
    this.#path = path;
    this.#hint = hint;
    this.renew();
  }

  get isAlive(): boolean {
    return this.#watcher !== undefined;
  }

  /** Watches again where that had ended. */
  renew(): void {
    if (this.#watcher !== undefined) return;
    try {
      const told = {
        touched: (name: string | null) => this.#take(name),
        ended: () => this.close(),
      };
      this.#watcher = watchFolder(this.#path, told);
    } catch {
      // Gone, or the system watches no more folders: the timer tries again.
    }
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #take(name: string | null): void {
    if (name !== null && TEMPORARY.test(name)) return;
    // Its own name: the folder itself was moved or removed, and another may stand in its place.
    if (name === basename(this.#path)) {
      this.close();
      this.renew();
    }
    this.#hint();
  }
}
