/** What a worker's report does to a task; why each rule is there stands in docs/spec/workers.md. */
import { describe, expect, test } from "vitest";
import type { Principal } from "../../kernel/principal.ts";
import { aLease, anAgent, aTask } from "../../store/testing/records.ts";
import { AGENT_1, boardWith, ok, openBoard, refused, type Board } from "../testing/board.ts";

const WORKER: Principal = { id: "agent-1", kind: "worker" };
const HELD = { leaseToken: 7 };

const started = { outcome: "started", executor: "lint", attempt: 1 } as const;
const succeeded = {
  outcome: "succeeded",
  executor: "docs/format",
  attempt: 2,
  summary: "2 files: 1 to be formatted",
} as const;
const failed = {
  outcome: "failed",
  executor: "lint",
  attempt: 3,
  reason: "the linter is not installed",
  output: "sh: oxlint: not found\n",
} as const;
const withPatch = {
  ...succeeded,
  artifact: { kind: "patch", content: "diff --git a/ä b/ä\n", base: "4eb4dab" },
} as const;

/** The first 12 digits of the SHA-256 of that patch. */
const PATCH_PATH = "artifacts/T-1/docs-format-a461f9843d1c.patch";

function report(board: Board, said: Parameters<Board["tasks"]["report"]>[2], terms: object = HELD) {
  return board.tasks.report(WORKER, "T-1", said, terms);
}

describe("[W1] a report and the step of its task are one commit", () => {
  test("started: a claimed task is in progress", async () => {
    const board = await boardWith("claimed");
    const { task } = await ok(report(board, started));
    expect(task).toMatchObject({ status: "in_progress", assignee: "agent-1" });
    expect(await board.told()).toEqual(["executor_started", "task_transitioned"]);
    expect((await board.last("executor_started"))?.details).toMatchObject({
      executor: "lint",
      attempt: 1,
      commit: { index: 0, size: 2 },
    });
    expect(board.lease("task:T-1")?.fencing_token).toBe(7);
  });

  test("started once more: the task stays where it is", async () => {
    const board = await boardWith("in_progress");
    await ok(report(board, { ...started, attempt: 2 }));
    expect(await board.told()).toEqual(["executor_started"]);
    expect(board.task("T-1")?.version).toBe(1);
  });

  test("succeeded: it is up for review, and the lease is given back", async () => {
    const board = await boardWith("in_progress");
    const { task } = await ok(report(board, succeeded));
    expect(task).toMatchObject({ status: "review", assignee: "agent-1", blocked: null });
    expect(await board.told()).toEqual([
      "executor_succeeded",
      "lease_released",
      "task_transitioned",
    ]);
    expect(board.locks()).toEqual([]);
    expect(board.agent("agent-1")).toMatchObject({ status: "idle", current_task: null });
  });

  test("failed, to be tried again: the worker keeps it", async () => {
    const board = await boardWith("in_progress");
    const { task } = await ok(report(board, { ...failed, retry_in_ms: 1_500 }));
    expect(task).toMatchObject({ status: "in_progress", blocked: null });
    expect(await board.told()).toEqual(["executor_failed"]);
    expect((await board.last("executor_failed"))?.details).toEqual({
      executor: "lint",
      attempt: 3,
      reason: "the linter is not installed",
      output: "sh: oxlint: not found\n",
      retry_in_ms: 1_500,
    });
  });

  test("failed for good: it is blocked in the queue, for nobody, with the reason and the output", async () => {
    const board = await boardWith("in_progress");
    const { task } = await ok(report(board, failed));
    expect(task).toMatchObject({
      status: "queued",
      assignee: null,
      blocked: {
        reason: "lint (attempt 3): the linter is not installed\n\nsh: oxlint: not found",
        since: board.at(0),
      },
    });
    expect(await board.told()).toEqual(["executor_failed", "lease_released", "task_transitioned"]);
    expect((await board.last("task_transitioned"))?.details).toMatchObject({
      reason: "the linter is not installed",
    });
  });

  test("what does not fit on a card is cut at its beginning", async () => {
    const board = await boardWith("in_progress");
    const output = `${"😀".repeat(3_000)}the end`;
    const { task } = await ok(report(board, { ...failed, output }));
    const { reason = "" } = task.blocked ?? {};
    expect(reason.length).toBeLessThanOrEqual(2_000);
    expect(reason.length).toBeGreaterThan(1_990);
    expect(reason.isWellFormed()).toBe(true);
    expect(reason).toMatch(/^lint \(attempt 3\): the linter is not installed\n\n😀.*the end$/su);
  });

  test.each(["queued", "review", "approved", "merging", "done"] as const)(
    "there is nothing to report on a task that is %s",
    async (status) => {
      const board = await openBoard({
        tasks: [aTask("T-1", { status, assignee: "agent-1" })],
        agents: [anAgent("agent-1", { kind: "worker" })],
        locks: [aLease("lock-1", { resource: "task:T-1", fencing_token: 7 })],
      });
      expect(await refused(report(board, succeeded))).toMatchObject({ code: "invalid-transition" });
      expect(await board.told()).toEqual([]);
    },
  );

  test("what was never started cannot have succeeded", async () => {
    const board = await boardWith("claimed");
    expect(await refused(report(board, succeeded))).toMatchObject({ code: "invalid-transition" });
  });
});

describe("[W2] only under the lease, by its token", () => {
  test.each([
    ["without a token", {}, "not-holder"],
    ["with an older token", { leaseToken: 6 }, "fence-stale"],
  ])("%s nothing is written, not even a file", async (_, terms, code) => {
    const board = await boardWith("in_progress");
    expect(await refused(report(board, withPatch, terms))).toMatchObject({ code });
    expect(await board.told()).toEqual([]);
    expect([...board.artifacts.keys()]).toEqual([]);
  });

  test("nor when the lease has run out, though nobody has taken the task yet", async () => {
    const board = await boardWith("in_progress");
    board.clock.advance(301_000);
    expect(await refused(report(board, withPatch))).toMatchObject({ code: "fence-stale" });
    expect(board.task("T-1")?.status).toBe("in_progress");
    expect([...board.artifacts.keys()]).toEqual([]);
  });

  test("nor when it is lost while the file is being written: that is taken away again", async () => {
    const board = await boardWith("in_progress");
    const reporting = report(board, withPatch);
    const moved = board.tasks.transition(AGENT_1, "T-1", { to: "queued" }, HELD);
    await ok(moved);
    expect(await refused(reporting)).toMatchObject({ code: "fence-stale" });
    expect([...board.artifacts.keys()]).toEqual([]);
  });
});

describe("[W3] what comes with a report is a file beside the board, and on record in the task", () => {
  test("a patch, named after its task, its executor and its content", async () => {
    const board = await boardWith("in_progress");
    const { task } = await ok(report(board, withPatch));
    expect(task.artifacts).toEqual([
      {
        path: PATCH_PATH,
        kind: "patch",
        executor: "docs/format",
        summary: "2 files: 1 to be formatted",
        base: "4eb4dab",
        bytes: 21,
        created_at: board.at(0),
      },
    ]);
    expect([...board.artifacts]).toEqual([[PATCH_PATH, "diff --git a/ä b/ä\n"]]);
    expect((await board.last("executor_succeeded"))?.details).toMatchObject({
      artifact: PATCH_PATH,
    });
  });

  test("the same once more is neither a second file nor a second record", async () => {
    const board = await boardWith("in_progress");
    const idempotency = { key: "k-1", fingerprint: "f" };
    const first = await ok(report(board, withPatch, { ...HELD, idempotency }));
    // The lease is gone with the first; the repetition is answered all the same.
    const second = await ok(report(board, withPatch, { ...HELD, idempotency }));
    expect(second).toEqual(first);
    expect(board.artifacts.size).toBe(1);
  });

  test("nor is it when the task came back from review and led to the same", async () => {
    const earlier = (path: string) => ({
      path,
      kind: "patch" as const,
      executor: "docs/format",
      summary: "",
      base: null,
      bytes: 21,
      created_at: "2025-12-31T00:00:00.000Z",
    });
    const artifacts = [earlier(PATCH_PATH), earlier("artifacts/T-1/lint-0.md")];
    const board = await boardWith("in_progress", { artifacts });
    const { task } = await ok(report(board, withPatch));
    expect(task.artifacts?.map(({ path, created_at }) => [path, created_at])).toEqual([
      ["artifacts/T-1/lint-0.md", "2025-12-31T00:00:00.000Z"],
      [PATCH_PATH, board.at(0)],
    ]);
  });

  test("the newest twenty are on record", async () => {
    const older = Array.from({ length: 20 }, (_, index) => ({
      path: `artifacts/T-1/lint-${index}.md`,
      kind: "report" as const,
      executor: "lint",
      summary: "",
      base: null,
      bytes: 1,
      created_at: "2025-12-31T00:00:00.000Z",
    }));
    const board = await boardWith("in_progress", { artifacts: older });
    const { task } = await ok(report(board, withPatch));
    expect(task.artifacts?.map(({ path }) => path)).toEqual([
      ...older.slice(1).map(({ path }) => path),
      PATCH_PATH,
    ]);
  });

  test("nobody else writes the record of them", async () => {
    const board = await boardWith("queued");
    const patch = [{ op: "add" as const, path: "/artifacts", value: [] }];
    const terms = { ifMatch: [board.etag("T-1")] };
    const outcome = board.tasks.patch(WORKER, "T-1", { format: "json-patch", patch }, terms);
    expect(await refused(outcome)).toMatchObject({
      code: "invalid",
      more: { errors: [{ pointer: "/artifacts", detail: "only the server writes this" }] },
    });
  });
});
