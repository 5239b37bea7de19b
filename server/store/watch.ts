/**
 * Hints that somebody touched the folder. A hint is never the truth: it only makes the store look
 * (S9). The last of two changes close together may go unnoticed by the watcher, so each hint is
 * followed by a second look once things are quiet, and a slow timer looks without any hint.
 */
import { watch } from "chokidar";
import { basename } from "node:path";
import { after, every, type Cancel } from "../kernel/timers.ts";
import { TEMPORARY } from "./replace-file.ts";

export interface Watcher {
  /** False once the watcher failed; the timer still looks. */
  isAlive(): boolean;
  close(): Promise<void>;
}

const QUIET_MS = 120;
const SLOW_MS = 1_000;

export function watchFolders(folders: readonly string[], look: () => void): Watcher {
  let alive = true;
  let second: Cancel = () => {};
  const watcher = watch([...folders], {
    depth: 0,
    ignoreInitial: true,
    ignorePermissionErrors: true,
    ignored: (path) => TEMPORARY.test(basename(path)),
  });
  watcher.on("all", () => {
    look();
    second();
    second = after(QUIET_MS, look);
  });
  watcher.on("error", () => {
    alive = false;
  });
  const slow = every(SLOW_MS, look);
  return {
    isAlive: () => alive,
    close() {
      second();
      slow();
      return watcher.close();
    },
  };
}
