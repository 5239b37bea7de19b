import { describe, expect, test } from "vitest";
import { conflictsOf } from "#contracts/merge-conflict";
import type { Kind } from "#contracts/state";
import { aLease, anAgent, aTask } from "../store/testing/records.ts";
import { mergeRecord } from "./merge.ts";
import type { Fields } from "./three-way.ts";

const EARLY = "2026-01-02T10:00:00.000Z";
const LATE = "2026-01-02T11:00:00.000Z";

function mergeTasks(
  base: Record<string, unknown> | undefined,
  ours: Record<string, unknown>,
  theirs: Record<string, unknown>,
): Fields {
  return merge("tasks", base && aTask("T-1", base), aTask("T-1", ours), aTask("T-1", theirs));
}

function merge(
  kind: Kind,
  base: Fields | undefined,
  ours: Fields | undefined,
  theirs: Fields | undefined,
): Fields {
  const merged = mergeRecord(kind, { base, ours, theirs });
  if (merged === undefined) throw new Error("the record is gone");
  return merged;
}

describe("[G1] what one side changed is taken from that side", () => {
  test("changes of different fields stand side by side", () => {
    const merged = mergeTasks({}, { title: "Ours" }, { priority: "high" });
    expect(merged).toMatchObject({ title: "Ours", priority: "high" });
    expect(conflictsOf(merged)).toEqual([]);
  });

  test("what both changed alike is taken once", () => {
    const merged = mergeTasks({}, { title: "Same" }, { title: "Same" });
    expect(merged["title"]).toBe("Same");
    expect(conflictsOf(merged)).toEqual([]);
  });

  test("fields of a person's own are merged like any other, also where one side took one out", () => {
    const merged = mergeTasks({ mine: 1, old: true }, { mine: 2, old: true }, { mine: 1, new: [] });
    expect(merged).toMatchObject({ mine: 2, new: [] });
    expect(merged).not.toHaveProperty("old");
    expect(conflictsOf(merged)).toEqual([]);
  });

  test("a field that is called like something every object has is a field like any other", () => {
    const merged = mergeTasks({ toString: "mine" }, {}, { toString: "mine", valueOf: 2 });
    expect(Object.hasOwn(merged, "toString")).toBe(false);
    expect(merged["valueOf"]).toBe(2);
  });

  test("a record that only one side has is taken whole, and one that a side deleted untouched is gone", () => {
    const task = aTask("T-1");
    expect(mergeRecord("tasks", { base: undefined, ours: task, theirs: undefined })).toEqual(task);
    expect(mergeRecord("tasks", { base: undefined, ours: undefined, theirs: task })).toEqual(task);
    expect(mergeRecord("tasks", { base: task, ours: undefined, theirs: task })).toBeUndefined();
    expect(mergeRecord("tasks", { base: task, ours: task, theirs: undefined })).toBeUndefined();
  });
});

describe("[G2] lists of names merge by member", () => {
  test.each(["labels", "depends_on"])(
    "%s: added on either side, taken out on either side",
    (field) => {
      const merged = mergeTasks(
        { [field]: ["A-1", "B-1", "C-1"] },
        { [field]: ["A-1", "C-1", "O-1"] },
        { [field]: ["A-1", "B-1", "T-9"] },
      );
      expect(merged[field]).toEqual(["A-1", "O-1", "T-9"]);
      expect(conflictsOf(merged)).toEqual([]);
    },
  );

  test("skills of an agent that both branches met for the first time", () => {
    const merged = merge(
      "agents",
      undefined,
      anAgent("agent-1", { skills: ["sql", "css"] }),
      anAgent("agent-1", { skills: ["css", "go"] }),
    );
    expect(merged["skills"]).toEqual(["css", "go", "sql"]);
    expect(conflictsOf(merged)).toEqual([]);
  });
});

describe("[G4] what both sides changed differently is kept and named", () => {
  test("ours stays in the field, both values and the one before stand in conflicts", () => {
    const merged = mergeTasks({ title: "Before" }, { title: "Ours" }, { title: "Theirs" });
    expect(merged["title"]).toBe("Ours");
    expect(merged["conflicts"]).toEqual([
      { field: "title", ours: "Ours", theirs: "Theirs", base: "Before" },
    ]);
  });

  test("a member of the entry is missing where that side has nothing", () => {
    const merged = mergeTasks({ mine: 1 }, {}, { mine: 2 });
    expect(merged).not.toHaveProperty("mine");
    expect(merged["conflicts"]).toEqual([{ field: "mine", theirs: 2, base: 1 }]);
  });

  test("one id given to two tasks: each field that differs is named", () => {
    const merged = mergeTasks(
      undefined,
      { title: "Login", description: "x", created_by: "agent-1" },
      { title: "Logout", description: "x", created_by: "agent-2" },
    );
    expect(merged["conflicts"]).toEqual([
      { field: "title", ours: "Login", theirs: "Logout" },
      { field: "created_by", ours: "agent-1", theirs: "agent-2" },
    ]);
  });

  test("two holders of one task are a conflict about the assignee alone", () => {
    const merged = mergeTasks(
      {},
      { status: "claimed", assignee: "agent-1", updated_at: EARLY },
      { status: "claimed", assignee: "agent-2", updated_at: LATE },
    );
    expect(merged).toMatchObject({ status: "claimed", assignee: "agent-1" });
    expect(merged["conflicts"]).toEqual([
      { field: "assignee", ours: "agent-1", theirs: "agent-2", base: null },
    ]);
  });
});

describe("[G5] deleted on one side, changed on the other: the record stays", () => {
  const base = aTask("T-1");
  const changed = aTask("T-1", { title: "Changed" });

  test("and the conflict says who deleted it", () => {
    expect(merge("tasks", base, changed, undefined)).toEqual({
      ...changed,
      conflicts: [{ deleted_by: "theirs" }],
    });
    expect(merge("tasks", base, undefined, changed)).toEqual({
      ...changed,
      conflicts: [{ deleted_by: "ours" }],
    });
  });

  test("unless nothing changed but what the server keeps", () => {
    const moved = aTask("T-1", { position: "b", version: 2, updated_at: LATE });
    expect(mergeRecord("tasks", { base, ours: moved, theirs: undefined })).toBeUndefined();
    const agent = anAgent("agent-1");
    const seen = anAgent("agent-1", { status: "busy", last_seen: LATE, current_task: "T-1" });
    expect(mergeRecord("agents", { base: agent, ours: undefined, theirs: seen })).toBeUndefined();
  });

  test("a lease that one side ended has ended, whatever the other did with it", () => {
    const lease = aLease("l1");
    const noted = aLease("l1", { note: "still at it", expires_at: LATE });
    expect(mergeRecord("locks", { base: lease, ours: undefined, theirs: noted })).toBeUndefined();
    expect(mergeRecord("locks", { base: lease, ours: noted, theirs: undefined })).toBeUndefined();
  });
});

describe("[G6] what the server keeps is settled by a rule", () => {
  test("times: the later", () => {
    const merged = mergeTasks(
      {},
      { title: "B", updated_at: LATE },
      { priority: "high", updated_at: EARLY },
    );
    expect(merged["updated_at"]).toBe(LATE);
    expect(conflictsOf(merged)).toEqual([]);
  });

  test("version: the greater, and one more for a record that is new to both sides", () => {
    const mixed = mergeTasks({}, { version: 4, title: "B" }, { version: 7, priority: "high" });
    expect(mixed["version"]).toBe(8);
    const taken = mergeTasks({}, { version: 4 }, { version: 7, priority: "high" });
    expect(taken["version"]).toBe(7);
  });

  test("rank: where the later move put the card", () => {
    const ours = { position: "g", updated_at: EARLY };
    const theirs = { position: "c", updated_at: LATE };
    expect(mergeTasks({}, ours, theirs)["position"]).toBe("c");
    expect(mergeTasks({}, theirs, ours)["position"]).toBe("c");
  });

  test("completed: only a task that comes out done", () => {
    const before = { status: "done", completed_at: EARLY };
    const again = { status: "done", completed_at: LATE };
    const reopened = { status: "queued", completed_at: null };
    expect(mergeTasks(before, again, reopened)).toMatchObject(reopened);
    const both = mergeTasks({}, { ...before }, { ...again });
    expect(both).toMatchObject({ status: "done", completed_at: LATE });
  });

  test("blocked twice for one reason: once, since the later", () => {
    const merged = mergeTasks(
      {},
      { blocked: { reason: "no key", since: LATE } },
      { blocked: { reason: "no key", since: EARLY } },
    );
    expect(merged["blocked"]).toEqual({ reason: "no key", since: LATE });
    expect(conflictsOf(merged)).toEqual([]);
  });

  test("leases that ran out in a row: as the side counted them that saw the task last", () => {
    const ours = { expired_leases: 2, updated_at: EARLY };
    const merged = mergeTasks({}, ours, { expired_leases: 1, updated_at: LATE });
    expect(merged["expired_leases"]).toBe(1);
    expect(mergeTasks(ours, ours, { updated_at: LATE })).not.toHaveProperty("expired_leases");
    expect(conflictsOf(merged)).toEqual([]);
  });

  test("artifacts: what workers left on either side, the oldest first", () => {
    const artifact = (day: number) => ({
      path: `artifacts/T-1/${9 - day}.patch`,
      created_at: `2026-01-0${day}T00:00:00.000Z`,
    });
    const merged = mergeTasks(
      { artifacts: [artifact(1)] },
      { artifacts: [artifact(1), artifact(3)] },
      { artifacts: [artifact(1), artifact(2)] },
    );
    expect(merged["artifacts"]).toEqual([artifact(1), artifact(2), artifact(3)]);
    expect(conflictsOf(merged)).toEqual([]);
  });

  test("what an agent is doing is told by the side that saw it last", () => {
    const merged = merge(
      "agents",
      anAgent("agent-1"),
      anAgent("agent-1", { status: "busy", current_task: "T-1", last_seen: LATE }),
      anAgent("agent-1", { status: "waiting", current_task: "T-2", last_seen: EARLY }),
    );
    expect(merged).toMatchObject({ status: "busy", current_task: "T-1", last_seen: LATE });
    expect(conflictsOf(merged)).toEqual([]);
  });

  test("a lease renewed on both sides lasts until the later, with the greater token", () => {
    const one = aLease("l1", { heartbeat_at: EARLY, expires_at: LATE, fencing_token: 9 });
    const other = aLease("l1", { heartbeat_at: LATE, expires_at: EARLY, fencing_token: 4 });
    for (const [ours, theirs] of [
      [one, other],
      [other, one],
    ]) {
      const merged = merge("locks", aLease("l1"), ours, theirs);
      expect(merged).toMatchObject({ heartbeat_at: LATE, expires_at: LATE, fencing_token: 9 });
    }
  });
});

describe("[G8] a conflict is open until somebody settles it", () => {
  const open = { field: "title", ours: "A", theirs: "B", base: "C" };
  const unsettled = { title: "A", conflicts: [open] };

  test("settled on one side, untouched on the other: settled", () => {
    const merged = mergeTasks(unsettled, { title: "B" }, unsettled);
    expect(merged["title"]).toBe("B");
    expect(merged).not.toHaveProperty("conflicts");
  });

  test("open on both sides: it stays open, once, beside what is new", () => {
    const merged = mergeTasks(
      unsettled,
      { ...unsettled, type: "docs" },
      { ...unsettled, type: "test" },
    );
    expect(merged["conflicts"]).toEqual([
      open,
      { field: "type", ours: "docs", theirs: "test", base: "feature" },
    ]);
  });

  test("settled in two ways: a conflict again, since they agreed on nothing before", () => {
    const merged = mergeTasks(unsettled, { title: "A" }, { title: "B" });
    expect(merged["title"]).toBe("A");
    expect(merged["conflicts"]).toEqual([{ field: "title", ours: "A", theirs: "B" }]);
  });

  test("about a field that is gone on both sides it is still named", () => {
    const gone = { field: "mine", theirs: 2, base: 1 };
    const merged = mergeTasks({}, { conflicts: [gone], title: "B" }, { priority: "high" });
    expect(merged["conflicts"]).toEqual([gone]);
  });

  test("a record kept against a deletion is settled like any other", () => {
    const kept = { conflicts: [{ deleted_by: "theirs" }] };
    expect(mergeTasks(kept, { title: "B" }, { ...kept, priority: "high" })).not.toHaveProperty(
      "conflicts",
    );
  });

  test("a field of that name that is a person's own loses nothing", () => {
    const merged = mergeTasks({}, { conflicts: "with T-2", title: "B" }, { title: "C" });
    expect(merged["conflicts"]).toEqual([
      { field: "title", ours: "B", theirs: "C", base: "Task T-1" },
      "with T-2",
    ]);
  });
});
