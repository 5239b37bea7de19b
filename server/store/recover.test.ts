/** What stands in the state files when the folder is opened, and what the store makes of it. */
import { describe, expect, test } from "vitest";
import { refuse } from "../kernel/refusal.ts";
import { withConflict } from "./conflict.ts";
import { put, remove } from "./port.ts";
import { openSimulated } from "./testing/crashes.ts";
import {
  eventsFrom,
  folderOn,
  LOCKS,
  LOG,
  setUp,
  task,
  TASKS,
  withTitle,
} from "./testing/left-folder.ts";
import { allEvents } from "./testing/observe.ts";
import { aLease, anAgent, aTask, change, setTitle } from "./testing/records.ts";

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

  test("two batches behind, and a merge appended lines meanwhile: both are done again all the same", async () => {
    const folder = await setUp("killed", 50);
    folder.edit(TASKS, withTitle("one", 1));
    const lines = [1, 2, 3].map(
      (second) => `{"id":"x-${second}","ts":"2026-01-01T00:01:0${second}.000Z","event":"note"}\n`,
    );
    folder.edit(LOG, (text) => text + lines.join(""));
    const store = await folder.open();
    expect(task(store)).toMatchObject({ title: "three", version: 3 });
    expect(await eventsFrom(store, 3)).toEqual([" note ", " note ", " note "]);
    await store.close();
  });

  test("two batches behind, and a recovery that took in an edit died before it wrote the file: both are done again", async () => {
    const folder = await setUp("killed", 50);
    folder.edit(TASKS, withTitle("one", 1));
    folder.edit(TASKS, (text) =>
      text.replace('"items": {', '"items": {"T-2": {"title": "by hand"},'),
    );
    // The machine was off for a while.
    folder.clock.advance(20_000);
    folder.disk.judge = (operation, path) =>
      operation === "rename" && path === TASKS ? "power cut" : "works";
    await expect(folder.open()).rejects.toThrow("the power is gone");
    const again = folderOn(folder.disk.restartGently(), folder.clock);
    const store = await again.open();
    expect(task(store)).toMatchObject({ title: "three", version: 3 });
    expect(task(store, "T-2")).toMatchObject({ title: "by hand", version: 1 });
    expect(await eventsFrom(store, 3)).toEqual(["file state_edited task:T-2"]);
    await store.close();
  });

  test("one batch behind that made one record and took another away: both are done again", async () => {
    const folder = await setUp("killed");
    const running = await folder.open();
    const before = folder.text(TASKS);
    folder.clock.advance(11_000);
    await change(running, [put("tasks", aTask("T-2")), remove("tasks", "T-1")]);
    const left = folderOn(folder.disk.restartGently(), folder.clock);
    left.edit(TASKS, () => before);
    const store = await left.open();
    expect(task(store)).toBeUndefined();
    expect(task(store, "T-2")).toMatchObject({ title: "Task T-2", version: 1 });
    expect(await eventsFrom(store, 4)).toEqual([]);
    expect(left.text(TASKS)).not.toContain('"T-1"');
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

  test("one batch behind, after a kill, and edited since: commit and edit both stand, field by field", async () => {
    const folder = await setUp("killed");
    folder.edit(TASKS, withTitle("two", 2));
    folder.edit(TASKS, (text) => text.replace('"priority": "normal"', '"priority": "high"'));
    const store = await folder.open();
    expect(task(store)).toMatchObject({ title: "three", priority: "high", version: 4 });
    expect((await allEvents(store)).at(-1)?.event).toMatchObject({
      actor: "file",
      event: "state_edited",
      details: { what: "changed", fields: ["priority"] },
    });
    expect(folder.text(TASKS)).toContain('"title": "three"');
    await store.close();
  });

  test("one batch behind, and edited in the same field: the edit stands, and the event says so", async () => {
    const folder = await setUp("killed");
    folder.edit(TASKS, withTitle("by hand", 2));
    const store = await folder.open();
    expect(task(store)).toMatchObject({ title: "by hand", version: 4 });
    const [event] = (await allEvents(store)).slice(3).map(({ event: { details } }) => details);
    expect(event).toMatchObject({ what: "changed", fields: ["title"], overruled: ["title"] });
    await store.close();
  });

  test("one batch behind, and edited to what the commit came to: nobody did anything", async () => {
    const folder = await setUp("killed");
    folder.edit(TASKS, withTitle("three", 2));
    const store = await folder.open();
    expect(task(store)).toMatchObject({ title: "three", version: 3 });
    expect(await eventsFrom(store, 3)).toEqual([]);
    await store.close();
  });

  test("not behind, and edited after a kill: the edit stands as it is, with the fields it changed", async () => {
    const folder = await setUp("killed");
    folder.edit(TASKS, withTitle("two", 3));
    folder.edit(TASKS, (text) => text.replace('"priority": "normal"', '"priority": "high"'));
    const store = await folder.open();
    expect(task(store)).toMatchObject({ title: "two", priority: "high", version: 4 });
    const [event] = (await allEvents(store)).slice(3).map(({ event: { details } }) => details);
    expect(event).toMatchObject({ fields: ["title", "priority"] });
    expect(event).not.toHaveProperty("overruled");
    await store.close();
  });

  test("edited while no server ran: who lost to it is told which fields changed, and by whom", async () => {
    const folder = await setUp("closed");
    let store = await folder.open();
    const seen = store.read().get("tasks", "T-1")?.etag ?? "";
    await store.close();
    folder.edit(TASKS, withTitle("by hand", 3));
    store = await folder.open();
    const refusal = refuse("precondition-failed", "", { current: task(store) });
    const { more } = await withConflict(store, "tasks", "T-1", [seen], refusal);
    expect(more).toMatchObject({ changed_fields: ["title"], changed_by: "file" });
    await store.close();
  });

  test("with a content that never was: taken in as the next version", async () => {
    const folder = await setUp("closed");
    folder.edit(TASKS, withTitle("by hand", 3));
    const store = await folder.open();
    expect(task(store)).toMatchObject({ title: "by hand", version: 4 });
    expect(folder.text(TASKS)).toContain('"version": 4');
    // Whole: what the log tells of it before may be another branch's.
    const [taken] = (await allEvents(store)).slice(3).map(({ event }) => event.details["changes"]);
    expect(taken).toMatchObject([{ id: "T-1", version: 4, value: { title: "by hand" } }]);
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
