/**
 * A folder that no server owns, opened for the length of one command: the same store and the same app,
 * called without a socket.
 */
import { pino } from "pino";
import type { WireInit, WireResponse } from "#contracts/client";
import { createApp } from "./app.ts";
import { ConfigError, readConfig } from "./config.ts";
import { createClock } from "./kernel/clock.ts";
import { kinds } from "./kinds.ts";
import { readCheckpoint } from "./store/checkpoint.ts";
import { realDisk } from "./store/disk.ts";
import { FolderInUse } from "./store/instance-lock.ts";
import { BrokenLog } from "./store/journal.ts";
import type { FileStore } from "./store/file-store.ts";
import { foldersOf, openFileStore } from "./store/open-file-store.ts";
import { StoreFault } from "./store/port.ts";
import { scaffold } from "./store/scaffold.ts";
import { verifyFolder, type Verification } from "./store/verify.ts";

export interface LocalBoard {
  fetch(url: string, init: WireInit): Promise<WireResponse>;
  close(): Promise<void>;
}

/** The folder cannot be opened; the text says what to do. */
export class CannotOpen extends Error {
  override readonly name = "CannotOpen";
}

/** @throws CannotOpen */
export function openLocal(folder: string): Promise<LocalBoard> {
  return forPeople(async () => {
    const config = readConfig();
    const store = await open(folder);
    const log = pino({ level: "silent" });
    const app = createApp({ store, config, log, folder, built: { console: "", docs: "" } });
    return {
      fetch(url, { headers, ...init }) {
        // Whoever connects names the host; here nobody connects.
        const request = { ...init, headers: { ...headers, host: "localhost" } };
        return Promise.resolve(app.app.request(url, request));
      },
      async close() {
        await app.drain();
        await store.close();
      },
    };
  });
}

/** Makes a board of the folder where it is none, and completes one that lacks something. */
export async function initFolder(folder: string): Promise<string[]> {
  return forPeople(async () => {
    const written = scaffold(folder);
    await (await open(folder)).close();
    return written;
  });
}

export function verifyLocal(folder: string): Promise<Verification> {
  return verifyFolder({ folder, kinds, clock: createClock() });
}

/** What can be said about a folder without opening it. */
export async function examineFolder(folder: string): Promise<{
  verification: Verification;
  /** How many events the last checkpoint covers. */
  checkpoint: number | undefined;
  freeBytes: number;
}> {
  const checkpoint = readCheckpoint(realDisk, foldersOf(folder).private);
  return {
    verification: await verifyLocal(folder),
    checkpoint: checkpoint?.place.position,
    freeBytes: realDisk.freeBytes(folder),
  };
}

/** Commands wait for each other; with a server they talk. */
const PATIENCE_MS = 5_000;

function open(folder: string): Promise<FileStore> {
  const clock = createClock();
  return openFileStore({ folder, kinds, clock, patienceMs: PATIENCE_MS });
}

/** @throws CannotOpen where somebody can do something about it. */
async function forPeople<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isForPeople =
      error instanceof FolderInUse ||
      error instanceof BrokenLog ||
      error instanceof StoreFault ||
      error instanceof ConfigError;
    throw isForPeople ? new CannotOpen(error.message) : error;
  }
}
