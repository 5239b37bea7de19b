import { beforeEach, describe, expect, test } from "vitest";
import type { ProblemCode } from "#contracts/problem";
import type { Task } from "#contracts/task";
import { STATUSES, type Status } from "#contracts/workflow";
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

/** T-1 in the given state, with agent-1 as its assignee, and in a held state as its holder. */
async function boardWith(status: Status, fields: Partial<Task> = {}): Promise<Board> {
  const isHeld = ["claimed", "in_progress", "merging"].includes(status);
  return openBoard({
    tasks: [aTask("T-1", { status, assignee: "agent-1", ...fields }), aTask("T-9")],
    agents: [
      anAgent("agent-1", isHeld ? { status: "busy", current_task: "T-1" } : {}),
      anAgent("ada", { kind: "human" }),
    ],
    locks: isHeld ? [aLease("lock-1", { resource: "task:T-1", fencing_token: 7 })] : [],
  });
}

type Verdict = "moves" | "stays" | ProblemCode;
type Table = Record<Status, Record<Status, Verdict>>;

const NO = "invalid-transition";

const BY_HOLDER: Table = {
  queued: {
    queued: "stays",
    claimed: "moves",
    in_progress: NO,
    review: NO,
    approved: NO,
    merging: NO,
    done: NO,
  },
  claimed: {
    queued: "moves",
    claimed: "stays",
    in_progress: "moves",
    review: NO,
    approved: NO,
    merging: NO,
    done: NO,
  },
  in_progress: {
    queued: "moves",
    claimed: NO,
    in_progress: "stays",
    review: "moves",
    approved: NO,
    merging: NO,
    done: NO,
  },
  review: {
    queued: "moves",
    claimed: NO,
    in_progress: "moves",
    review: "stays",
    approved: "moves",
    merging: NO,
    done: NO,
  },
  approved: {
    queued: "moves",
    claimed: NO,
    in_progress: "moves",
    review: NO,
    approved: "stays",
    merging: "moves",
    done: NO,
  },
  merging: {
    queued: "moves",
    claimed: NO,
    in_progress: "moves",
    review: NO,
    approved: NO,
    merging: "stays",
    done: "moves",
  },
  done: {
    queued: "moves",
    claimed: NO,
    in_progress: NO,
    review: NO,
    approved: NO,
    merging: NO,
    done: "stays",
  },
};

/** agent-2, without force: the same, but for what agent-1 holds or is meant to do. */
const BY_STRANGER: Table = {
  queued: { ...BY_HOLDER.queued, claimed: "not-holder" },
  claimed: {
    ...BY_HOLDER.claimed,
    queued: "not-holder",
    claimed: "not-holder",
    in_progress: "not-holder",
  },
  in_progress: {
    ...BY_HOLDER.in_progress,
    queued: "not-holder",
    in_progress: "not-holder",
    review: "not-holder",
  },
  review: BY_HOLDER.review,
  approved: BY_HOLDER.approved,
  merging: {
    ...BY_HOLDER.merging,
    queued: "not-holder",
    in_progress: "not-holder",
    merging: "not-holder",
    done: "not-holder",
  },
  done: BY_HOLDER.done,
};

const cellsOf = (table: Table) =>
  STATUSES.flatMap((from) => STATUSES.map((to) => [from, to, table[from][to]] as const));

async function verdictOf(board: Board, to: Status, by = AGENT_1, force?: boolean) {
  const before = board.etag("T-1");
  const outcome = await board.tasks.transition(by, "T-1", { to, force }, NO_TERMS);
  if (!outcome.ok) return outcome.code;
  return board.etag("T-1") === before ? "stays" : "moves";
}

describe("[T1] every step that is not in the table is refused, and every step in it is taken", () => {
  test.each(cellsOf(BY_HOLDER))("by the holder: %s → %s: %s", async (from, to, verdict) => {
    expect(await verdictOf(await boardWith(from), to)).toBe(verdict);
  });

  test.each(cellsOf(BY_STRANGER))("by another agent: %s → %s: %s", async (from, to, verdict) => {
    expect(await verdictOf(await boardWith(from), to, AGENT_2)).toBe(verdict);
  });

  test.each(cellsOf(BY_HOLDER))(
    "by a person with force: %s → %s: %s",
    async (from, to, verdict) => {
      expect(await verdictOf(await boardWith(from), to, ADA, true)).toBe(verdict);
    },
  );

  test.each(cellsOf(BY_HOLDER))(
    "by a patch of the status: %s → %s: %s",
    async (from, to, verdict) => {
      const board = await boardWith(from);
      const before = board.etag("T-1");
      const change = { format: "merge-patch", patch: { status: to } } as const;
      const outcome = await board.tasks.patch(AGENT_1, "T-1", change, { ifMatch: [before] });
      const after = outcome.ok ? (board.etag("T-1") === before ? "stays" : "moves") : outcome.code;
      expect(after).toBe(verdict);
    },
  );

  test("the refusal names the steps there are", async () => {
    const board = await boardWith("review");
    const { detail, more } = await refused(
      board.tasks.transition(AGENT_1, "T-1", { to: "done" }, NO_TERMS),
    );
    expect(detail).toBe(
      "T-1 is review; from there it can go to approved or in_progress or queued, not to done.",
    );
    expect(more).toEqual({
      from: "review",
      to: "done",
      allowed: ["approved", "in_progress", "queued"],
    });
  });

  test("a step that changes nothing writes nothing", async () => {
    const board = await boardWith("review");
    await ok(board.tasks.transition(AGENT_2, "T-1", { to: "review" }, NO_TERMS));
    expect(await board.told()).toEqual([]);
  });
});

describe("[T2] whoever enters a held state holds the task, in the same commit", () => {
  test("an agent by a lease, whose token is the place of its event in the log", async () => {
    const board = await openBoard({ tasks: [aTask("T-1")], agents: [anAgent("agent-1")] });
    const { task } = await ok(board.tasks.transition(AGENT_1, "T-1", { to: "claimed" }, NO_TERMS));
    expect(task.assignee).toBe("agent-1");
    expect(await board.told()).toEqual(["lease_acquired", "task_transitioned"]);
    expect(board.lease("task:T-1")).toMatchObject({
      holder: "agent-1",
      mode: "exclusive",
      ttl_seconds: 300,
      expires_at: board.at(300),
      fencing_token: 2,
    });
    expect(board.agent("agent-1")).toMatchObject({ status: "busy", current_task: "T-1" });
  });

  test("a person without one: people do not send heartbeats", async () => {
    const board = await openBoard({
      tasks: [aTask("T-1")],
      agents: [anAgent("ada", { kind: "human" })],
    });
    await ok(board.tasks.transition(ADA, "T-1", { to: "claimed" }, NO_TERMS));
    expect(board.task("T-1")).toMatchObject({ status: "claimed", assignee: "ada" });
    expect(board.locks()).toEqual([]);
  });

  test("the assignee that the mover names, instead of the mover", async () => {
    const board = await boardWith("review", { assignee: "agent-1" });
    await ok(
      board.tasks.transition(ADA, "T-1", { to: "in_progress", assignee: "agent-1" }, NO_TERMS),
    );
    expect(board.task("T-1")?.assignee).toBe("agent-1");
    expect(board.lease("task:T-1")?.holder).toBe("agent-1");
  });

  test("an agent that nobody has heard of is registered by it", async () => {
    const board = await openBoard({ tasks: [aTask("T-1")] });
    await ok(board.tasks.transition(AGENT_2, "T-1", { to: "claimed" }, NO_TERMS));
    expect(await board.told()).toEqual(["agent_registered", "lease_acquired", "task_transitioned"]);
    expect(board.agent("agent-2")).toMatchObject({
      kind: "agent",
      status: "busy",
      current_task: "T-1",
    });
  });

  test("who moves on what it holds keeps its lease and its token", async () => {
    const board = await boardWith("claimed");
    await ok(board.tasks.transition(AGENT_1, "T-1", { to: "in_progress" }, NO_TERMS));
    expect(board.lease("task:T-1")).toMatchObject({ lock_id: "lock-1", fencing_token: 7 });
    expect(await board.told()).toEqual(["task_transitioned"]);
  });

  test("who takes over from review ends up with a lease of its own", async () => {
    const board = await boardWith("review");
    await ok(board.tasks.transition(AGENT_2, "T-1", { to: "in_progress" }, NO_TERMS));
    expect(board.task("T-1")?.assignee).toBe("agent-2");
    expect(board.lease("task:T-1")?.holder).toBe("agent-2");
  });

  test("a held task that a person assigned in the file gets its lease with the next step", async () => {
    const board = await openBoard({
      tasks: [aTask("T-1", { status: "claimed", assignee: "agent-1" })],
    });
    await ok(board.tasks.transition(AGENT_1, "T-1", { to: "in_progress" }, NO_TERMS));
    expect(board.lease("task:T-1")?.holder).toBe("agent-1");
  });

  test("[T3] not while somebody else has a lease on the task", async () => {
    const board = await openBoard({
      tasks: [aTask("T-1")],
      locks: [aLease("lock-1", { resource: "task:T-1", holder: "agent-9" })],
    });
    const refusal = await refused(
      board.tasks.transition(AGENT_1, "T-1", { to: "claimed" }, NO_TERMS),
    );
    expect(refusal.code).toBe("lease-held");
    expect(refusal.more).toMatchObject({ holder: "agent-9", expires_at: board.at(300) });
  });
});

describe("[T4] only the holder moves a held task on", () => {
  let board: Board;
  beforeEach(async () => {
    board = await boardWith("in_progress");
  });

  test("others are told who holds it, until when, and what they can do", async () => {
    const { detail, more } = await refused(
      board.tasks.transition(AGENT_2, "T-1", { to: "review" }, NO_TERMS),
    );
    expect(detail).toBe(
      "T-1 is in_progress, held by agent-1 until 2026-01-01T00:05:00.000Z; only its holder moves it on. " +
        'Act as agent-1, send its Lease-Token, or have a person pass "force": true.',
    );
    expect(more).toEqual({ holder: "agent-1", expires_at: "2026-01-01T00:05:00.000Z" });
  });

  test("a caller without a name proves it by the token, and the holder stays who it was", async () => {
    const person = { id: "person", kind: "human" } as const;
    const claimed = await boardWith("claimed");
    await ok(claimed.tasks.transition(person, "T-1", { to: "in_progress" }, { leaseToken: 7 }));
    expect(claimed.task("T-1")?.assignee).toBe("agent-1");
  });

  test("or by the lock id in the body", async () => {
    await ok(board.tasks.transition(AGENT_2, "T-1", { to: "review", lock_id: "lock-1" }, NO_TERMS));
    expect(board.task("T-1")?.status).toBe("review");
  });

  test("the token of a lease that somebody else has on the task proves nothing", async () => {
    const held = await openBoard({
      tasks: [aTask("T-1", { status: "in_progress", assignee: "ada" })],
      locks: [aLease("lock-2", { resource: "task:T-1", holder: "agent-2", fencing_token: 5 })],
    });
    const refusal = await refused(
      held.tasks.transition(AGENT_2, "T-1", { to: "review" }, { leaseToken: 5 }),
    );
    expect(refusal.code).toBe("not-holder");
  });

  test("a held task without an assignee, as a person may write it, is anybody's to move", async () => {
    const open = await openBoard({ tasks: [aTask("T-1", { status: "in_progress" })] });
    await ok(open.tasks.transition(AGENT_2, "T-1", { to: "review" }, NO_TERMS));
    expect(open.task("T-1")?.status).toBe("review");
  });

  test("the holder hands it to another: the old lease ends and the new one begins", async () => {
    await ok(
      board.tasks.transition(AGENT_1, "T-1", { to: "in_progress", assignee: "agent-2" }, NO_TERMS),
    );
    expect(board.task("T-1")).toMatchObject({ status: "in_progress", assignee: "agent-2" });
    expect(board.locks()).toMatchObject([{ holder: "agent-2" }]);
    expect(board.agent("agent-1")).toMatchObject({ status: "idle", current_task: null });
    expect(board.agent("agent-2")).toMatchObject({ status: "busy", current_task: "T-1" });
  });
});

describe("[S14] a stale token is refused whatever else is true", () => {
  test.each(STATUSES)("in %s", async (status) => {
    const board = await boardWith(status);
    const refusal = await refused(
      board.tasks.transition(AGENT_1, "T-1", { to: "queued" }, { leaseToken: 6 }),
    );
    expect(refusal.code).toBe("fence-stale");
  });

  test("even when the holder's name matches, and the step does not exist", async () => {
    const board = await boardWith("claimed");
    const { code, more } = await refused(
      board.tasks.transition(AGENT_1, "T-1", { to: "done" }, { leaseToken: 6 }),
    );
    expect(code).toBe("fence-stale");
    expect(more).toMatchObject({ resource: "task:T-1", holder: "agent-1" });
  });

  test("in the body just as in the header", async () => {
    const board = await boardWith("claimed");
    const refusal = await refused(
      board.tasks.transition(AGENT_1, "T-1", { to: "queued", lock_id: "lock-0" }, NO_TERMS),
    );
    expect(refusal.code).toBe("fence-stale");
  });

  test("a holder that slept past its TTL can no longer move the task, sweeper or not", async () => {
    const board = await boardWith("in_progress");
    board.clock.advance(300_001);
    const refusal = await refused(
      board.tasks.transition(AGENT_1, "T-1", { to: "review" }, { leaseToken: 7 }),
    );
    expect(refusal.code).toBe("fence-stale");
  });

  test("and up to the last millisecond of its TTL it can", async () => {
    const board = await boardWith("in_progress");
    board.clock.advance(300_000);
    await ok(board.tasks.transition(AGENT_1, "T-1", { to: "review" }, { leaseToken: 7 }));
    expect(board.task("T-1")?.status).toBe("review");
  });
});

describe("[T5] handing over ends the lease in the same commit", () => {
  test.each([
    ["in_progress", "review"],
    ["review", "approved"],
  ] as const)("%s → %s", async (from, to) => {
    const board = await boardWith(from);
    await ok(board.tasks.transition(AGENT_1, "T-1", { to }, NO_TERMS));
    expect(board.locks()).toEqual([]);
    expect(board.task("T-1")).toMatchObject({ status: to, assignee: "agent-1" });
    expect(board.agent("agent-1")).toMatchObject({ status: "idle", current_task: null });
  });

  test("the lease is released, not reclaimed: its holder gave it back", async () => {
    const board = await boardWith("in_progress");
    await ok(board.tasks.transition(AGENT_1, "T-1", { to: "review" }, NO_TERMS));
    expect(await board.told()).toEqual(["lease_released", "task_transitioned"]);
  });

  test("and so does being done", async () => {
    const board = await boardWith("merging");
    await ok(board.tasks.transition(AGENT_1, "T-1", { to: "done" }, NO_TERMS));
    expect(board.locks()).toEqual([]);
    expect(board.task("T-1")?.assignee).toBe("agent-1");
  });

  test("an agent that holds another task turns to that", async () => {
    const board = await boardWith("in_progress");
    await board.edit({
      tasks: [aTask("T-2", { status: "claimed", assignee: "agent-1" })],
      locks: [aLease("lock-2", { resource: "task:T-2" })],
    });
    await ok(board.tasks.transition(AGENT_1, "T-1", { to: "review" }, NO_TERMS));
    expect(board.agent("agent-1")).toMatchObject({ status: "busy", current_task: "T-2" });
  });
});

describe("[T6] back in the queue a task is anybody's", () => {
  test.each(["claimed", "in_progress", "review", "approved", "merging", "done"] as const)(
    "from %s",
    async (from) => {
      const board = await boardWith(from);
      await ok(board.tasks.transition(AGENT_1, "T-1", { to: "queued" }, NO_TERMS));
      expect(board.task("T-1")).toMatchObject({ status: "queued", assignee: null });
      expect(board.locks()).toEqual([]);
    },
  );

  test("unless the mover names whom it waits for", async () => {
    const board = await boardWith("review");
    await ok(board.tasks.transition(ADA, "T-1", { to: "queued", assignee: "agent-2" }, NO_TERMS));
    expect(board.task("T-1")?.assignee).toBe("agent-2");
  });

  test("what waits for somebody is not begun by another", async () => {
    const board = await boardWith("queued");
    const { code, detail } = await refused(
      board.tasks.transition(AGENT_2, "T-1", { to: "claimed" }, NO_TERMS),
    );
    expect(code).toBe("not-holder");
    expect(detail).toBe(
      "T-1 is meant for agent-1. Name agent-1 as the assignee, or PATCH assignee to null first.",
    );
  });
});

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
