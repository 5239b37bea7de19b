import { beforeEach, describe, expect, test } from "vitest";
import { STATUSES } from "#contracts/workflow";
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
  type Board,
} from "../testing/board.ts";

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

  test("and a person without a record stays without one", async () => {
    const board = await openBoard({ tasks: [aTask("T-1")] });
    const person = { id: "person", kind: "human" } as const;
    await ok(board.tasks.transition(person, "T-1", { to: "claimed" }, NO_TERMS));
    expect(board.agents.list().items).toEqual([]);
    expect(await board.told()).toEqual(["task_transitioned"]);
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

  test("nor by its name alone: the task is anybody's by then", async () => {
    const board = await boardWith("in_progress");
    board.clock.advance(300_001);
    const late = board.tasks.transition(AGENT_1, "T-1", { to: "review" }, NO_TERMS);
    expect((await refused(late)).detail).toBe(
      "T-1 is queued; from there it can go to claimed, not to review.",
    );
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

  test("what somebody else has leased of the task stays leased", async () => {
    const board = await boardWith("in_progress");
    const lease = { resource: "task:T-1", holder: "agent-9", fencing_token: 9 };
    await board.edit({ locks: [aLease("lock-9", lease)] });
    await ok(board.tasks.transition(AGENT_1, "T-1", { to: "review" }, NO_TERMS));
    expect(board.locks()).toMatchObject([{ lock_id: "lock-9" }]);
    expect(await board.last("lease_released")).toMatchObject({ details: { lock_id: "lock-1" } });
  });

  test("an agent that says it is busy with something else stays so", async () => {
    const board = await boardWith("in_progress");
    await board.edit({ agents: [anAgent("agent-1", { status: "busy", current_task: "T-9" })] });
    await ok(board.tasks.transition(AGENT_1, "T-1", { to: "review" }, NO_TERMS));
    expect(board.agent("agent-1")).toMatchObject({ status: "busy", current_task: "T-9" });
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
