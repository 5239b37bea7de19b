/** The log under other hands: appended to, rewritten, taken away, spoiled. On a simulated disk. */
import { describe, expect, test } from "vitest";
import { createManualClock } from "../kernel/clock.ts";
import { toInstant } from "../kernel/instant.ts";
import { kinds } from "../kinds.ts";
import { sameJson } from "./canonical.ts";
import { accept, put, remove, StoreFault, type Store } from "./port.ts";
import { Replay } from "./replay.ts";
import { FOLDER, openSimulated, randomFrom } from "./testing/crashes.ts";
import { allEvents, scanned } from "./testing/observe.ts";
import { anAgent, aTask, change, PERSON, setTitle } from "./testing/records.ts";
import { SimDisk } from "./testing/sim-disk.ts";

const TASKS = `${FOLDER}/state/tasks.json`;
const LOG = `${FOLDER}/events/events.jsonl`;

async function setUp() {
  const clock = createManualClock();
  const disk = new SimDisk({ random: randomFrom(1), nowMs: () => clock.now() });
  const store = await openSimulated(disk, clock);
  for (const title of ["one", "two", "three"]) {
    clock.advance(5_000);
    await setTitle(store, "T-1", title);
  }
  clock.advance(5_000);
  const text = (path: string) => disk.text(path) ?? "";
  return { clock, disk, store, text };
}

let made = 0;
function foreign(details: object = {}, event = "deployed"): string {
  made += 1;
  const ts = new Date(Date.UTC(2026, 0, 1, 1) + made).toISOString();
  return `${JSON.stringify({ id: `foreign-${made}`, ts, event, actor: "ci", target: "name:x", details })}\n`;
}

/** Nothing, or how the log replayed differs from what is served. */
async function difference(store: Store): Promise<string[]> {
  const replay = new Replay(kinds);
  for (const { event } of await allEvents(store)) replay.apply(event);
  const inLog = Object.fromEntries(replay.records("tasks"));
  const served = [...store.read().collection("tasks").entries()].map(
    ({ id, record }) => [id, record] as const,
  );
  return sameJson(inLog, Object.fromEntries(served)) ? [] : [JSON.stringify({ inLog, served })];
}

describe("reading a long log", () => {
  async function long() {
    const { clock, disk, store } = await setUp();
    for (let round = 0; round < 4; round += 1) {
      clock.advance(60_000);
      await store.commit(
        () =>
          accept(
            () => null,
            Array.from({ length: 700 }, (_, index) => ({
              event: "said",
              target: `name:${round}-${index}`,
            })),
          ),
        PERSON,
      );
    }
    await store.close();
    return { clock, disk, store: await openSimulated(disk, clock) };
  }

  test("[S16] from the file: in order, without gaps, none twice, in both directions and any part of it", async () => {
    const { store } = await long();
    expect(store.events.head).toBe(2_803);
    expect(store.events.recent(0)).toBeUndefined();
    for (const [after, upTo] of [
      [0, 2_803],
      [511, 513],
      [512, 1_024],
      [1_000, 1_001],
      [2_802, 2_803],
    ] as const) {
      const forwards = (await scanned(store, { after, upTo })).map(({ sequence }) => sequence);
      const wanted = Array.from({ length: upTo - after }, (_, index) => after + 1 + index);
      expect(forwards).toEqual(wanted);
      const backwards = await scanned(store, { after, upTo, backwards: true });
      expect(backwards.map(({ sequence }) => sequence)).toEqual(wanted.toReversed());
    }
    await store.close();
  });

  test("[S16] any place of it is found again by its cursor, and no other cursor is", async () => {
    const { store } = await long();
    const entries = await allEvents(store);
    for (const at of [0, 2, 510, 511, 512, 1_500, 2_802]) {
      const { cursor, sequence } = entries[at]!;
      expect(await store.events.resolve(cursor)).toEqual({ sequence });
      const other = cursor.replace(/^\d+/, String(sequence + 1));
      expect(Object.keys(await store.events.resolve(other))).toEqual(["reset"]);
    }
    await store.close();
  });

  test("a moment is found across blocks", async () => {
    const { store } = await long();
    const entries = await allEvents(store);
    for (const at of [3, 703, 1_403, 2_103]) {
      const moment = toInstant(Date.parse(entries[at]!.event.ts));
      expect(await store.events.before(moment)).toBe(at);
      expect(await store.events.before(toInstant(moment + 1))).toBe(
        at === 2_103 ? 2_803 : at + 700,
      );
    }
    await store.close();
  });

  test("a text is found wherever it stands", async () => {
    const { store } = await long();
    const found = await scanned(store, { after: 0, containing: ['"name:3-699"', '"name:0-0"'] });
    expect(found.map(({ sequence }) => sequence)).toEqual([4, 2_803]);
    await store.close();
  });

  test("[S16] a line that was spoiled since is not passed over in silence", async () => {
    const { disk, store } = await long();
    disk.handleOf(LOG).overwrite((disk.text(LOG) ?? "").replace('"name:1-7"', '"name:1-7 '));
    await expect(scanned(store, { after: 0 })).rejects.toMatchObject({
      code: "store-unavailable",
      message: expect.stringContaining("line 711") as string,
    });
    await store.close();
  });
});

describe("lines that others append while a server runs", () => {
  test("are read, numbered and told to the tails before the next commit", async () => {
    const { disk, store, text } = await setUp();
    let calls = 0;
    store.events.subscribe(() => (calls += 1));
    disk.editInPlace(LOG, text(LOG) + foreign() + foreign());
    await store.look();
    expect(store.events.head).toBe(5);
    expect(calls).toBe(1);
    await setTitle(store, "T-1", "four");
    const entries = await allEvents(store);
    expect(entries.map(({ event }) => event.event)).toEqual([
      "titled",
      "titled",
      "titled",
      "deployed",
      "deployed",
      "titled",
    ]);
    expect(store.events.recent(3)?.map(({ sequence }) => sequence)).toEqual([4, 5, 6]);
    await store.close();
  });

  test("[S5] do not change records: what they say about them is put right", async () => {
    const { disk, store, text } = await setUp();
    const lines = [
      foreign({ changes: [{ kind: "tasks", id: "T-1", version: 9, value: null }] }),
      foreign({ changes: [{ kind: "tasks", id: "T-9", version: 4, value: { title: "forged" } }] }),
    ];
    disk.editInPlace(LOG, text(LOG) + lines.join(""));
    await store.look();
    expect(store.read().get("tasks", "T-1")?.record).toMatchObject({ title: "three", version: 10 });
    expect(store.read().get("tasks", "T-9")).toBeUndefined();
    expect(await difference(store)).toEqual([]);
    await store.close();
  });

  test("half a line is waited for; meanwhile nothing is written, and reading goes on", async () => {
    const { disk, store, text } = await setUp();
    const line = foreign();
    const before = text(LOG);
    disk.editInPlace(LOG, before + line.slice(0, 20));
    await expect(setTitle(store, "T-1", "four")).rejects.toMatchObject({
      code: "store-unavailable",
      more: { line: 4 },
    });
    expect((await store.health())["log"]).toMatchObject({ ok: false });
    expect(store.read().get("tasks", "T-1")?.record.title).toBe("three");
    expect(await allEvents(store)).toHaveLength(3);
    expect(text(LOG)).toBe(before + line.slice(0, 20));
    disk.editInPlace(LOG, before + line);
    expect(await setTitle(store, "T-1", "four")).toMatchObject({ ok: true });
    expect((await store.health())["log"]).toMatchObject({ ok: true });
    await store.close();
  });

  test("a whole line in front of half a one is not lost for the tails", async () => {
    const { disk, store, text } = await setUp();
    const [first, second] = [foreign(), foreign()];
    const before = text(LOG);
    disk.editInPlace(LOG, before + first + second.slice(0, 9));
    await store.look();
    disk.editInPlace(LOG, before + first + second);
    await store.look();
    expect(store.events.recent(3)?.map(({ sequence }) => sequence)).toEqual([4, 5]);
    await store.close();
  });

  test("in the very moment in which we append as well: both are there, each once", async () => {
    for (const operation of ["write", "sync"] as const) {
      const { disk, store, text } = await setUp();
      const line = foreign();
      disk.judge = (asked, path) => {
        if (asked === operation && path === LOG) {
          disk.judge = () => "works";
          disk.editInPlace(LOG, text(LOG) + line);
        }
        return "works";
      };
      const done = await setTitle(store, "T-1", "four");
      expect(done).toMatchObject({ ok: true });
      const names = (await allEvents(store)).slice(3).map(({ event }) => event.event);
      expect(new Set(names)).toEqual(new Set(["titled", "deployed"]));
      expect(names).toHaveLength(2);
      expect(await difference(store)).toEqual([]);
      await setTitle(store, "T-1", "five");
      expect(store.events.recent(5)?.map(({ sequence }) => sequence)).toEqual([6]);
      await store.close();
    }
  });

  test("[S1] are durable before anyone is told of them", async () => {
    const { disk, clock, store, text } = await setUp();
    disk.handleOf(LOG).append(foreign());
    let synced = 0;
    disk.judge = (operation, path) => {
      if (operation === "sync" && path === LOG) synced = store.events.head;
      return "works";
    };
    await store.look();
    expect([synced, store.events.head]).toEqual([3, 4]);
    const again = await openSimulated(disk.restart(), clock);
    expect(again.events.head).toBe(4);
    expect(text(LOG)).toContain("deployed");
    await again.close();
  });
});

describe("a log that is rewritten while a server runs", () => {
  test("[S16] every reader is told to start over, and old cursors name no wrong place", async () => {
    const { disk, store, text } = await setUp();
    const old = (await allEvents(store)).map(({ cursor }) => cursor);
    const reasons: (string | undefined)[] = [];
    store.events.subscribe((reason) => reasons.push(reason));
    disk.editByRename(LOG, text(LOG).replace("titled", "renamed"));
    await store.look();
    expect(reasons[0]).toBe("the log was rewritten");
    for (const cursor of old) {
      expect(Object.keys(await store.events.resolve(cursor))).toEqual(["reset"]);
    }
    expect((await allEvents(store))[0]?.event.event).toBe("renamed");
    expect(store.read().cursor).toBe(store.events.headCursor);
    await store.close();
  });

  test("[S14] the sequence never falls, even if the log is emptied and the server killed right after", async () => {
    const { disk, clock, store } = await setUp();
    const before = store.read().sequence;
    disk.editByRename(LOG, "");
    await store.look();
    expect(store.read().sequence).toBeGreaterThanOrEqual(before);
    const again = await openSimulated(disk.restartGently(), clock);
    expect(again.read().sequence).toBeGreaterThanOrEqual(before);
    await again.close();
  });

  test("[S5] [S12] what it tells of the records is put right, and versions go on upwards", async () => {
    const { disk, store, text } = await setUp();
    await change(store, [put("tasks", aTask("T-2")), remove("tasks", "T-1")]);
    const lines = text(LOG).split("\n");
    disk.editByRename(LOG, `${lines.slice(0, 2).join("\n")}\n`);
    await store.look();
    expect(store.read().get("tasks", "T-1")).toBeUndefined();
    expect(store.read().get("tasks", "T-2")?.record.version).toBeGreaterThanOrEqual(2);
    expect(await difference(store)).toEqual([]);
    await change(store, [put("tasks", aTask("T-1"))]);
    expect(store.read().get("tasks", "T-1")?.record.version).toBeGreaterThan(4);
    await store.close();
  });

  test("[S12] together with the state files, as by git checkout: the files are taken in", async () => {
    const { disk, store, text } = await setUp();
    const [oldLog, oldTasks] = [text(LOG), text(TASKS)];
    const stale = store.read().get("tasks", "T-1")?.etag;
    await setTitle(store, "T-1", "four");
    await change(store, [put("tasks", aTask("T-2"))]);
    disk.editByRename(LOG, oldLog);
    disk.editByRename(TASKS, oldTasks);
    await store.look();
    const entry = store.read().get("tasks", "T-1");
    expect(entry?.record).toMatchObject({ title: "three", version: 5 });
    expect(entry?.etag).not.toBe(stale);
    expect(store.read().get("tasks", "T-2")).toBeUndefined();
    expect(disk.paths().filter((path) => path.includes("set-aside"))).toEqual([]);
    expect(await difference(store)).toEqual([]);
    await store.close();
  });

  test("[S11] with a conflict in a state file: the file is left alone, and all is put right when it is mended", async () => {
    const { disk, store, text } = await setUp();
    const lines = text(LOG).split("\n");
    const good = text(TASKS);
    const conflict = good.replace('      "title"', '<<<<<<< HEAD\n      "title"');
    disk.editByRename(LOG, `${lines[0]}\n`);
    disk.editByRename(TASKS, conflict);
    await store.look();
    expect(text(TASKS)).toBe(conflict);
    expect(store.read().get("tasks", "T-1")?.record.title).toBe("three");
    await expect(setTitle(store, "T-1", "four")).rejects.toMatchObject({ code: "state-invalid" });
    expect(await change(store, [put("agents", anAgent("agent-1"))])).toMatchObject({ ok: true });
    disk.editByRename(TASKS, good);
    await store.look();
    expect(await difference(store)).toEqual([]);
    expect(await setTitle(store, "T-1", "four")).toMatchObject({ ok: true });
    await store.close();
  });

  test("merge markers stop all writing, with the line, until they are gone; reading goes on", async () => {
    const { disk, store, text } = await setUp();
    const good = text(LOG);
    disk.editInPlace(LOG, good.replace("\n", "\n<<<<<<< HEAD\n"));
    await expect(setTitle(store, "T-1", "four")).rejects.toBeInstanceOf(StoreFault);
    await expect(setTitle(store, "T-1", "four")).rejects.toMatchObject({
      code: "store-unavailable",
      more: { line: 2 },
    });
    expect(store.read().get("tasks", "T-1")?.record.title).toBe("three");
    disk.editInPlace(LOG, good);
    expect(await setTitle(store, "T-1", "four")).toMatchObject({ ok: true });
    expect(await difference(store)).toEqual([]);
    await store.close();
  });

  test("taken away, it is given back, whole", async () => {
    const { disk, store, text } = await setUp();
    const before = text(LOG);
    disk.deleteForGood(LOG);
    expect(await setTitle(store, "T-1", "four")).toMatchObject({ ok: true });
    expect(text(LOG).startsWith(before)).toBe(true);
    expect(text(LOG).split("\n")).toHaveLength(5);
    expect(disk.paths().filter((path) => path.includes("tmp"))).toEqual([]);
    await store.close();
  });

  test("[S4] taken away on a full disk, it comes back when there is room", async () => {
    const { disk, clock, store, text } = await setUp();
    const before = text(LOG);
    disk.deleteForGood(LOG);
    disk.capacity = 100;
    await expect(setTitle(store, "T-1", "four")).rejects.toMatchObject({ code: "storage-full" });
    disk.capacity = Infinity;
    clock.advance(1_000);
    expect(await setTitle(store, "T-1", "four")).toMatchObject({ ok: true });
    expect(text(LOG).startsWith(before)).toBe(true);
    await store.close();
  });

  test("a history that two branches wrote on top of each other is put right at the next start", async () => {
    const { disk, clock, store, text } = await setUp();
    await store.close();
    // Both counted on from version 3: ours changed the title, theirs the description.
    const ours = foreign({
      changes: [{ kind: "tasks", id: "T-1", version: 4, hash: "ours", patch: { title: "ours" } }],
    });
    const mine = await openSimulated(disk, clock);
    await change(mine, [
      put("tasks", { ...mine.read().get("tasks", "T-1")!.record, description: "theirs" }),
    ]);
    await mine.close();
    const lines = text(LOG).trimEnd().split("\n");
    const theirs = lines.pop();
    disk.editInPlace(LOG, `${lines.join("\n")}\n${ours}${theirs}\n`);
    const again = await openSimulated(disk, clock);
    expect(again.read().get("tasks", "T-1")?.record).toMatchObject({
      title: "three",
      description: "theirs",
    });
    expect(await difference(again)).toEqual([]);
    await again.close();
  });
});
