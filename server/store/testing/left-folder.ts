/** Folders that are closed or left by a kill, edited, and opened again. On a simulated disk. */
import { dirname } from "node:path";
import { createManualClock } from "../../kernel/clock.ts";
import type { Store } from "../port.ts";
import { FOLDER, openSimulated, randomFrom } from "./crashes.ts";
import { allEvents } from "./observe.ts";
import { setTitle } from "./records.ts";
import { SimDisk } from "./sim-disk.ts";

export const TASKS = `${FOLDER}/state/tasks.json`;
export const LOCKS = `${FOLDER}/state/locks.json`;
export const LOG = `${FOLDER}/events/events.jsonl`;
export const CHECKPOINT = `${FOLDER}/.kyros/checkpoint.json`;

export interface Folder {
  readonly disk: SimDisk;
  readonly clock: ReturnType<typeof createManualClock>;
  open(): ReturnType<typeof openSimulated>;
  readonly text: (path: string) => string;
  /** Changes a file as a person would while no server runs. */
  edit(path: string, change: (text: string) => string): void;
  copy(): Folder;
}

/** A folder with T-1 at its third title, in as many batches; closed, or as a kill leaves it. */
export async function setUp(end: "closed" | "killed", apartMs = 11_000): Promise<Folder> {
  const clock = createManualClock();
  const disk = new SimDisk({ random: randomFrom(1), nowMs: () => clock.now() });
  const store = await openSimulated(disk, clock);
  for (const title of ["one", "two", "three"]) {
    clock.advance(apartMs);
    await setTitle(store, "T-1", title);
  }
  if (end === "closed") await store.close();
  return folderOn(disk.restartGently(), clock);
}

export function folderOn(disk: SimDisk, clock: Folder["clock"]): Folder {
  return {
    disk,
    clock,
    open: () => openSimulated(disk, clock),
    text: (path) => disk.text(path) ?? "",
    edit: (path, how) => disk.editInPlace(path, how(disk.text(path) ?? "")),
    copy() {
      const other = new SimDisk({ random: randomFrom(1), nowMs: () => clock.now() });
      for (const path of disk.paths()) {
        other.makeFolder(dirname(path));
        other.create(path, disk.text(path) ?? "");
      }
      return folderOn(other, clock);
    },
  };
}

export function task(store: Store, id = "T-1") {
  return store.read().get("tasks", id)?.record;
}

export async function eventsFrom(store: Store, place: number): Promise<string[]> {
  const entries = await allEvents(store);
  return entries.slice(place).map(({ event }) => `${event.actor} ${event.event} ${event.target}`);
}

export function withTitle(title: string, version: number): (text: string) => string {
  return (text) =>
    text
      .replace(/"title": "[^"]*"/, `"title": "${title}"`)
      .replace(/"version": \d+/, `"version": ${version}`);
}
