/** A store on a simulated disk, and what is wrong with what is left of it. */
import { KINDS, type Kind } from "#contracts/state";
import type { Clock } from "../../kernel/clock.ts";
import { kinds } from "../../kinds.ts";
import { openFileStore } from "../open-file-store.ts";
import { put, remove, type Store } from "../port.ts";
import { Replay } from "../replay.ts";
import { allEvents } from "./observe.ts";
import { aTask, change } from "./records.ts";
import type { SimDisk } from "./sim-disk.ts";

export interface Acknowledged {
  readonly eventIds: readonly string[];
}

export const FOLDER = "/collaboration";

export function openSimulated(disk: SimDisk, clock: Clock, segmentBytes?: number) {
  return openFileStore({
    folder: FOLDER,
    kinds,
    clock,
    disk,
    ...(segmentBytes !== undefined && { segmentBytes }),
    acquireLock: () => ({ isHeld: () => true, announce: () => {}, release: () => {} }),
  });
}

export async function problemsOf(
  store: Store,
  disk: SimDisk,
  acknowledged: readonly Acknowledged[],
): Promise<string[]> {
  const problems: string[] = [];
  const entries = await allEvents(store);
  const ids = entries.map(({ event }) => event.id);
  // S1, S5: each acknowledged event once, in the order of the acknowledgements.
  const places = acknowledged.flatMap(({ eventIds }) => eventIds.map((id) => ids.indexOf(id)));
  if (places.includes(-1)) problems.push("an acknowledged event is gone");
  if (places.some((place, index) => index > 0 && place <= (places[index - 1] ?? -1))) {
    problems.push("acknowledged events are out of order");
  }
  if (new Set(ids).size !== ids.length) problems.push("an event stands twice");
  if (ids.length > 0 && entries.at(-1)?.endsCommit !== true)
    problems.push("the log ends in a commit");
  // S7
  const view = store.read();
  const pair = ["L-1", "R-1"].map((id) => view.get("tasks", id)?.record.title);
  if (pair[0] !== pair[1]) problems.push("a commit came to be by half");
  // S5: the log replayed, the view and the files say the same.
  const replay = new Replay(kinds);
  for (const { event } of entries) replay.apply(event);
  for (const kind of KINDS) {
    const inView = [...view.collection(kind).entries()].map(({ id, record }) => [
      id,
      stable(kind, record),
    ]);
    const inLog = [...replay.records(kind)].map(([id, record]) => [id, stable(kind, record)]);
    const inFile = Object.entries(itemsIn(disk, kind)).map(([id, record]) => [
      id,
      stable(kind, record),
    ]);
    if (!same(inView, inLog)) problems.push(`${kind}: the log replayed is not the view`);
    if (!same(inView, inFile)) problems.push(`${kind}: the file is not the view`);
  }
  if (entries.some(({ event }) => event.event === "state_edited")) {
    problems.push("a crash was taken for an edit");
  }
  // S4: nothing of ours is left lying about.
  const strays = disk.paths().filter((path) => path.endsWith("tmp") || path.includes("set-aside"));
  if (strays.length > 0) problems.push(`left behind: ${strays.join(", ")}`);
  // And it goes on.
  const more = await change(store, [put("tasks", aTask("T-99"))]);
  if (!more.ok) problems.push("nothing can be written any more");
  await change(store, [remove("tasks", "T-99")]);
  return problems;
}

function itemsIn(disk: SimDisk, kind: Kind): Record<string, object> {
  const text = disk.text(`${FOLDER}/state/${kinds[kind].file}`);
  return (JSON.parse(text ?? '{"items":{}}') as { items: Record<string, object> }).items;
}

/** What of a record has to be the same in view, log and file. */
export function stable(kind: Kind, record: object): object {
  const fields = Object.entries(record).filter(([name]) => !kinds[kind].volatile.includes(name));
  return Object.fromEntries(fields);
}

function same(a: unknown[][], b: unknown[][]): boolean {
  const sorted = (rows: unknown[][]) => rows.map((row) => JSON.stringify(row)).toSorted();
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

/** Mulberry32: the same numbers for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
