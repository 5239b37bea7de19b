/**
 * One process owns a folder at a time (S13).
 *
 * The lock is the operating system's own (a write lock that SQLite takes on `.kyros/instance.lock`):
 * it is atomic, survives suspend and clock jumps, and ends with the process, be it by `kill -9`. A
 * lock file that is judged by its age has none of that. Beside it stands `instance.json`, which says
 * who the holder is; it is information, never proof.
 *
 * The lock lives in the file's inode. Whoever deletes `.kyros/` takes the ground from under it, so
 * ownership is proved again before each batch by comparing the inode.
 */
import { join } from "node:path";
import { hostname } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { toTimestamp } from "../kernel/instant.ts";
import { monotonicMs } from "../kernel/stopwatch.ts";
import { sleep } from "../kernel/timers.ts";
import type { Disk } from "./disk.ts";
import { HOLDER, mayLive, readHolder, type Holder } from "./holder.ts";

export class FolderInUse extends Error {
  override readonly name = "FolderInUse";
  readonly holder: Holder | undefined;

  constructor(folder: string, holder: Holder | undefined) {
    const who =
      holder === undefined
        ? "another process"
        : `process ${holder.pid} on ${holder.host} (since ${holder.since}${holder.url === undefined ? "" : `, ${holder.url}`})`;
    super(`${folder} is in use by ${who}. Use that server, or stop it first.`);
    this.holder = holder;
  }
}

export interface InstanceLock {
  /** False once the lock file is no longer the one we hold: stop writing. */
  isHeld(): boolean;
  announce(url: string): void;
  release(): void;
}

const LOCK = "instance.lock";

const LOOK_EVERY_MS = 25;

/**
 * A command has the folder for a moment, a server for good: only the first is waited for.
 *
 * @throws FolderInUse
 */
export async function waitForInstanceLock(
  acquire: () => InstanceLock,
  patienceMs: number,
): Promise<InstanceLock> {
  const start = monotonicMs();
  for (;;) {
    try {
      return acquire();
    } catch (error) {
      const holder = error instanceof FolderInUse ? error.holder : undefined;
      const isServed = holder?.url !== undefined && mayLive(holder);
      const isOver = monotonicMs() - start >= patienceMs;
      if (!(error instanceof FolderInUse) || isServed || isOver) throw error;
    }
    await sleep(LOOK_EVERY_MS);
  }
}

/** @throws FolderInUse */
export function acquireInstanceLock(
  disk: Disk,
  privateFolder: string,
  folder: string,
  nowMs: number,
): InstanceLock {
  const path = join(privateFolder, LOCK);
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw error;
    throw new FolderInUse(folder, readHolder(disk, privateFolder));
  }
  const inode = inodeOf(disk, path);
  const holder: Holder = { pid: process.pid, host: hostname(), since: toTimestamp(nowMs) };
  const tell = (url?: string) => {
    const text = JSON.stringify({ ...holder, ...(url !== undefined && { url }) });
    quietly(() => disk.writeText(join(privateFolder, HOLDER), `${text}\n`));
  };
  tell();
  return {
    isHeld: () => inode !== undefined && inodeOf(disk, path) === inode,
    announce: tell,
    release() {
      if (readHolder(disk, privateFolder)?.pid === process.pid) {
        quietly(() => disk.unlink(join(privateFolder, HOLDER)));
      }
      database.close();
    },
  };
}

/** What is only information must not keep anyone from the folder: on a full disk there is none. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // The lock holds all the same.
  }
}

/** Undefined also where the folder cannot be looked into any more. */
function inodeOf(disk: Disk, path: string): bigint | undefined {
  try {
    return disk.stamp(path)?.inode;
  } catch {
    return undefined;
  }
}

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
}
