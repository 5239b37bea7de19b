import { describe, expect, it } from "vitest";
import type { WorkflowAnswer } from "#contracts/state";
import type { Task } from "#contracts/task";
import {
  ENTRY_GUARDS,
  HANDOVER,
  HELD,
  STATUSES,
  TRANSITIONS,
  type Status,
} from "#contracts/workflow";
import { aLease, aTask, recordsOf } from "../../testing/records.ts";
import { isReady, judgeMove } from "./moves.ts";

const mover = {
  actor: "ada",
  workflow: {
    statuses: [...STATUSES],
    transitions: TRANSITIONS,
    entry_guards: ENTRY_GUARDS,
    held: [...HELD],
    handover: [...HANDOVER],
  } as unknown as WorkflowAnswer,
};

function judge(
  task: Task,
  to: Status,
  others: Task[] = [],
  leases = [] as ReturnType<typeof aLease>[],
) {
  return judgeMove(task, to, recordsOf([task, ...others], leases), mover);
}

describe("where a card may go", () => {
  it("along the workflow, and within its own column", () => {
    expect(judge(aTask({ id: "T-1" }), "claimed")).toEqual({ allowed: true });
    expect(judge(aTask({ id: "T-1" }), "queued")).toEqual({ allowed: true });
  });

  it("a step that the workflow lacks names the steps there are, and cannot be forced", () => {
    expect(judge(aTask({ id: "T-1", status: "review" }), "done")).toEqual({
      allowed: false,
      reason: "From Review only to Approved, In progress, Queued",
      forcible: false,
    });
  });

  it("an open dependency is named, and a person may insist", () => {
    const task = aTask({ id: "T-1", depends_on: ["T-9"] });
    expect(judge(task, "claimed", [aTask({ id: "T-9" })])).toEqual({
      allowed: false,
      reason: "Dependency T-9 is open",
      forcible: true,
    });
    expect(judge(task, "claimed", [aTask({ id: "T-9", status: "done" })])).toEqual({
      allowed: true,
    });
  });

  it("an unfinished definition of done keeps a card from Done, whoever insists", () => {
    const dod = [
      { id: "d1", text: "a", done: true },
      { id: "d2", text: "b", done: false },
    ];
    expect(judge(aTask({ id: "T-1", status: "merging", assignee: "ada", dod }), "done")).toEqual({
      allowed: false,
      reason: "Definition of done: 1 of 2",
      forcible: false,
    });
  });

  it("a card that somebody else holds stays, and its own holder moves it on", () => {
    const held = aTask({ id: "T-1", status: "in_progress", assignee: "agent-3" });
    expect(judge(held, "review")).toEqual({
      allowed: false,
      reason: "Held by agent-3",
      forcible: true,
    });
    expect(judge({ ...held, assignee: "ada" }, "review")).toEqual({ allowed: true });
  });

  it("a lease on a queued card keeps others from claiming it", () => {
    expect(judge(aTask({ id: "T-1" }), "claimed", [], [aLease({ holder: "agent-3" })])).toEqual({
      allowed: false,
      reason: "Lease held by agent-3",
      forcible: false,
    });
  });
});

it("ready is queued, not blocked, not archived, with every dependency done", () => {
  const blocked = { reason: "x", since: "2026-01-01T00:00:00.000Z" };
  const cases: [Partial<Task>, boolean][] = [
    [{}, true],
    [{ status: "claimed" }, false],
    [{ archived: true }, false],
    [{ blocked }, false],
    [{ depends_on: ["T-9"] }, false],
  ];
  for (const [fields, ready] of cases) {
    const task = aTask({ id: "T-1", ...fields });
    expect(isReady(task, recordsOf([task, aTask({ id: "T-9" })]))).toBe(ready);
  }
});
