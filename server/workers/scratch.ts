/**
 * The temporary folders of workers, and what becomes of those that a killed worker left.
 *
 *   1. Each has a note of the process that made it, from its beginning.
 *   2. A folder is cleared away only on the proof of its note: made on this system, by a process that is
 *      gone. No note, one that cannot be read, or one from elsewhere: it stays.
 */
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { isObject } from "../kernel/json.ts";
import { processLives } from "../kernel/process-lives.ts";
import { linkTarget, newFolder, ownFolders, readText, removeFolder, writeText } from "./files.ts";

const PREFIX = "kyros-worker-";
const NOTE = "made-by.json";

interface Maker {
  readonly pid: number;
  /** Tells it from a later process of the same id; null where the system does not say. */
  readonly started: string | null;
  /** Processes of another machine or container cannot be seen from here. */
  readonly system: string;
}

export async function newScratch(): Promise<string> {
  const folder = await newFolder(PREFIX);
  const { pid } = process;
  const maker: Maker = { pid, started: await startOf(pid), system: await thisSystem() };
  await writeText(join(folder, NOTE), JSON.stringify(maker));
  return folder;
}

/** Answers how many were cleared away. */
export async function clearLeftovers(): Promise<number> {
  let cleared = 0;
  for (const folder of await ownFolders(PREFIX)) {
    try {
      const maker = toMaker(await readText(join(folder, NOTE)));
      if (maker === undefined || !(await isGone(maker))) continue;
      await removeFolder(folder);
      cleared += 1;
    } catch {
      // Something in it cannot be read or removed: it stays for the system, as before.
    }
  }
  return cleared;
}

function toMaker(note: string | undefined): Maker | undefined {
  const maker: unknown = JSON.parse(note ?? "null");
  if (!isObject(maker)) return undefined;
  const { pid, started, system } = maker;
  // To ask after a number below one would mean a whole group of processes.
  if (!Number.isInteger(pid) || Number(pid) < 1 || typeof system !== "string") return undefined;
  if (started !== null && typeof started !== "string") return undefined;
  return { pid: Number(pid), started, system };
}

async function isGone({ pid, started, system }: Maker): Promise<boolean> {
  if (system !== (await thisSystem())) return false;
  if (!processLives(pid)) return true;
  const startedNow = await startOf(pid);
  return started !== null && startedNow !== null && started !== startedNow;
}

/** In ticks since the machine was started: the 22nd field, counted behind a name that may hold anything. */
async function startOf(pid: number): Promise<string | null> {
  const stat = await readText(`/proc/${pid}/stat`).catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}

/** Containers may share a temporary folder and a name, but not a world of processes. */
async function thisSystem(): Promise<string> {
  const processes = await linkTarget("/proc/self/ns/pid").catch(() => "");
  return [hostname(), basename(processes)].filter(Boolean).join(" ");
}
