import { describe, expect, test } from "vitest";
import type { Task } from "#contracts/task";
import { aTask } from "../../store/testing/records.ts";
import { skippedGuards } from "./by-hand.ts";

const OPEN = { dod: [{ id: "d1", text: "tests", done: false }] };

describe("[S10] an edit of the file passes by what no command could have", () => {
  test.each<[string, Partial<Task>, Partial<Task>, string[]]>([
    ["a title", { status: "review" }, { status: "review", title: "b" }, []],
    ["a step of the table", { status: "review" }, { status: "approved" }, []],
    ["a step that is in no table", { status: "queued" }, { status: "review" }, ["transition"]],
    [
      "done, with an item that is open",
      { ...OPEN, status: "merging" },
      { ...OPEN, status: "done" },
      ["dod-done"],
    ],
    [
      "what somebody holds, moved on",
      { status: "in_progress", assignee: "agent-1" },
      { status: "review", assignee: "agent-1" },
      ["holder"],
    ],
    [
      "what somebody holds, given to another",
      { status: "claimed", assignee: "agent-1" },
      { status: "claimed", assignee: "agent-2" },
      ["holder"],
    ],
    ["what nobody has begun, given to another", { assignee: "agent-1" }, { assignee: "ada" }, []],
    [
      "all of it at once",
      { ...OPEN, status: "claimed", assignee: "agent-1" },
      { ...OPEN, status: "done" },
      ["transition", "holder", "dod-done"],
    ],
  ])("%s", (_, before, after, skipped) => {
    expect(skippedGuards(aTask("T-1", before), aTask("T-1", after))).toEqual(skipped);
  });

  test("a task that is new in the file, or gone from it, passes none", () => {
    expect(skippedGuards(undefined, aTask("T-1", { status: "done", ...OPEN }))).toEqual([]);
    expect(skippedGuards(aTask("T-1", { status: "claimed", assignee: "a-1" }), undefined)).toEqual(
      [],
    );
  });
});
