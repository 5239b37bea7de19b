/** What stands in the folder when it is opened, and what the store makes of it. On a simulated disk. */
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { createManualClock } from "../kernel/clock.ts";
import { BrokenLog } from "./journal.ts";
import { put, remove, type Store } from "./port.ts";
import { FOLDER, openSimulated, randomFrom } from "./testing/crashes.ts";
import { allEvents } from "./testing/observe.ts";
import { aLease, anAgent, aTask, change, setTitle } from "./testing/records.ts";
import { SimDisk } from "./testing/sim-disk.ts";

const TASKS = `${FOLDER}/state/tasks.json`;
const LOCKS = `${FOLDER}/state/locks.json`;
const LOG = `${FOLDER}/events/events.jsonl`;
const CHECKPOINT = `${FOLDER}/.kyros/checkpoint.json`;

interface Folder {
  readonly disk: SimDisk;
  readonly clock: ReturnType<typeof createManualClock>;
  open(): ReturnType<typeof openSimulated>;
  readonly text: (path: string) => string;
  /** Changes a file as a person would while no server runs. */
  edit(path: string, change: (text: string) => string): void;
  copy(): Folder;
}

/** A folder with T-1 at its third title, in as many batches; closed, or as a kill leaves it. */
async function setUp(end: "closed" | "killed", apartMs = 11_000): Promise<Folder> {
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

function folderOn(disk: SimDisk, clock: Folder["clock"]): Folder {
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

function task(store: Store, id = "T-1") {
  return store.read().get("tasks", id)?.record;
}

async function eventsFrom(store: Store, place: number): Promise<string[]> {
  const entries = await allEvents(store);
  return entries.slice(place).map(({ event }) => `${event.actor} ${event.event} ${event.target}`);
}

function withTitle(title: string, version: number): (text: string) => string {
  return (text) =>
    text
      .replace(/"title": "[^"]*"/, `"title": "${title}"`)
      .replace(/"version": \d+/, `"version": ${version}`);
}

describe("[S2] [S5] the state file, compared with the log", () => {
  test.each(["closed", "killed"] as const)(
    "the same after it was %s: it stands, and nothing is written",
    async (end) => {
      const folder = await setUp(end);
      const before = [TASKS, LOG].map(folder.text);
      const store = await folder.open();
      expect(task(store)).toMatchObject({ title: "three", version: 3 });
      await store.close();
      expect([TASKS, LOG].map(folder.text)).toEqual(before);
    },
  );

  test("one batch behind, after a kill: done again, without an event", async () => {
    const folder = await setUp("killed");
    folder.edit(TASKS, withTitle("two", 2));
    const store = await folder.open();
    expect(task(store)).toMatchObject({ title: "three", version: 3 });
    expect(await eventsFrom(store, 3)).toEqual([]);
    expect(folder.text(TASKS)).toContain('"title": "three"');
    await store.close();
  });

  test("one batch behind, after a clean stop: that was a person, and it stands", async () => {
    const folder = await setUp("closed");
    folder.edit(TASKS, withTitle("two", 2));
    const store = await folder.open();
    expect(task(store)).toMatchObject({ title: "two", version: 4 });
    expect(await eventsFrom(store, 3)).toEqual(["file state_edited task:T-1"]);
    await store.close();
  });

  test("two batches behind that followed each other closely: both are done again", async () => {
    const folder = await setUp("killed", 50);
    folder.edit(TASKS, withTitle("one", 1));
    const store = await folder.open();
    expect(task(store)).toMatchObject({ title: "three", version: 3 });
    expect(await eventsFrom(store, 3)).toEqual([]);
    await store.close();
  });

  test("two batches behind with a time between them: that was a person, also after a kill", async () => {
    const folder = await setUp("killed");
    folder.edit(TASKS, withTitle("one", 1));
    const store = await folder.open();
    expect(task(store)).toMatchObject({ title: "one", version: 4 });
    expect(await eventsFrom(store, 3)).toEqual(["file state_edited task:T-1"]);
    await store.close();
  });

  test("three batches behind: that was a person, however closely they followed each other", async () => {
    const folder = await setUp("killed", 50);
    folder.edit(TASKS, (text) => text.replace(/"items": \{[^]*/, '"items": {}\n}\n'));
    const store = await folder.open();
    expect(task(store)).toBeUndefined();
    expect(await eventsFrom(store, 3)).toEqual(["file state_edited task:T-1"]);
    await store.close();
  });

  test("with a content that never was: taken in as the next version", async () => {
    const folder = await setUp("closed");
    folder.edit(TASKS, withTitle("by hand", 3));
    const store = await folder.open();
    expect(task(store)).toMatchObject({ title: "by hand", version: 4 });
    expect(folder.text(TASKS)).toContain('"version": 4');
    await store.close();
  });

  test("with another version and the same content: the version is ours to give", async () => {
    const folder = await setUp("closed");
    folder.edit(TASKS, withTitle("three", 99));
    const store = await folder.open();
    expect(task(store)).toMatchObject({ title: "three", version: 3 });
    expect(await eventsFrom(store, 3)).toEqual([]);
    expect(folder.text(TASKS)).toContain('"version": 3');
    await store.close();
  });

  test("gone: tasks are written again from the log", async () => {
    const folder = await setUp("closed");
    folder.disk.deleteForGood(TASKS);
    const store = await folder.open();
    expect(task(store)).toMatchObject({ title: "three", version: 3 });
    expect(await eventsFrom(store, 3)).toEqual([]);
    expect(folder.text(TASKS)).toContain('"title": "three"');
    await store.close();
  });

  test.each(["closed", "killed"])(
    "gone after it was %s: leases are gone with it, each with an event",
    async (end) => {
      const folder = await setUp("closed");
      let store = await folder.open();
      await change(store, [put("locks", aLease("L-1", { resource: "name:build" }))]);
      if (end === "closed") await store.close();
      const after = folderOn(folder.disk.restartGently(), folder.clock);
      after.disk.deleteForGood(LOCKS);
      store = await after.open();
      expect(store.read().collection("locks").size).toBe(0);
      expect(await eventsFrom(store, 4)).toEqual(["file state_edited lock:L-1"]);
      await store.close();
    },
  );

  test("[S11] unreadable: the log gives what to serve; the file is left alone until it is mended", async () => {
    const folder = await setUp("closed");
    const good = folder.text(TASKS);
    folder.edit(TASKS, (text) => `<<<<<<< HEAD\n${text}`);
    const broken = folder.text(TASKS);
    const store = await folder.open();
    expect(task(store)).toMatchObject({ title: "three", version: 3 });
    expect(await eventsFrom(store, 3)).toEqual(["file state_rejected state:tasks"]);
    await expect(setTitle(store, "T-1", "four")).rejects.toMatchObject({
      code: "state-invalid",
      more: { file: "tasks.json", line: 1, column: 1 },
    });
    expect(await change(store, [put("agents", anAgent("agent-1"))])).toMatchObject({ ok: true });
    expect(folder.text(TASKS)).toBe(broken);
    expect((await store.health())["state"]).toMatchObject({
      ok: false,
      detail: expect.stringContaining("tasks.json, line 1, column 1") as string,
    });
    folder.edit(TASKS, () => good.replace("three", "mended"));
    await store.look();
    expect(task(store)).toMatchObject({ title: "mended", version: 4 });
    expect((await store.health())["state"]).toMatchObject({ ok: true });
    expect(await setTitle(store, "T-1", "four")).toMatchObject({ ok: true });
    await store.close();
  });

  test("edited in a crash between log and file of that very edit: taken in once", async () => {
    const folder = await setUp("killed");
    const store = await folder.open();
    folder.edit(TASKS, withTitle("by hand", 3));
    folder.disk.judge = (operation, path) =>
      operation === "rename" && path === TASKS ? "power cut" : "works";
    await store.look();
    const after = folder.disk.restartGently();
    const again = await openSimulated(after, folder.clock);
    expect(task(again)).toMatchObject({ title: "by hand", version: 4 });
    expect(await eventsFrom(again, 3)).toEqual(["file state_edited task:T-1"]);
    await again.close();
  });
});

describe("the log, when the folder is opened", () => {
  test("[S2] cut at any byte of its last two records: what is whole stands, the rest is kept aside", async () => {
    const whole = await setUp("killed");
    const text = Buffer.from(whole.text(LOG));
    const ends = [...text.entries()].filter(([, byte]) => byte === 10).map(([at]) => at + 1);
    const firstEnd = ends[0] ?? 0;
    for (let length = firstEnd; length <= text.length; length += 1) {
      const folder = whole.copy();
      folder.edit(LOG, () => text.subarray(0, length).toString());
      const left = ends.filter((end) => end <= length).length;
      const store = await folder.open();
      const titles = (await allEvents(store)).slice(0, left).map(({ event }) => event.event);
      expect([length, titles]).toEqual([length, Array.from({ length: left }, () => "titled")]);
      const torn = folder.disk.paths().filter((path) => path.includes("/quarantine/"));
      const kept = torn.map((path) => folder.disk.text(path));
      const rest = text.subarray(ends[left - 1], length).toString();
      expect(kept).toEqual(rest === "" ? [] : [rest]);
      // The file is the truth: what it has is in the log again.
      expect(task(store)).toMatchObject({ title: "three" });
      await store.close();
    }
  }, 30_000);

  test("with merge markers is refused, with the line, and nothing is changed", async () => {
    const folder = await setUp("closed");
    folder.edit(LOG, (text) => text.replace("\n", "\n<<<<<<< HEAD\n"));
    const before = [TASKS, LOG].map(folder.text);
    const refused = folder.open();
    await expect(refused).rejects.toBeInstanceOf(BrokenLog);
    await expect(refused).rejects.toMatchObject({ line: 2 });
    await expect(refused).rejects.toThrow(/events\.jsonl, line 2: .*Mend the line/);
    expect([TASKS, LOG].map(folder.text)).toEqual(before);
    folder.edit(LOG, (text) => text.replace("<<<<<<< HEAD\n", ""));
    const store = await folder.open();
    expect(task(store)).toMatchObject({ title: "three", version: 3 });
    await store.close();
  });

  test.each([
    ["an array", "[]"],
    ["no id", '{"ts":"2026-01-01T00:00:00.000Z","event":"x"}'],
    ["no time", '{"id":"1","ts":"yesterday","event":"x"}'],
    ["nothing", ""],
    ["half of one", '{"id":"1",'],
  ])("a line in the middle that is no event (%s) is refused", async (_name, line) => {
    const folder = await setUp("closed");
    folder.edit(LOG, (text) => text.replace("\n", `\n${line}\n`));
    await expect(folder.open()).rejects.toMatchObject({ name: "BrokenLog", line: 2 });
  });

  test("a line of somebody else's that is an event is welcome, whatever it says", async () => {
    const folder = await setUp("closed");
    const foreign =
      '{"id":"x","ts":"2026-01-01T00:00:00Z","event":"Deployed!","extra":1,"details":7}\n';
    folder.edit(LOG, (text) => text + foreign);
    const store = await folder.open();
    const last = (await allEvents(store)).at(-1);
    expect(last?.event).toEqual({
      id: "x",
      ts: "2026-01-01T00:00:00Z",
      event: "Deployed!",
      actor: "",
      target: "",
      details: {},
    });
    expect(last?.line).toBe(foreign.trimEnd());
    await store.close();
  });

  test("gone: the files are the truth, and are put into a new one, counting on from their versions", async () => {
    const folder = await setUp("closed");
    folder.disk.deleteForGood(LOG);
    const store = await folder.open();
    expect(task(store)).toMatchObject({ title: "three", version: 4 });
    expect(await eventsFrom(store, 0)).toEqual(["file state_edited task:T-1"]);
    await store.close();
  });

  test("gone, with nothing ever said in it", async () => {
    const clock = createManualClock();
    const disk = new SimDisk({ random: randomFrom(1), nowMs: () => clock.now() });
    await (await openSimulated(disk, clock)).close();
    disk.deleteForGood(LOG);
    const store = await openSimulated(disk, clock);
    expect(store.events.head).toBe(0);
    await store.close();
  });

  test("[S14] shortened: the sequence goes on growing, also after a kill and without a checkpoint of then", async () => {
    const folder = await setUp("closed");
    let store = await folder.open();
    const before = store.read().sequence;
    await store.close();
    folder.edit(LOG, (text) => text.slice(0, text.indexOf("\n") + 1));
    store = await folder.open();
    expect(store.read().sequence).toBeGreaterThanOrEqual(before);
    const later = folder.disk.restartGently();
    store = await openSimulated(later, folder.clock);
    expect(store.read().sequence).toBeGreaterThanOrEqual(before);
    await store.close();
  });

  test("[S12] of an older commit, with its files: no version is given twice", async () => {
    const folder = await setUp("closed");
    const old = [TASKS, LOG].map(folder.text);
    let store = await folder.open();
    await setTitle(store, "T-1", "four");
    await setTitle(store, "T-1", "five");
    const seen = store.read().get("tasks", "T-1")?.etag;
    await store.close();
    folder.edit(TASKS, () => old[0] ?? "");
    folder.edit(LOG, () => old[1] ?? "");
    store = await folder.open();
    expect(task(store)).toMatchObject({ title: "three", version: 6 });
    await setTitle(store, "T-1", "five");
    expect(store.read().get("tasks", "T-1")?.etag).not.toBe(seen);
    await store.close();
  });
});

describe("the checkpoint", () => {
  test.each([
    ["gone", undefined],
    ["empty", ""],
    ["of zeros", "\0".repeat(100)],
    ["of another format", '{"format":2}'],
    ["not JSON", "{"],
  ])("that is %s costs nothing but time", async (_name, text) => {
    const folder = await setUp("closed");
    if (text === undefined) folder.disk.deleteForGood(CHECKPOINT);
    else folder.edit(CHECKPOINT, () => text);
    const store = await folder.open();
    expect(task(store)).toMatchObject({ title: "three", version: 3 });
    expect(await eventsFrom(store, 3)).toEqual([]);
    await store.close();
  });

  test("of a log that says something else by now is not believed", async () => {
    const folder = await setUp("closed");
    folder.edit(LOG, (text) => text.replace('"one"', '"uno"'));
    const store = await folder.open();
    expect((await allEvents(store))[0]?.line).toContain('"uno"');
    expect(task(store)).toMatchObject({ title: "three" });
    await store.close();
  });

  test("[S5] remembers the versions of what was deleted", async () => {
    const folder = await setUp("closed");
    let store = await folder.open();
    await change(store, [remove("tasks", "T-1")]);
    await store.close();
    store = await folder.open();
    await change(store, [put("tasks", aTask("T-1"))]);
    expect(task(store)).toMatchObject({ version: 5 });
    await store.close();
  });
});

describe("what a process left that was killed", () => {
  test("temporary files of ours are swept up; those of others are not ours to touch", async () => {
    const folder = await setUp("killed");
    folder.disk.create(`${FOLDER}/state/.tasks.json.0123456789abcdef01234567.kyros-tmp`, "half");
    folder.disk.create(`${LOG}.0123456789abcdef01234567.kyros-tmp`, "half");
    folder.disk.create(`${FOLDER}/state/tasks.json.swp`, "an editor's");
    const store = await folder.open();
    const left = folder.disk.paths().filter((path) => /tmp|swp/.test(path));
    expect(left).toEqual([`${FOLDER}/state/tasks.json.swp`]);
    await store.close();
  });
});
