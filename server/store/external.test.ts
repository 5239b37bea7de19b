/** What an edit of a state file comes to, told without a disk. */
import { describe, expect, test } from "vitest";
import type { Agent } from "#contracts/agent";
import type { Task } from "#contracts/task";
import { kinds } from "../kinds.ts";
import { StoredCollection } from "./collection.ts";
import { createEntry, type StoredEntry } from "./entry.ts";
import { editsBetween, splitLateEdits, toEvents } from "./external.ts";
import { anAgent, aTask } from "./testing/records.ts";

const task = (id: string, fields: Partial<Task> = {}) =>
  createEntry(kinds.tasks, id, aTask(id, fields));

const agent = (fields: Partial<Agent>) =>
  createEntry(kinds.agents, "agent-1", anAgent("agent-1", fields));

const byId = <R>(entries: readonly StoredEntry<R>[]) =>
  new Map(entries.map((entry) => [entry.id, entry]));

function taskEdits(known: readonly StoredEntry<Task>[], inFile: readonly StoredEntry<Task>[]) {
  return editsBetween(kinds.tasks, StoredCollection.of(known, 0), byId(inFile));
}

describe("[S10] an edit is told record by record", () => {
  test("what was made, changed and deleted, each with an event", () => {
    const known = [task("T-1"), task("T-2"), task("T-3")];
    const inFile = [task("T-1", { title: "b", priority: "high" }), task("T-2"), task("T-4")];
    const events = toEvents(taskEdits(known, inFile));
    expect(events.map(({ event, target, details }) => ({ event, target, ...details }))).toEqual([
      {
        event: "state_edited",
        target: "task:T-1",
        what: "changed",
        fields: ["title", "priority"],
      },
      { event: "state_edited", target: "task:T-4", what: "created" },
      { event: "state_edited", target: "task:T-3", what: "deleted" },
    ]);
    expect(events.map(({ changes }) => changes)).toMatchObject([
      [{ kind: "tasks", id: "T-1", value: { title: "b", priority: "high" } }],
      [{ kind: "tasks", id: "T-4", value: { id: "T-4" } }],
      [{ kind: "tasks", id: "T-3", value: null }],
    ]);
  });

  test("a version is ours to give: of a record we know it is none, of a new one the least", () => {
    expect(taskEdits([task("T-1")], [task("T-1", { version: 7 })])).toEqual([]);
    const edits = taskEdits(
      [task("T-1")],
      [task("T-1", { version: 7, title: "b" }), task("T-2", { version: 7 })],
    );
    expect(edits).toMatchObject([
      { fields: ["title"], atLeast: 1 },
      { what: "created", atLeast: 7 },
    ]);
  });

  test("presence is none, and is not named beside one", () => {
    const known = StoredCollection.of([agent({})], 0);
    const seen = "2027-01-01T00:00:00.000Z";
    expect(editsBetween(kinds.agents, known, byId([agent({ last_seen: seen })]))).toEqual([]);
    const edited = byId([agent({ last_seen: seen, role: "tester" })]);
    expect(editsBetween(kinds.agents, known, edited)).toMatchObject([{ fields: ["role"] }]);
  });

  test("it is adopted as it stands, and the event says which guards it went past", () => {
    const dod = [{ id: "d1", text: "tests", done: false }];
    const [event] = toEvents(
      taskEdits([task("T-1", { dod })], [task("T-1", { dod, status: "done" })]),
    );
    expect(event?.details).toMatchObject({ fields: ["status"] });
    expect(event?.details?.["skipped"]).toEqual(["transition", "dod-done"]);
  });
});

describe("[S12] an edit that was made on an older state", () => {
  test("is adopted where nobody changed the record since, and set aside where somebody did", () => {
    const base = ["T-1", "T-2", "T-3", "T-4", "T-5"].map((id) => task(id, { title: "a" }));
    const inFile = ["T-1", "T-2", "T-3"].map((id) => task(id, { title: "b" }));
    const current = [
      task("T-1", { title: "a" }),
      task("T-2", { title: "c" }),
      // Somebody else came to the same.
      task("T-3", { title: "b" }),
      task("T-4", { title: "a" }),
      task("T-5", { title: "c" }),
    ];
    const edits = taskEdits(base, inFile);
    const split = splitLateEdits(edits, byId(inFile), byId(base), byId(current));
    expect(split.adopt.map(({ change }) => change.id)).toEqual(["T-1", "T-4"]);
    expect(split.conflicting).toEqual(["T-2", "T-5"]);
  });
});
