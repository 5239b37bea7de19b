import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createClock } from "../kernel/clock.ts";
import { kinds } from "../kinds.ts";
import type { FileStore } from "./file-store.ts";
import { openFileStore } from "./open-file-store.ts";
import { accept, put, remove } from "./port.ts";
import { aLease, anAgent, aTask, change, PERSON, setTitle } from "./testing/records.ts";
import { verifyFolder } from "./verify.ts";

let folder: string;
let store: FileStore;
const inFolder = (path: string) => join(folder, path);
const verify = () => verifyFolder({ folder, kinds, clock: createClock() });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "kyros-verify-"));
  store = await openFileStore({ folder, kinds, clock: createClock() });
  await change(store, [put("tasks", aTask("T-1")), put("tasks", aTask("T-2"))]);
  await change(store, [put("agents", anAgent("agent-1")), put("locks", aLease("lock-1"))]);
  await setTitle(store, "T-1", "Second title");
  await change(store, [remove("tasks", "T-2")]);
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

function edit(path: string, from: string, to: string): void {
  const text = readFileSync(inFolder(path), "utf8");
  expect(text).toContain(from);
  writeFileSync(inFolder(path), text.replace(from, to));
}

describe("a folder as the store left it", () => {
  test("is clean, and the records and events are counted", async () => {
    expect(await verify()).toEqual({
      events: 4,
      records: { tasks: 1, agents: 1, locks: 1 },
      differences: [],
    });
  });

  test("is clean whatever happened to presence, which is not in the log", async () => {
    const fields = { last_seen: "2026-01-01T00:00:09.000Z" };
    const touch = { kind: "agents", id: "agent-1", fields } as const;
    await store.commit(() => accept(() => null, [], [touch]), PERSON);
    await store.close();
    expect(readFileSync(inFolder("state/agents.json"), "utf8")).toContain("00:00:09");
    expect((await verify()).differences).toEqual([]);
  });

  test("is clean again after an edit was taken in", async () => {
    edit("state/tasks.json", "Second title", "By hand");
    await store.look();
    expect(await verify()).toMatchObject({ events: 5, differences: [] });
  });

  test("is left exactly as it was", async () => {
    await store.close();
    const picture = () =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name), "latin1")]);
    const before = picture();
    await verify();
    expect(picture()).toEqual(before);
  });
});

describe("beside a store at work", () => {
  test("what is on its way from log to file is no difference", async () => {
    const work = { isOver: false };
    const worker = (async () => {
      for (let count = 0; !work.isOver; count += 1) await setTitle(store, "T-1", `Title ${count}`);
    })();
    const found = [await verify(), await verify(), await verify()];
    work.isOver = true;
    await worker;
    expect(found.map(({ differences }) => differences)).toEqual([[], [], []]);
  });

  test("a large file, which follows the log at a distance, is no difference either", async () => {
    const description = "x".repeat(100_000);
    const large = Array.from({ length: 15 }, (_, index) =>
      put("tasks", aTask(`L-${index}`, { description })),
    );
    await change(store, large);
    await setTitle(store, "T-1", "Not in the file yet");
    expect(readFileSync(inFolder("state/tasks.json"), "utf8")).not.toContain("Not in the file yet");
    expect(await verify()).toMatchObject({ records: { tasks: 16 }, differences: [] });
  });
});

describe("what differs is named", () => {
  beforeEach(() => store.close());

  test("a field that was edited, with what stands in the file and what the log says", async () => {
    edit("state/tasks.json", "Second title", "By hand");
    expect((await verify()).differences).toEqual([
      {
        part: "record",
        where: "tasks/T-1",
        what: "file and log differ",
        fields: [{ field: "title", file: "By hand", log: "Second title" }],
      },
    ]);
  });

  test("a version that was edited", async () => {
    edit("state/tasks.json", '"version": 2', '"version": 7');
    expect((await verify()).differences).toMatchObject([
      { where: "tasks/T-1", fields: [{ field: "version", file: 7, log: 2 }] },
    ]);
  });

  test("a record that only the file has", async () => {
    edit("state/tasks.json", '"items": {', '"items": {"T-9": {"title": "New"},');
    expect((await verify()).differences).toEqual([
      { part: "record", where: "tasks/T-9", what: "the file has it, the log does not" },
    ]);
  });

  test("a record that only the log has", async () => {
    writeFileSync(inFolder("state/agents.json"), '{"kind": "agents", "schema": 1, "items": {}}');
    expect((await verify()).differences).toEqual([
      { part: "record", where: "agents/agent-1", what: "the log has it, the file does not" },
    ]);
  });

  test("a file that is gone", async () => {
    rmSync(inFolder("state/tasks.json"));
    expect((await verify()).differences).toEqual([
      { part: "file", where: "state/tasks.json", what: "the file is not there" },
    ]);
  });

  test("a file that cannot be read, with line and column", async () => {
    edit("state/tasks.json", '      "version"', '<<<<<<< HEAD\n      "version"');
    expect((await verify()).differences).toEqual([
      {
        part: "file",
        where: "state/tasks.json:7:1",
        what: "a merge conflict is not resolved: keep one side and remove the markers",
      },
    ]);
  });

  test("a line of the log that was changed afterwards", async () => {
    edit("events/events.jsonl", "Second title", "Forged title");
    expect((await verify()).differences).toEqual([
      {
        part: "record",
        where: "tasks/T-1",
        what: "events/events.jsonl:3 does not lead to the record it says it does",
      },
    ]);
  });

  test("a line in the middle that cannot be read; of what follows nothing is claimed", async () => {
    edit("events/events.jsonl", "\n", "}\n");
    const { differences } = await verify();
    expect(differences).toHaveLength(1);
    expect(differences[0]).toMatchObject({ part: "log", where: "events/events.jsonl:1" });
    expect(differences[0]?.what).toContain("Mend the line; nothing behind it can be compared.");
  });

  test("a last line that was never finished", async () => {
    writeFileSync(inFolder("events/events.jsonl"), '{"id":"half', { flag: "a" });
    expect((await verify()).differences).toEqual([
      {
        part: "log",
        where: "events/events.jsonl:5",
        what: "the last line has no end. The next start keeps it aside: it was never acknowledged.",
      },
    ]);
  });
});

test("a folder with nothing in it is clean", async () => {
  const empty = mkdtempSync(join(tmpdir(), "kyros-verify-"));
  expect(await verifyFolder({ folder: empty, kinds, clock: createClock() })).toEqual({
    events: 0,
    records: { tasks: 0, agents: 0, locks: 0 },
    differences: [],
  });
  expect(existsSync(join(empty, "state"))).toBe(false);
  rmSync(empty, { recursive: true });
});
