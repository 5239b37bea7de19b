import { describe, expect, test } from "vitest";
import type { TaskBatch } from "#contracts/task";
import { aLease, anAgent, aTask } from "../../store/testing/records.ts";
import {
  ADA,
  AGENT_1,
  AGENT_2,
  newTask,
  NO_TERMS,
  ok,
  openBoard,
  refused,
} from "../testing/board.ts";

describe("[T25] a new task", () => {
  test("keeps the id it comes with", async () => {
    const board = await openBoard();
    const answer = await ok(board.tasks.create(ADA, newTask({ id: "OPS-7" }), NO_TERMS));
    expect(answer).toMatchObject({ id: "OPS-7", etag: board.etag("OPS-7") });
    expect(await board.told()).toEqual(["task_created"]);
  });

  test("or gets one of T- and six random characters", async () => {
    const board = await openBoard();
    const { id } = await ok(board.tasks.create(ADA, newTask(), NO_TERMS));
    expect(id).toMatch(/^T-[a-z2-7]{6}$/);
  });

  test("is filled in by the server", async () => {
    const board = await openBoard();
    const input = newTask({ id: "T-1", title: "a", dod: ["tests"], blocked: { reason: "r" } });
    const { task } = await ok(board.tasks.create(AGENT_1, input, NO_TERMS));
    expect(task).toEqual({
      id: "T-1",
      version: 1,
      title: "a",
      description: "",
      type: "feature",
      status: "queued",
      priority: "normal",
      assignee: null,
      depends_on: [],
      dod: [{ id: "d1", text: "tests", done: false }],
      labels: [],
      repository_url: null,
      branch_name: null,
      position: "V00000",
      blocked: { reason: "r", since: "2026-01-01T00:00:00.000Z" },
      archived: false,
      created_by: "agent-1",
      created_at: "2026-01-01T00:00:00.000Z",
      updated_at: "2026-01-01T00:00:00.000Z",
      completed_at: null,
    });
  });

  test("is not written over one that is there", async () => {
    const board = await openBoard({ tasks: [aTask("T-1")] });
    const { code, more } = await refused(board.tasks.create(ADA, newTask({ id: "T-1" }), NO_TERMS));
    expect(code).toBe("already-exists");
    expect(more).toEqual({ id: "T-1", current_etag: board.etag("T-1") });
  });

  test("of twenty with one id that arrive together one is written", async () => {
    const board = await openBoard();
    const create = () => board.tasks.create(ADA, newTask({ id: "T-1" }), NO_TERMS);
    const outcomes = await Promise.all(Array.from({ length: 20 }, create));
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
  });

  test("depends on tasks that are there", async () => {
    const board = await openBoard();
    const { code, more } = await refused(
      board.tasks.create(ADA, newTask({ depends_on: ["T-9"] }), NO_TERMS),
    );
    expect(code).toBe("invalid");
    expect(more).toMatchObject({ errors: [{ pointer: "/depends_on/0" }] });
  });

  test("that others in the file wait for already closes no circle", async () => {
    const board = await openBoard({ tasks: [aTask("T-2", { depends_on: ["T-1"] })] });
    const input = newTask({ id: "T-1", depends_on: ["T-2"] });
    expect((await refused(board.tasks.create(ADA, input, NO_TERMS))).code).toBe("dependency-cycle");
  });
});

describe("[T26] a batch is written whole or not at all", () => {
  const batch = (creates: object[], patches: TaskBatch["patches"] = []): TaskBatch => ({
    creates: creates.map((fields) => newTask(fields)),
    patches,
  });

  test("its creates may depend on each other in any order", async () => {
    const board = await openBoard();
    const { results } = await ok(
      board.tasks.batch(ADA, batch([{ id: "T-1", depends_on: ["T-2"] }, { id: "T-2" }]), NO_TERMS),
    );
    expect(results).toEqual([
      { id: "T-1", etag: board.etag("T-1") },
      { id: "T-2", etag: board.etag("T-2") },
    ]);
    expect((board.task("T-1")?.position ?? "") < (board.task("T-2")?.position ?? "")).toBe(true);
  });

  test("its creates stand at the end of the column, in its order", async () => {
    const board = await openBoard({ tasks: [aTask("T-9", { position: "X00000" })] });
    await ok(board.tasks.batch(ADA, batch([{ id: "T-2" }, { id: "T-1" }]), NO_TERMS));
    expect(["T-2", "T-1"].map((id) => board.task(id)?.position)).toEqual(["X00001", "X00002"]);
  });

  test("a patch sees what stands before it in the batch", async () => {
    const board = await openBoard({ tasks: [aTask("T-1")] });
    const patches = [
      { id: "T-1", if_match: board.etag("T-1"), patch: { depends_on: ["T-2"], title: "b" } },
    ];
    await ok(board.tasks.batch(ADA, batch([{ id: "T-2" }], patches), NO_TERMS));
    expect(board.task("T-1")).toMatchObject({ title: "b", depends_on: ["T-2"] });
    expect(await board.told()).toEqual(["task_created", "task_updated"]);
  });

  test("two agents may be given work at once, each with a lease of its own", async () => {
    const board = await openBoard({ tasks: [aTask("T-1"), aTask("T-2")] });
    const claim = (id: string, assignee: string) => ({
      id,
      if_match: board.etag(id),
      patch: { status: "claimed", assignee } as const,
    });
    const patches = [claim("T-1", "agent-1"), claim("T-2", "agent-2")];
    await ok(board.tasks.batch(ADA, batch([], patches), NO_TERMS));
    expect(
      board
        .locks()
        .map(({ holder }) => holder)
        .toSorted(),
    ).toEqual(["agent-1", "agent-2"]);
    const tokens = board.locks().map(({ fencing_token }) => fencing_token);
    expect(new Set(tokens).size).toBe(2);
  });

  test("the first that is refused is named, and nothing is written", async () => {
    const board = await openBoard({ tasks: [aTask("T-1")] });
    const { code, detail, more } = await refused(
      board.tasks.batch(ADA, batch([{ id: "T-2" }, { id: "T-1" }]), NO_TERMS),
    );
    expect(code).toBe("already-exists");
    expect(detail).toMatch(/^creates\[1\]: There is a task T-1 already\./);
    expect(detail).toMatch(/Nothing of the batch was written\.$/);
    expect(more).toMatchObject({ list: "creates", index: 1, id: "T-1" });
    expect(board.task("T-2")).toBeUndefined();
  });

  test("nor is one id given to two of them", async () => {
    const board = await openBoard();
    const { code, more } = await refused(
      board.tasks.batch(ADA, batch([{ id: "T-2" }, { id: "T-2" }]), NO_TERMS),
    );
    expect(code).toBe("already-exists");
    expect(more).toMatchObject({ list: "creates", index: 1, id: "T-2", current_etag: null });
  });

  test("what is wrong inside one has a pointer into the batch", async () => {
    const board = await openBoard({ tasks: [aTask("T-1")] });
    const wrong = await refused(
      board.tasks.batch(ADA, batch([{ id: "T-2" }, { depends_on: ["T-8"] }]), NO_TERMS),
    );
    expect(wrong.more).toMatchObject({ errors: [{ pointer: "/creates/1/depends_on/0" }] });
    const patches = [{ id: "T-1", if_match: board.etag("T-1"), patch: { depends_on: ["T-9"] } }];
    const patched = await refused(board.tasks.batch(ADA, batch([], patches), NO_TERMS));
    expect(patched.more).toMatchObject({ errors: [{ pointer: "/patches/0/patch/depends_on/0" }] });
  });

  test("a patch of something that changed stops it, with all that is needed to merge", async () => {
    const board = await openBoard({ tasks: [aTask("T-1"), aTask("T-2")] });
    const seen = board.etag("T-2");
    await ok(
      board.tasks.patch(AGENT_2, "T-2", { format: "merge-patch", patch: { title: "x" } }, NO_TERMS),
    );
    const patches = [
      { id: "T-1", if_match: board.etag("T-1"), patch: { title: "b" } },
      { id: "T-2", if_match: seen, patch: { title: "b" } },
    ];
    const { code, more } = await refused(board.tasks.batch(ADA, batch([], patches), NO_TERMS));
    expect(code).toBe("precondition-failed");
    expect(more).toMatchObject({
      list: "patches",
      index: 1,
      current: { title: "x" },
      changed_fields: ["title"],
      changed_by: "agent-2",
    });
    expect(board.task("T-1")?.title).toBe("Task T-1");
  });

  test("a task is patched once in it", async () => {
    const board = await openBoard({ tasks: [aTask("T-1")] });
    const patches = ["a", "b"].map((title) => ({
      id: "T-1",
      if_match: board.etag("T-1"),
      patch: { title },
    }));
    const { code, more } = await refused(board.tasks.batch(ADA, batch([], patches), NO_TERMS));
    expect(code).toBe("invalid");
    expect(more).toMatchObject({ index: 1, errors: [{ pointer: "/patches/1/id" }] });
  });

  test("a thousand tasks are one commit", async () => {
    const board = await openBoard();
    const creates = Array.from({ length: 1_000 }, (_, at) => ({ id: `T-${at}` }));
    const { results } = await ok(board.tasks.batch(ADA, batch(creates), NO_TERMS));
    expect(results).toHaveLength(1_000);
    const sizes = (await board.events()).map(({ details }) => details["commit"]);
    expect(sizes[0]).toEqual({ index: 0, size: 1_000 });
  });
});

describe("[T27] deleting", () => {
  test("a task that others wait for is refused, and names them", async () => {
    const board = await openBoard({
      tasks: [
        aTask("T-1"),
        aTask("T-2", { depends_on: ["T-1"] }),
        aTask("T-3", { depends_on: ["T-1"] }),
      ],
    });
    const { code, detail, more } = await refused(board.tasks.remove(ADA, "T-1", {}, NO_TERMS));
    expect(code).toBe("in-use");
    expect(detail).toContain("T-2, T-3 depend on T-1.");
    expect(more).toEqual({ dependants: ["T-2", "T-3"] });
  });

  test("by force takes it out of them in the same commit", async () => {
    const board = await openBoard({
      tasks: [aTask("T-1"), aTask("T-2", { depends_on: ["T-9", "T-1"] }), aTask("T-9")],
    });
    await ok(board.tasks.remove(ADA, "T-1", { force: true }, NO_TERMS));
    expect(board.task("T-1")).toBeUndefined();
    expect(board.task("T-2")?.depends_on).toEqual(["T-9"]);
    expect(await board.told()).toEqual(["task_updated", "task_deleted"]);
  });

  test("by force is a person's", async () => {
    const board = await openBoard({ tasks: [aTask("T-1")] });
    const remove = board.tasks.remove(AGENT_1, "T-1", { force: true }, NO_TERMS);
    expect((await refused(remove)).code).toBe("forbidden");
  });

  const held = () =>
    openBoard({
      tasks: [aTask("T-1", { status: "claimed", assignee: "agent-1" })],
      agents: [anAgent("agent-1", { status: "busy", current_task: "T-1" })],
      locks: [aLease("lock-1", { resource: "task:T-1" })],
    });

  test("what another holds is refused", async () => {
    const board = await held();
    expect((await refused(board.tasks.remove(AGENT_2, "T-1", {}, NO_TERMS))).code).toBe(
      "not-holder",
    );
    expect((await refused(board.tasks.remove(ADA, "T-1", {}, NO_TERMS))).code).toBe("not-holder");
  });

  test("what one holds oneself ends the lease and frees the agent", async () => {
    const board = await held();
    await ok(board.tasks.remove(AGENT_1, "T-1", {}, { ifMatch: [board.etag("T-1")] }));
    expect(board.locks()).toEqual([]);
    expect(board.agent("agent-1")).toMatchObject({ status: "idle", current_task: null });
    expect(await board.told()).toEqual(["lease_released", "task_deleted"]);
    expect((await board.last("task_deleted"))?.details).not.toHaveProperty("force");
  });

  test("what another holds, by force, reclaims its lease", async () => {
    const board = await held();
    await ok(board.tasks.remove(ADA, "T-1", { force: true }, NO_TERMS));
    expect(await board.told()).toEqual(["lease_reclaimed", "task_deleted"]);
    expect((await board.last("task_deleted"))?.details).toMatchObject({ force: true });
  });

  test("what somebody has leased without holding it waits for the lease", async () => {
    const board = await openBoard({
      tasks: [aTask("T-1")],
      locks: [aLease("lock-1", { resource: "task:T-1", holder: "agent-9" })],
    });
    expect((await refused(board.tasks.remove(ADA, "T-1", {}, NO_TERMS))).code).toBe("lease-held");
    const holder = { id: "agent-9", kind: "agent" } as const;
    await ok(board.tasks.remove(holder, "T-1", {}, NO_TERMS));
    expect(board.locks()).toEqual([]);
  });

  test("what changed since it was seen is refused", async () => {
    const board = await openBoard({ tasks: [aTask("T-1")] });
    const remove = board.tasks.remove(ADA, "T-1", {}, { ifMatch: ['"0-x"'] });
    expect((await refused(remove)).code).toBe("precondition-failed");
  });
});
