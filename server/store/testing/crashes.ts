/** Plays commits against a simulated disk, cuts the power, and looks at what is left. */
import { KINDS, type Kind } from "#contracts/state";
import { createManualClock } from "../../kernel/clock.ts";
import { kinds } from "../../kinds.ts";
import { openFileStore } from "../open-file-store.ts";
import { accept, put, remove, type Committed, type NewEvent, type Store } from "../port.ts";
import { Replay } from "../replay.ts";
import { allEvents, changed } from "./observe.ts";
import { anAgent, aTask, change, PERSON } from "./records.ts";
import { SimDisk } from "./sim-disk.ts";

export interface Step {
  readonly does: "title" | "pair" | "delete" | "say" | "see";
  readonly task: number;
  readonly big?: boolean;
}

export interface Play {
  readonly seed: number;
  /** Counted in operations of the disk from when the store is open. */
  readonly cutAfter: number;
  /** Commits that arrive together, round by round. */
  readonly rounds: readonly (readonly Step[])[];
}

export interface Acknowledged {
  readonly eventIds: readonly string[];
}

export const FOLDER = "/collaboration";

export async function crashes(play: Play): Promise<{ problems: string[]; wasCut: boolean }> {
  const clock = createManualClock();
  const random = randomFrom(play.seed);
  let disk = new SimDisk({ random, nowMs: () => clock.now() });
  const open = () => openSimulated(disk, clock);
  const store = await open();
  const acknowledged: Acknowledged[] = [];

  const start = disk.operations;
  disk.judge = (_operation, _path, count) =>
    count > start + play.cutAfter ? "power cut" : "works";
  let wasCut = false;
  let stamp = 0;
  for (const round of play.rounds) {
    clock.advance(3);
    const outcomes = await Promise.allSettled(
      round.map((step) => {
        stamp += 1;
        return take(store, step, stamp);
      }),
    );
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") wasCut = true;
      else if (outcome.value.ok) acknowledged.push(outcome.value);
    }
    if (wasCut) break;
  }
  disk = disk.restart();
  const again = await open();
  const problems = await problemsOf(again, disk, acknowledged);
  if (play.seed % 4 === 0) {
    // And a second time, now from what recovery itself left behind.
    disk = disk.restart();
    problems.push(...(await problemsOf(await open(), disk, acknowledged)));
  }
  return { problems, wasCut };
}

export function openSimulated(
  disk: SimDisk,
  clock: ReturnType<typeof createManualClock>,
  segmentBytes?: number,
) {
  return openFileStore({
    folder: FOLDER,
    kinds,
    clock,
    disk,
    ...(segmentBytes !== undefined && { segmentBytes }),
    acquireLock: () => ({ isHeld: () => true, announce: () => {}, release: () => {} }),
  });
}

function take(store: Store, step: Step, stamp: number): Promise<Committed<unknown>> {
  const id = `T-${step.task}`;
  if (step.does === "see") {
    const last_seen = `2026-01-01T00:00:00.${String(stamp % 1_000).padStart(3, "0")}Z`;
    const touches = [{ kind: "agents", id: "agent-1", fields: { last_seen } }] as const;
    return store.commit(() => accept(() => null, [], touches), PERSON);
  }
  if (step.does === "say") {
    const events: NewEvent[] = [
      { event: "said", target: id },
      changed(put("agents", anAgent("agent-1"))),
    ];
    return store.commit(() => accept(() => null, events), PERSON);
  }
  const description = step.big === true ? "x".repeat(1_500) : "";
  return store.commit((view) => {
    if (step.does === "delete") {
      const isThere = view.get("tasks", id) !== undefined;
      return accept(() => null, isThere ? [changed(remove("tasks", id))] : []);
    }
    const title = `title ${stamp}`;
    const task = { ...(view.get("tasks", id)?.record ?? aTask(id)), title, description };
    if (step.does === "title") return accept(() => null, [changed(put("tasks", task))]);
    // Two records and two events that must stay together: both carry the same text.
    const left = { ...aTask("L-1"), title };
    const right = { ...aTask("R-1"), title };
    return accept(() => null, [changed(put("tasks", left)), changed(put("tasks", right))]);
  }, PERSON);
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

function stable(kind: Kind, record: object): object {
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
