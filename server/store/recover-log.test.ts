/** What stands in the log and beside it when the folder is opened, and what the store makes of it. */
import { describe, expect, test } from "vitest";
import { createManualClock } from "../kernel/clock.ts";
import { BrokenLog } from "./journal.ts";
import { accept, put, remove, type Store } from "./port.ts";
import { FOLDER, openSimulated, randomFrom } from "./testing/crashes.ts";
import {
  CHECKPOINT,
  eventsFrom,
  folderOn,
  LOG,
  setUp,
  task,
  TASKS,
} from "./testing/left-folder.ts";
import { allEvents } from "./testing/observe.ts";
import { aTask, change, setTitle } from "./testing/records.ts";
import { SimDisk } from "./testing/sim-disk.ts";

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

  test("[S8] holds the answers to repeat, with the ids of their events, also after a kill", async () => {
    const folder = await setUp("killed");
    const said = { event: "said", target: "" };
    const ask = (of: Store) =>
      of.commit(() => accept(() => "made", [said, said]), {
        actor: "agent-1",
        idempotency: { key: "k1", fingerprint: "f" },
      });
    const running = await folder.open();
    const first = await ask(running);
    await setTitle(running, "T-1", "later");
    const store = await folderOn(folder.disk.restartGently(), folder.clock).open();
    const again = await ask(store);
    expect(again).toMatchObject({ ok: true, replayed: true, value: "made" });
    expect(again.ok && again.eventIds).toEqual(first.ok && first.eventIds);
    expect(first.ok && first.eventIds).toHaveLength(2);
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
