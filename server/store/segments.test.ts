/** The log in several files: nobody who reads, writes or recovers may notice. On a simulated disk. */
import { beforeEach, describe, expect, test } from "vitest";
import { createManualClock } from "../kernel/clock.ts";
import { toInstant } from "../kernel/instant.ts";
import { kinds } from "../kinds.ts";
import type { FileStore } from "./file-store.ts";
import { put } from "./port.ts";
import { FOLDER, openSimulated, problemsOf, randomFrom } from "./testing/crashes.ts";
import { allEvents, scanned } from "./testing/observe.ts";
import { aTask, change, setTitle } from "./testing/records.ts";
import { SimDisk, type Verdict } from "./testing/sim-disk.ts";
import { verifyFolder } from "./verify.ts";

/** Three or four lines. */
const SMALL = 1_000;
const COMMITS = 30;

const fileOf = (number: number) =>
  `${FOLDER}/events/events${number === 1 ? "" : `-${String(number).padStart(6, "0")}`}.jsonl`;

let clock: ReturnType<typeof createManualClock>;
let disk: SimDisk;
let store: FileStore;

beforeEach(async () => {
  clock = createManualClock();
  disk = new SimDisk({ random: randomFrom(1), nowMs: () => clock.now() });
  store = await openSimulated(disk, clock, SMALL);
  await write(COMMITS);
});

async function write(commits: number): Promise<void> {
  for (let index = 1; index <= commits; index += 1) {
    clock.advance(1_000);
    await setTitle(store, `T-${index % 3}`, `title ${index}`);
  }
}

function files(): string[] {
  const paths = disk.paths().filter((path) => path.startsWith(`${FOLDER}/events/`));
  return paths.toSorted((a, b) => a.length - b.length || a.localeCompare(b));
}

const text = (path: string) => disk.text(path) ?? "";
const whole = () => files().map(text).join("");

async function open(segmentBytes = SMALL): Promise<void> {
  disk = disk.restartGently();
  store = await openSimulated(disk, clock, segmentBytes);
}

describe("a log that grows", () => {
  test("[S19] goes on in a new file whenever the last is full, and never touches a closed one again", async () => {
    expect(files()).toEqual(files().map((_, index) => fileOf(index + 1)));
    expect(files().length).toBeGreaterThan(5);
    const closed = files().slice(0, -1);
    for (const path of closed) {
      expect(text(path).length).toBeGreaterThanOrEqual(SMALL);
      expect(text(path).endsWith("\n")).toBe(true);
    }
    const before = new Map(closed.map((path) => [path, disk.stamp(path)]));
    await write(COMMITS);
    expect(new Map(closed.map((path) => [path, disk.stamp(path)]))).toEqual(before);
  });

  test("[S19] is read as one: in order, in both directions, from any cursor and any moment", async () => {
    for (const reopen of [false, true]) {
      if (reopen) await open();
      const entries = await allEvents(store);
      expect(entries.map(({ sequence }) => sequence)).toEqual(
        Array.from({ length: COMMITS }, (_, index) => index + 1),
      );
      expect(whole()).toBe(entries.map(({ line }) => `${line}\n`).join(""));
      const backwards = await scanned(store, { after: 3, upTo: 20, backwards: true });
      expect(backwards.map(({ sequence }) => sequence)).toEqual(
        Array.from({ length: 17 }, (_, index) => 20 - index),
      );
      for (const { cursor, sequence, event } of entries) {
        expect(await store.events.resolve(cursor)).toEqual({ sequence });
        const moment = toInstant(Date.parse(event.ts));
        expect(await store.events.before(moment)).toBe(sequence - 1);
      }
    }
  });

  test("[S19] a cursor from before the log went on is good after it, also after restarts", async () => {
    const { headCursor } = store.events;
    await write(COMMITS);
    expect(await store.events.resolve(headCursor)).toEqual({ sequence: COMMITS });
    await store.close();
    await open();
    expect(await store.events.resolve(headCursor)).toEqual({ sequence: COMMITS });
    await open(10 * SMALL);
    expect(await store.events.resolve(headCursor)).toEqual({ sequence: COMMITS });
  });

  test("[S5] [S19] is replayed as one, and verified as one", async () => {
    expect(await problemsOf(store, disk, [])).toEqual([]);
    const found = await verifyFolder({ folder: FOLDER, kinds, clock, disk });
    expect(found).toMatchObject({ differences: [], records: { tasks: 3 } });
  });

  test("[S4] [S19] on a disk without room for a new file it goes on in the last", async () => {
    const before = files();
    disk.judge = (operation, path): Verdict =>
      operation === "open" && path.includes("/events/") ? { code: "ENOSPC" } : "works";
    await write(COMMITS);
    expect(files()).toEqual(before);
    expect(store.events.head).toBe(2 * COMMITS);
    disk.judge = () => "works";
    await write(1);
    expect(files()).toHaveLength(before.length + 1);
    expect(await problemsOf(store, disk, [])).toEqual([]);
  });

  test("[S3] [S19] a new file whose name may not last gets no line: the store turns read-only", async () => {
    disk.judge = (operation, path): Verdict =>
      operation === "sync" && path.endsWith("/events") ? { code: "EIO" } : "works";
    await expect(write(COMMITS)).rejects.toMatchObject({ code: "store-unavailable" });
    expect(text(files().at(-1) ?? "")).toBe("");
    disk.judge = () => "works";
    await expect(write(1)).rejects.toMatchObject({ code: "store-unavailable" });
    await open();
    await write(1);
    expect(await problemsOf(store, disk, [])).toEqual([]);
  });

  test("[S2] [S19] the power goes at any step of it: what was acknowledged is there", async () => {
    let wasCutBetween = 0;
    for (let cutAfter = 1; cutAfter < 120; cutAfter += 1) {
      disk = new SimDisk({ random: randomFrom(cutAfter), nowMs: () => clock.now() });
      store = await openSimulated(disk, clock, 1);
      const start = disk.operations;
      disk.judge = (_operation, _path, count) => (count > start + cutAfter ? "power cut" : "works");
      const acknowledged: { eventIds: readonly string[] }[] = [];
      const commits = async () => {
        for (let index = 1; ; index += 1) {
          clock.advance(3);
          const done = await setTitle(store, "T-1", `title ${index}`);
          if (done.ok) acknowledged.push(done);
        }
      };
      await expect(commits()).rejects.toBeInstanceOf(Error);
      const names = files().length;
      disk = disk.restart();
      if (files().length < names || text(files().at(-1) ?? "") === "") wasCutBetween += 1;
      store = await openSimulated(disk, clock, 1);
      expect(await problemsOf(store, disk, acknowledged)).toEqual([]);
    }
    expect(wasCutBetween).toBeGreaterThan(5);
  });
});

describe("closed files under other hands", () => {
  let resets: string[];

  beforeEach(() => {
    resets = [];
    store.events.subscribe((reset) => {
      if (reset !== undefined) resets.push(reset);
    });
  });

  test("[S16] written again with the same bytes, as by git: nobody notices", async () => {
    const { headCursor } = store.events;
    for (const path of files()) disk.editByRename(path, text(path));
    await store.look();
    expect(resets).toEqual([]);
    expect(await store.events.resolve(headCursor)).toEqual({ sequence: COMMITS });
    await write(1);
    expect(await problemsOf(store, disk, [])).toEqual([]);
  });

  test("[S16] a changed line: every reader is told to start over, whether a server runs or not", async () => {
    const { headCursor } = store.events;
    const changeTo = (actor: string) =>
      disk.editInPlace(
        fileOf(2),
        text(fileOf(2)).replaceAll(/"actor":"\w+"/g, `"actor":"${actor}"`),
      );
    changeTo("visitor");
    await store.look();
    expect(resets).toEqual(["the log was rewritten"]);
    expect(await store.events.resolve(headCursor)).toHaveProperty("reset");
    const after = store.events.headCursor;
    await store.close();
    clock.advance(1_000);
    // As many bytes as before: only the time of the change tells.
    changeTo("VISITOR");
    await open();
    expect(await store.events.resolve(after)).toHaveProperty("reset");
  });

  test("taken away, they are given back, whole", async () => {
    const before = whole();
    for (const path of files().slice(1, -1)) disk.deleteForGood(path);
    await store.look();
    expect(whole()).toBe(before);
    expect(resets).toEqual([]);
  });

  test("[S12] all of them set back, as by git checkout: the history is shorter, versions go on upwards", async () => {
    const old = new Map(
      files()
        .slice(0, 3)
        .map((path) => [path, text(path)]),
    );
    const version = store.read().get("tasks", "T-1")?.record.version ?? 0;
    for (const path of files()) if (!old.has(path)) disk.deleteForGood(path);
    for (const [path, bytes] of old) disk.editByRename(path, bytes);
    await store.look();
    expect(resets).toEqual(["the log was rewritten"]);
    await setTitle(store, "T-1", "later");
    expect(store.read().get("tasks", "T-1")?.record.version).toBeGreaterThan(version);
    const problems = await problemsOf(store, disk, []);
    expect(problems.filter((problem) => !problem.includes("taken for an edit"))).toEqual([]);
  });

  test("a new one that somebody else brought, as by git pull, is read on into", async () => {
    const more = [1, 2].map((at) =>
      JSON.stringify({ id: `pulled-${at}`, ts: "2026-01-01T01:00:00.000Z", event: "deployed" }),
    );
    disk.create(fileOf(files().length + 1), `${more.join("\n")}\n`);
    await store.look();
    expect(store.events.head).toBe(COMMITS + 2);
    expect(resets).toEqual([]);
    await write(1);
    expect(text(files().at(-1) ?? "")).toContain("title 1");
    expect(await problemsOf(store, disk, [])).toEqual([]);
  });

  test("a line that cannot be read is named with its file, and nothing is written until it is mended", async () => {
    const path = fileOf(3);
    const good = text(path);
    disk.editInPlace(path, good.replace(/\n/, "\n<<<<<<< ours\n"));
    await expect(write(1)).rejects.toMatchObject({
      message: expect.stringContaining("events-000003.jsonl, line 2:") as string,
    });
    const { differences } = await verifyFolder({ folder: FOLDER, kinds, clock, disk });
    expect(differences).toMatchObject([{ where: "events/events-000003.jsonl:2" }]);
    disk.editInPlace(path, good);
    await write(1);
    expect(await problemsOf(store, disk, [])).toEqual([]);
  });

  test("[S2] half a line at the end of a closed file is no crash of ours: it is refused, not cut", async () => {
    await store.close();
    const path = fileOf(2);
    disk.editInPlace(path, text(path).slice(0, -5));
    await expect(open()).rejects.toThrow(
      /events-000002\.jsonl, line \d+: the last line has no end/,
    );
    expect(disk.paths().filter((each) => each.includes("quarantine"))).toEqual([]);
  });

  test("[S2] half a commit at the end of a closed file is refused as well", async () => {
    await store.close();
    const path = files().at(-1) ?? "";
    const commit = { index: 0, size: 2 };
    const half = { id: "half", ts: "2026-01-01T01:00:00.000Z", event: "said", details: { commit } };
    disk.editInPlace(path, `${text(path)}${JSON.stringify(half)}\n`);
    disk.create(fileOf(files().length + 1), "");
    await expect(open()).rejects.toThrow("its commit has no end");
    expect(text(path)).toContain("half");
  });

  test("one that somebody makes in the moment in which we would: both go on in it, no line is lost", async () => {
    const next = fileOf(files().length + 1);
    const line = JSON.stringify({
      id: "pulled",
      ts: "2026-01-01T01:00:00.000Z",
      event: "deployed",
    });
    disk.judge = (operation, path) => {
      if (operation === "open" && path === next && text(next) === "")
        disk.create(next, `${line}\n`);
      return "works";
    };
    await write(COMMITS);
    expect(text(next)).toContain("pulled");
    expect(store.events.head).toBe(2 * COMMITS + 1);
    expect(resets).toEqual([]);
    expect(await problemsOf(store, disk, [])).toEqual([]);
  });
});

test("[S19] opening does not read closed files again that are as they were", async () => {
  await change(store, [put("tasks", aTask("T-9"))]);
  await store.close();
  disk = disk.restartGently();
  const read: string[] = [];
  disk.judge = (operation, path) => {
    if (operation === "read" && path.includes("/events/")) read.push(path);
    return "works";
  };
  store = await openSimulated(disk, clock, SMALL);
  expect(new Set(read)).toEqual(new Set([files().at(-1)]));
});
