import { describe, expect, test } from "vitest";
import { taskMergePatch, type JsonPatch, type Task } from "#contracts/task";
import { aLease, anAgent, aTask } from "../../store/testing/records.ts";
import {
  ADA,
  AGENT_1,
  AGENT_2,
  NO_TERMS,
  ok,
  openBoard,
  refused,
  type Board,
} from "../testing/board.ts";

const patch = (board: Board, fields: object, principal = ADA) =>
  board.tasks.patch(
    principal,
    "T-1",
    { format: "merge-patch", patch: taskMergePatch.parse(fields) },
    { ifMatch: [board.etag("T-1")] },
  );

const jsonPatch = (board: Board, operations: JsonPatch) =>
  board.tasks.patch(ADA, "T-1", { format: "json-patch", patch: operations }, NO_TERMS);

const boardOf = (fields: Partial<Task> & Record<string, unknown> = {}, ...others: Task[]) =>
  openBoard({ tasks: [aTask("T-1", fields), ...others] });

describe("[T19] a merge patch changes what it names", () => {
  test("and nothing else, in one event", async () => {
    const task = aTask("T-1", {
      description: "d",
      type: "docs",
      assignee: "agent-1",
      depends_on: ["T-9"],
      dod: [{ id: "d1", text: "t", done: true }],
      labels: ["x"],
      repository_url: "https://example.org/r.git",
      branch_name: "b",
      position: "k",
      blocked: { reason: "r", since: "2026-01-01T00:00:00.000Z" },
      archived: true,
    });
    const board = await openBoard({ tasks: [task, aTask("T-9")] });
    board.clock.advance(1_000);
    const answer = await ok(patch(board, { title: "b", priority: "high" }));
    expect(answer).toMatchObject({ ok: true, etag: board.etag("T-1") });
    expect(answer.task).toEqual({
      ...task,
      version: 2,
      title: "b",
      priority: "high",
      updated_at: "2026-01-01T00:00:01.000Z",
    });
    expect(await board.told()).toEqual(["task_updated"]);
  });

  test.each<[string, object, Partial<Task>]>([
    ["description", { description: null }, { description: "" }],
    ["labels", { labels: null }, { labels: [] }],
    ["dod", { dod: null }, { dod: [] }],
    ["depends_on", { depends_on: null }, { depends_on: [] }],
    ["repository_url", { repository_url: null }, { repository_url: null }],
    ["blocked", { blocked: null }, { blocked: null }],
    ["assignee", { assignee: null }, { assignee: null }],
  ])("null empties %s", async (_, fields, expected) => {
    const board = await boardOf(
      {
        description: "d",
        labels: ["x"],
        dod: [{ id: "d1", text: "t", done: true }],
        depends_on: ["T-9"],
        repository_url: "u",
        blocked: { reason: "r", since: "2026-01-01T00:00:00.000Z" },
        assignee: "agent-1",
      },
      aTask("T-9"),
    );
    await ok(patch(board, fields));
    expect(board.task("T-1")).toMatchObject(expected);
  });

  test("what changes nothing writes nothing: the ETag stays", async () => {
    const board = await boardOf({ title: "a", labels: ["x"] });
    const before = board.etag("T-1");
    const answer = await ok(patch(board, { title: "a", labels: ["x", "x"], assignee: null }));
    expect(answer.etag).toBe(before);
    expect(await board.told()).toEqual([]);
  });

  test("fields that a person added in the file stay", async () => {
    const board = await boardOf({
      estimate: 3,
      dod: [
        { id: "d1", text: "t", done: false, by: "Ada" } as never,
        { id: "d2", text: "u", done: false, by: "Bob" } as never,
      ],
    });
    const dod = [
      { id: "d2", text: "u", done: true },
      { id: "d1", text: "t", done: false },
    ];
    await ok(patch(board, { dod }));
    expect(board.task("T-1")).toMatchObject({
      estimate: 3,
      dod: [
        { id: "d2", text: "u", done: true, by: "Bob" },
        { id: "d1", text: "t", done: false, by: "Ada" },
      ],
    });
  });

  test("whatever else a person left amiss in the file", async () => {
    const item = { id: "d1", text: "t", done: false };
    const board = await boardOf(
      { dod: [item, item], depends_on: ["T-2"] },
      aTask("T-2", { depends_on: ["T-1"] }),
    );
    const { task } = await ok(patch(board, { title: "b" }));
    expect(task).toMatchObject({ title: "b", dod: [item, item], depends_on: ["T-2"] });
  });

  test("of two that saw the same state one is accepted", async () => {
    const board = await boardOf();
    const seen = { ifMatch: [board.etag("T-1")] };
    const write = (title: string) =>
      board.tasks.patch(ADA, "T-1", { format: "merge-patch", patch: { title } }, seen);
    const outcomes = await Promise.all(["a", "b", "c", "d"].map(write));
    expect(outcomes.map((outcome) => (outcome.ok ? "ok" : outcome.code))).toEqual([
      "ok",
      "precondition-failed",
      "precondition-failed",
      "precondition-failed",
    ]);
  });
});

describe("[T20] the definition of done", () => {
  test("gets ids for what has none, and leaves taken ones alone", async () => {
    const board = await boardOf();
    await ok(patch(board, { dod: ["tests", { id: "d1", text: "docs" }, { text: "review" }] }));
    expect(board.task("T-1")?.dod).toEqual([
      { id: "d2", text: "tests", done: false },
      { id: "d1", text: "docs", done: false },
      { id: "d3", text: "review", done: false },
    ]);
  });

  test("refuses one id for two items", async () => {
    const board = await boardOf();
    const dod = [
      { id: "a", text: "x" },
      { id: "b", text: "y" },
      { id: "a", text: "z" },
    ];
    const { code, more } = await refused(patch(board, { dod }));
    expect(code).toBe("invalid");
    expect(more).toMatchObject({ errors: [{ pointer: "/dod/2/id" }] });
  });
});

test("[T21] blocked since when it was first said so, whatever the reason becomes", async () => {
  const board = await boardOf();
  await ok(patch(board, { blocked: { reason: "waits for a key" } }));
  board.clock.advance(60_000);
  await ok(patch(board, { blocked: { reason: "waits for two keys" } }));
  expect(board.task("T-1")?.blocked).toEqual({
    reason: "waits for two keys",
    since: "2026-01-01T00:00:00.000Z",
  });
});

describe("[T22] a JSON Patch", () => {
  test("is checked and written like a merge patch", async () => {
    const board = await boardOf({
      dod: [{ id: "tests", text: "t", done: false, by: "Ada" } as never],
    });
    const answer = await ok(
      jsonPatch(board, [
        { op: "test", path: "/dod/0/id", value: "tests" },
        { op: "replace", path: "/dod/0/done", value: true },
        { op: "add", path: "/dod/-", value: "docs" },
        { op: "add", path: "/dod/-", value: { id: "events", text: "e" } },
        { op: "add", path: "/labels/0", value: "x" },
      ]),
    );
    expect(answer.task).toMatchObject({
      labels: ["x"],
      dod: [
        { id: "tests", text: "t", done: true, by: "Ada" },
        { id: "d1", text: "docs", done: false },
        { id: "events", text: "e", done: false },
      ],
    });
  });

  test("whose test fails changes nothing", async () => {
    const board = await boardOf({ title: "a" });
    const { code, more } = await refused(
      jsonPatch(board, [
        { op: "replace", path: "/title", value: "c" },
        { op: "test", path: "/title", value: "b" },
      ]),
    );
    expect(code).toBe("patch-test-failed");
    expect(more).toEqual({ operation: 1, pointer: "/title" });
    expect(board.task("T-1")?.title).toBe("a");
  });

  test("cannot write what only the server writes", async () => {
    const board = await boardOf();
    const { code, more } = await refused(
      jsonPatch(board, [
        { op: "replace", path: "/version", value: 9 },
        { op: "replace", path: "/created_by", value: "me" },
      ]),
    );
    expect(code).toBe("invalid");
    expect(more).toMatchObject({ errors: [{ pointer: "/version" }, { pointer: "/created_by" }] });
  });

  test.each<[string, JsonPatch, string]>([
    ["no title", [{ op: "remove", path: "/title" }], "/title"],
    ["a status there is not", [{ op: "replace", path: "/status", value: "half" }], "/status"],
    ["a number for a label", [{ op: "add", path: "/labels/-", value: 1 }], "/labels/0"],
    ["an item without a text", [{ op: "add", path: "/dod/-", value: { id: "a" } }], "/dod/0/text"],
    ["an item that is none", [{ op: "add", path: "/dod/-", value: null }], "/dod/0"],
    [
      "an item with a field there is not",
      [{ op: "add", path: "/dod/-", value: { id: "a", text: "t", colour: "red" } }],
      "/dod/0/colour",
    ],
  ])("cannot make a task with %s", async (_, operations, pointer) => {
    const board = await boardOf();
    const { code, more } = await refused(jsonPatch(board, operations));
    expect(code).toBe("invalid");
    expect(more).toMatchObject({ errors: [{ pointer }] });
  });
});

describe("[T23] dependencies", () => {
  test.each([
    ["itself", ["T-1"], "T-1 → T-1"],
    ["a task that waits for it", ["T-2"], "T-1 → T-2 → T-1"],
    ["a task that waits for one that waits for it", ["T-4", "T-3"], "T-1 → T-3 → T-2 → T-1"],
  ])("cannot run in a circle, by %s", async (_, depends_on, way) => {
    const board = await boardOf(
      {},
      aTask("T-2", { depends_on: ["T-1"] }),
      aTask("T-3", { depends_on: ["T-2"] }),
      aTask("T-4"),
    );
    const { code, detail, more } = await refused(patch(board, { depends_on }));
    expect(code).toBe("dependency-cycle");
    expect(detail).toContain(way);
    expect(more).toEqual({ cycle: way.split(" → ") });
  });

  test("must be there, each named with its pointer", async () => {
    const board = await boardOf({}, aTask("T-2"));
    const { code, more } = await refused(patch(board, { depends_on: ["T-2", "T-8", "T-9"] }));
    expect(code).toBe("invalid");
    expect(more).toMatchObject({
      errors: [
        { pointer: "/depends_on/1", detail: "there is no task T-8" },
        { pointer: "/depends_on/2", detail: "there is no task T-9" },
      ],
    });
  });

  test("that went missing in the file do not stand in the way of other changes", async () => {
    const board = await boardOf({ depends_on: ["T-404"] }, aTask("T-2"));
    await ok(patch(board, { depends_on: ["T-404", "T-2"], title: "b" }));
    expect(board.task("T-1")?.depends_on).toEqual(["T-404", "T-2"]);
  });

  test("on a circle that a person wrote into the file are no circle of this task", async () => {
    const others = [aTask("T-2", { depends_on: ["T-3"] }), aTask("T-3", { depends_on: ["T-2"] })];
    const board = await boardOf({}, ...others);
    await ok(patch(board, { depends_on: ["T-2"] }));
    expect(board.task("T-1")?.depends_on).toEqual(["T-2"]);
  });

  test("said twice count once", async () => {
    const board = await boardOf({}, aTask("T-2"));
    await ok(patch(board, { depends_on: ["T-2", "T-2"] }));
    expect(board.task("T-1")?.depends_on).toEqual(["T-2"]);
  });
});

describe("[T24] a patch of status or assignee is a step like any other", () => {
  const held = () =>
    openBoard({
      tasks: [aTask("T-1", { status: "claimed", assignee: "agent-1" })],
      agents: [anAgent("agent-1"), anAgent("ada", { kind: "human" })],
      locks: [aLease("lock-1", { resource: "task:T-1" })],
    });

  test("logged as one, with everything else it changes", async () => {
    const board = await held();
    await ok(patch(board, { status: "in_progress", title: "b" }, AGENT_1));
    expect(await board.told()).toEqual(["task_transitioned"]);
    expect((await board.last("task_transitioned"))?.details).toMatchObject({
      from: "claimed",
      to: "in_progress",
    });
    expect(board.task("T-1")).toMatchObject({ title: "b", status: "in_progress" });
  });

  test("refused as one, and then nothing of it is written", async () => {
    const board = await held();
    const refusal = await refused(patch(board, { status: "review", title: "b" }, AGENT_1));
    expect(refusal.code).toBe("invalid-transition");
    expect(board.task("T-1")?.title).toBe("Task T-1");
  });

  test("other fields of a held task may be changed by anybody", async () => {
    const board = await held();
    await ok(patch(board, { description: "a hint" }, AGENT_2));
    expect(board.locks()).toMatchObject([{ lock_id: "lock-1" }]);
  });

  test("but nobody else hands it over", async () => {
    const board = await held();
    expect((await refused(patch(board, { assignee: "agent-2" }, AGENT_2))).code).toBe("not-holder");
  });

  test("its holder does, lease and all", async () => {
    const board = await held();
    await ok(patch(board, { assignee: "agent-2" }, AGENT_1));
    expect(board.task("T-1")).toMatchObject({ status: "claimed", assignee: "agent-2" });
    expect(board.locks()).toMatchObject([{ holder: "agent-2" }]);
    expect(await board.told()).toEqual([
      "lease_released",
      "agent_registered",
      "lease_acquired",
      "task_updated",
    ]);
  });

  test("to a person without a lease", async () => {
    const board = await held();
    await ok(patch(board, { assignee: "ada" }, AGENT_1));
    expect(board.locks()).toEqual([]);
  });

  test("a held task cannot be left without anybody", async () => {
    const board = await held();
    const { code, more } = await refused(patch(board, { assignee: null }, AGENT_1));
    expect(code).toBe("invalid");
    expect(more).toMatchObject({ errors: [{ pointer: "/assignee" }] });
  });

  test("a queued task is set aside for somebody, without a lease", async () => {
    const board = await boardOf();
    await ok(patch(board, { assignee: "agent-2" }));
    expect(board.task("T-1")).toMatchObject({ status: "queued", assignee: "agent-2" });
    expect(board.locks()).toEqual([]);
  });

  test("claimed for somebody in one patch", async () => {
    const board = await boardOf();
    await ok(patch(board, { status: "claimed", assignee: "agent-2" }));
    expect(board.task("T-1")).toMatchObject({ status: "claimed", assignee: "agent-2" });
    expect(board.locks()).toMatchObject([{ holder: "agent-2" }]);
  });

  test("[S14] a patch under an older token is refused, whatever it changes", async () => {
    const board = await held();
    const stale = board.tasks.patch(
      AGENT_1,
      "T-1",
      { format: "merge-patch", patch: { description: "late" } },
      { ifMatch: "*", leaseToken: 9 },
    );
    expect((await refused(stale)).code).toBe("fence-stale");
  });
});
