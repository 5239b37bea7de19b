/** Tasks whose workers fall silent; the rule stands in docs/spec/workers.md. */
import { describe, expect, test } from "vitest";
import type { Principal } from "../../kernel/principal.ts";
import { anAgent, aTask } from "../../store/testing/records.ts";
import { ADA, NO_TERMS, ok, openBoard, refused, type Board } from "../testing/board.ts";

const WORKER: Principal = { id: "worker-1", kind: "worker" };
const CODER: Principal = { id: "coder-1", kind: "agent" };

const started = { outcome: "started", executor: "lint", attempt: 1 } as const;
const failing = {
  outcome: "failed",
  executor: "lint",
  attempt: 1,
  reason: "the linter was killed",
  output: "",
  retry_in_ms: 1_000,
} as const;

function withWorkers() {
  const agents = [
    anAgent("worker-1", { kind: "worker" }),
    anAgent("coder-1"),
    anAgent("ada", { kind: "human" }),
  ];
  return openBoard({ tasks: [aTask("T-1")], agents });
}

/** Claims T-1 and begins; answers how it acts on it from then on. */
async function begin(board: Board, by = WORKER) {
  const claimed = await ok(
    board.tasks.claim(by, { agent: by.id, task_id: "T-1", ttl_seconds: 60 }, NO_TERMS),
  );
  const terms = { leaseToken: claimed?.lease?.fencing_token };
  await ok(board.tasks.report(by, "T-1", started, terms));
  return { ...terms, lockId: claimed?.lease?.lock_id ?? "" };
}

/** Nobody hears of the holder again. */
async function fallSilent(board: Board): Promise<void> {
  board.clock.advance(61_000);
  await ok(board.leases.reclaim(ADA, {}, NO_TERMS));
}

async function silently(board: Board, times: number, by = WORKER): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await begin(board, by);
    await fallSilent(board);
  }
}

describe("[W17] a task at which workers fall silent", () => {
  test("goes back to the queue twice, and the task counts", async () => {
    const board = await withWorkers();
    await silently(board, 1);
    expect(board.task("T-1")).toMatchObject({ status: "queued", blocked: null, expired_leases: 1 });
    await silently(board, 1);
    expect(board.task("T-1")).toMatchObject({ status: "queued", blocked: null, expired_leases: 2 });
  });

  test("is put aside the third time, and says what happened and what to do", async () => {
    const board = await withWorkers();
    await silently(board, 3);
    expect(board.task("T-1")).toMatchObject({
      status: "queued",
      assignee: null,
      blocked: {
        reason:
          "Workers took this task 3 times, and each fell silent until its lease ran out, worker-1 the last. " +
          "The work may take the worker down with it (memory, a crash) or cut it off from the server. " +
          "Look at what the worker printed, mend the cause, then unblock the task: workers take it again.",
        since: board.at(0),
      },
    });
    expect(board.task("T-1")).not.toHaveProperty("expired_leases");
    const next = board.tasks.claim(WORKER, { agent: "worker-1" }, NO_TERMS);
    expect(await ok(next)).toBeNull();
  });

  test("has three more times once somebody has unblocked it", async () => {
    const board = await withWorkers();
    await silently(board, 3);
    const change = { format: "merge-patch", patch: { blocked: null } } as const;
    await ok(board.tasks.patch(ADA, "T-1", change, { ifMatch: [board.etag("T-1")] }));
    await silently(board, 2);
    expect(board.task("T-1")).toMatchObject({ blocked: null, expired_leases: 2 });
  });

  test.each<[string, (board: Board, held: Awaited<ReturnType<typeof begin>>) => Promise<unknown>]>([
    [
      "reported how it ended",
      (board, held) =>
        board.tasks.report(
          WORKER,
          "T-1",
          { ...started, outcome: "succeeded", summary: "clean" },
          held,
        ),
    ],
    [
      "gave its lease back",
      (board, held) => board.leases.release(WORKER, held.lockId, {}, NO_TERMS),
    ],
    [
      "laid the task down",
      (board, held) => board.tasks.transition(WORKER, "T-1", { to: "queued" }, held),
    ],
    [
      "lost it to a person",
      (board, held) =>
        board.leases.reclaim(
          ADA,
          { lock_id: held.lockId, force: true, reason: "too slow" },
          NO_TERMS,
        ),
    ],
  ])("is counted anew after one that %s", async (_, endOf) => {
    const board = await withWorkers();
    await silently(board, 2);
    await endOf(board, await begin(board));
    expect(board.task("T-1")).not.toHaveProperty("expired_leases");
    expect(board.task("T-1")?.blocked).toBeNull();
  });

  test("is not counted anew by what a worker says before it falls silent", async () => {
    const board = await withWorkers();
    await silently(board, 2);
    await ok(board.tasks.report(WORKER, "T-1", failing, await begin(board)));
    await fallSilent(board);
    expect(board.task("T-1")?.blocked?.reason).toContain("3 times");
  });

  test("is not counted for agents and people, who have others to look after them", async () => {
    const board = await withWorkers();
    await silently(board, 4, CODER);
    expect(board.task("T-1")).toMatchObject({ status: "queued", blocked: null });
    expect(board.task("T-1")).not.toHaveProperty("expired_leases");
  });

  test("nobody else writes the count", async () => {
    const board = await withWorkers();
    const patch = [{ op: "add" as const, path: "/expired_leases", value: 0 }];
    const terms = { ifMatch: [board.etag("T-1")] };
    const outcome = board.tasks.patch(WORKER, "T-1", { format: "json-patch", patch }, terms);
    expect(await refused(outcome)).toMatchObject({
      code: "invalid",
      more: { errors: [{ pointer: "/expired_leases", detail: "only the server writes this" }] },
    });
  });
});
