import { describe, expect, it } from "vitest";
import { aTask, anEvent, recordsOf } from "../testing/records.ts";
import { applyEvents, withRecord, withSnapshot } from "./records.ts";

function changed(change: Record<string, unknown>) {
  return anEvent({ details: { changes: [{ kind: "tasks", id: "T-1", ...change }] } });
}

describe("applying logged events", () => {
  const known = recordsOf([aTask({ id: "T-1", version: 3, title: "old", assignee: "ada" })]);

  it("a patch that follows directly moves the record and its ETag on", () => {
    const event = changed({ version: 4, hash: "abc", patch: { title: "new" } });
    const { records, gaps } = applyEvents(known, [event]);
    expect(records.tasks.get("T-1")).toMatchObject({ title: "new", version: 4, assignee: "ada" });
    expect(records.etags.get("tasks:T-1")).toBe('"4-abc"');
    expect(gaps.size).toBe(0);
  });

  it("a null in a patch comes back as null, not as a missing field", () => {
    const { records } = applyEvents(known, [
      changed({ version: 4, hash: "h", patch: { assignee: null } }),
    ]);
    expect(records.tasks.get("T-1")?.assignee).toBeNull();
  });

  it("the echo of what is known already changes nothing at all", () => {
    const { records } = applyEvents(known, [
      changed({ version: 3, hash: "h", patch: { title: "echo" } }),
    ]);
    expect(records.tasks.get("T-1")?.title).toBe("old");
    expect(records.tasks).toBe(known.tasks);
  });

  it("a missing change is a gap of its kind, and nothing is guessed", () => {
    const { records, gaps } = applyEvents(known, [
      changed({ version: 5, hash: "h", patch: { title: "far" } }),
    ]);
    expect(records.tasks.get("T-1")?.title).toBe("old");
    expect([...gaps]).toEqual(["tasks"]);
  });

  it("a whole value is taken whatever was known before, and null deletes", () => {
    const value = { ...aTask({ id: "T-1", title: "whole" }) };
    const whole = applyEvents(known, [changed({ version: 9, hash: "h", value })]);
    expect(whole.records.tasks.get("T-1")).toMatchObject({ title: "whole", version: 9 });
    const gone = applyEvents(known, [changed({ version: 4, value: null })]);
    expect(gone.records.tasks.has("T-1")).toBe(false);
  });

  it("events without changes, or with changes of another shape, are passed over", () => {
    const odd = anEvent({ details: { changes: ["?", { kind: "others", id: 1 }] } });
    expect(applyEvents(known, [anEvent({}), odd]).records.tasks).toBe(known.tasks);
  });
});

describe("answers and snapshots", () => {
  it("an answer that comes after the tail told of a newer version is ignored", () => {
    const known = recordsOf([aTask({ id: "T-1", version: 5, title: "newer" })]);
    const after = withRecord(known, "tasks", "T-1", aTask({ id: "T-1", version: 4 }), '"4-x"');
    expect(after.tasks.get("T-1")?.title).toBe("newer");
  });

  it("a snapshot keeps the very objects that did not change", () => {
    const known = recordsOf([aTask({ id: "T-1" }), aTask({ id: "T-2" })]);
    const after = withSnapshot(known, {
      kind: "tasks",
      data: { "T-1": aTask({ id: "T-1" }), "T-3": aTask({ id: "T-3" }) },
      etags: { "T-1": '"1-x"', "T-3": '"1-x"' },
      cursor: "c",
      etag: '"c1"',
    });
    expect(after.tasks.get("T-1")).toBe(known.tasks.get("T-1"));
    expect([...after.tasks.keys()]).toEqual(["T-1", "T-3"]);
  });
});
