import { describe, expect, test } from "vitest";
import { aLease, anAgent, aTask } from "../../store/testing/records.ts";
import {
  ADA,
  AGENT_1,
  AGENT_2,
  boardWith,
  NO_TERMS,
  ok,
  openBoard,
  refused,
  verdictOf,
} from "../testing/board.ts";

describe("[T7] claiming needs every dependency done", () => {
  test("the refusal says what each one is", async () => {
    const board = await openBoard({
      tasks: [
        aTask("T-1", { depends_on: ["T-7", "T-8", "T-9"] }),
        aTask("T-7", { status: "done" }),
        aTask("T-9", { status: "in_progress" }),
      ],
    });
    const { code, detail, more } = await refused(
      board.tasks.transition(AGENT_1, "T-1", { to: "claimed" }, NO_TERMS),
    );
    expect(code).toBe("dependency-open");
    expect(detail).toBe(
      "T-1 waits for what is not done: T-8 does not exist, T-9 is in_progress. Finish that first, or take it out of depends_on.",
    );
    expect(more).toEqual({
      open: [
        { id: "T-8", status: null },
        { id: "T-9", status: "in_progress" },
      ],
    });
  });

  test("later steps do not ask again", async () => {
    const board = await boardWith("claimed", { depends_on: ["T-9"] });
    expect(await verdictOf(board, "in_progress")).toBe("moves");
  });
});

describe("[T8] done needs every item of the definition of done", () => {
  const dod = [
    { id: "d1", text: "tests", done: true },
    { id: "d2", text: "docs", done: false },
    { id: "d3", text: "review", done: false },
    { id: "d4", text: "events", done: true },
  ];

  test("the refusal counts them and names the open ones", async () => {
    const board = await boardWith("merging", { dod });
    const { code, detail, more } = await refused(
      board.tasks.transition(AGENT_1, "T-1", { to: "done" }, NO_TERMS),
    );
    expect(code).toBe("dod-open");
    expect(detail).toBe("DoD 2 of 4 done. Open: docs; review. PATCH dod when they are.");
    expect(more).toMatchObject({ done: 2, total: 4, open: [{ id: "d2" }, { id: "d3" }] });
  });

  test("force does not help: what is not done is not done", async () => {
    const board = await boardWith("merging", { dod });
    expect(await verdictOf(board, "done", ADA, true)).toBe("dod-open");
  });

  test("one patch may tick the last item and finish the task", async () => {
    const board = await boardWith("merging", { dod });
    const ticked = dod.map((item) => ({ ...item, done: true }));
    const change = { format: "merge-patch", patch: { dod: ticked, status: "done" } } as const;
    await ok(board.tasks.patch(AGENT_1, "T-1", change, { ifMatch: [board.etag("T-1")] }));
    expect(board.task("T-1")?.status).toBe("done");
    expect(await board.told()).toEqual(["lease_released", "task_transitioned"]);
  });
});

describe("[T9] force is a person's, and is written down", () => {
  test.each([AGENT_1, { id: "w", kind: "worker" } as const])("not $id's", async (principal) => {
    const board = await boardWith("in_progress");
    const { code, detail } = await refused(
      board.tasks.transition(principal, "T-1", { to: "review", force: true }, NO_TERMS),
    );
    expect(code).toBe("forbidden");
    expect(detail).toContain('POST /collab/agents {"id": "…", "kind": "human"}');
  });

  test("past the holder, whose lease is reclaimed", async () => {
    const board = await boardWith("in_progress");
    await ok(
      board.tasks.transition(
        ADA,
        "T-1",
        { to: "review", force: true, reason: "agent-1 hangs" },
        NO_TERMS,
      ),
    );
    expect(await board.told()).toEqual(["lease_reclaimed", "task_transitioned"]);
    expect((await board.last("task_transitioned"))?.details).toMatchObject({
      from: "in_progress",
      to: "review",
      force: true,
      reason: "agent-1 hangs",
    });
    expect((await board.last("lease_reclaimed"))?.details).toMatchObject({
      lock_id: "lock-1",
      holder: "agent-1",
      force: true,
      reason: "agent-1 hangs",
    });
  });

  test("also where only the holder changes", async () => {
    const board = await boardWith("in_progress");
    const command = {
      to: "in_progress",
      assignee: "agent-2",
      force: true,
      reason: "hangs",
    } as const;
    await ok(board.tasks.transition(ADA, "T-1", command, NO_TERMS));
    expect(board.task("T-1")?.assignee).toBe("agent-2");
    expect((await board.last("task_updated"))?.details).toMatchObject({
      force: true,
      reason: "hangs",
    });
  });

  test("past open dependencies", async () => {
    const board = await openBoard({ tasks: [aTask("T-1", { depends_on: ["T-9"] }), aTask("T-9")] });
    expect(await verdictOf(board, "claimed", ADA)).toBe("dependency-open");
    expect(await verdictOf(board, "claimed", ADA, true)).toBe("moves");
  });

  test("past somebody else's lease on the task", async () => {
    const board = await openBoard({
      tasks: [aTask("T-1")],
      agents: [anAgent("ada", { kind: "human" })],
      locks: [aLease("lock-1", { resource: "task:T-1", holder: "agent-9" })],
    });
    expect(await verdictOf(board, "claimed", ADA, true)).toBe("moves");
    expect(board.locks()).toEqual([]);
  });
});

describe("[T10] the server keeps the times", () => {
  test("completed_at is when it was done, and nothing after it was opened again", async () => {
    const board = await boardWith("merging");
    board.clock.advance(60_000);
    await ok(board.tasks.transition(AGENT_1, "T-1", { to: "done" }, NO_TERMS));
    expect(board.task("T-1")?.completed_at).toBe("2026-01-01T00:01:00.000Z");
    await ok(board.tasks.transition(AGENT_2, "T-1", { to: "queued" }, NO_TERMS));
    expect(board.task("T-1")?.completed_at).toBeNull();
  });

  test("updated_at moves with every change", async () => {
    const board = await boardWith("review");
    board.clock.advance(1_000);
    await ok(board.tasks.transition(AGENT_1, "T-1", { to: "approved" }, NO_TERMS));
    expect(board.task("T-1")?.updated_at).toBe("2026-01-01T00:00:01.000Z");
  });
});

describe("If-Match is taken when given, and not required", () => {
  test("stale: 412 with all that is needed to merge", async () => {
    const board = await boardWith("review");
    const seen = board.etag("T-1");
    const change = { format: "merge-patch", patch: { title: "b", priority: "low" } } as const;
    await ok(board.tasks.patch(AGENT_2, "T-1", change, { ifMatch: [seen] }));
    const { code, more } = await refused(
      board.tasks.transition(AGENT_1, "T-1", { to: "approved" }, { ifMatch: [seen] }),
    );
    expect(code).toBe("precondition-failed");
    expect(more).toMatchObject({
      current: { title: "b", priority: "low" },
      current_etag: board.etag("T-1"),
      changed_fields: ["title", "priority"],
      changed_by: "agent-2",
      event_id: (await board.last("task_updated"))?.id,
    });
  });

  test("the collection's current ETag will do, and says more", async () => {
    const board = await boardWith("review");
    const collection = board.store.read().collection("tasks").etag;
    await ok(board.tasks.transition(AGENT_1, "T-1", { to: "approved" }, { ifMatch: [collection] }));
    const refusal = await refused(
      board.tasks.transition(AGENT_1, "T-1", { to: "queued" }, { ifMatch: [collection] }),
    );
    expect(refusal.code).toBe("precondition-failed");
  });

  test.each([
    ["*", "moves"],
    [[], "precondition-failed"],
    [['W/"1"'], "precondition-failed"],
  ] as const)("%j: %s", async (ifMatch, verdict) => {
    const board = await boardWith("review");
    const outcome = await board.tasks.transition(AGENT_1, "T-1", { to: "approved" }, { ifMatch });
    expect(outcome.ok ? "moves" : outcome.code).toBe(verdict);
  });

  test("of a task that is not there: 404 without it, 412 with it", async () => {
    const board = await openBoard();
    const to = { to: "claimed" } as const;
    expect((await refused(board.tasks.transition(ADA, "T-1", to, NO_TERMS))).code).toBe(
      "not-found",
    );
    const conditional = board.tasks.transition(ADA, "T-1", to, { ifMatch: "*" });
    expect((await refused(conditional)).code).toBe("precondition-failed");
  });
});
