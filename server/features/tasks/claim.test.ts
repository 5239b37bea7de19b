import { describe, expect, test } from "vitest";
import type { ProblemCode } from "#contracts/problem";
import type { ClaimCommand, Task } from "#contracts/task";
import { STATUSES, type Status } from "#contracts/workflow";
import { aLease, anAgent, aTask } from "../../store/testing/records.ts";
import { ADA, AGENT_1, AGENT_2, NO_TERMS, ok, openBoard, refused } from "../testing/board.ts";

const claim = (agent: string, more: Partial<ClaimCommand> = {}): ClaimCommand => ({
  agent,
  ...more,
});

async function boardOf(...tasks: Task[]) {
  return openBoard({ tasks, agents: [anAgent("agent-1", { skills: ["rust"] })] });
}

async function claimed(tasks: Task[], more: Partial<ClaimCommand> = {}) {
  const board = await boardOf(...tasks);
  const answer = await ok(board.tasks.claim(AGENT_1, claim("agent-1", more), NO_TERMS));
  return answer?.task.id ?? null;
}

describe("[T11] a claim is one commit: the task, its lease, and its agent", () => {
  test("and answers all that is needed to work", async () => {
    const board = await boardOf(aTask("T-1"));
    const answer = await ok(board.tasks.claim(AGENT_1, claim("agent-1"), NO_TERMS));
    expect(answer).toMatchObject({
      task: { id: "T-1", status: "claimed", assignee: "agent-1" },
      etag: board.etag("T-1"),
      lease: { resource: "task:T-1", holder: "agent-1", expires_at: board.at(300) },
    });
    expect(await board.told()).toEqual(["lease_acquired", "task_claimed"]);
    expect((await board.last("task_claimed"))?.details).toMatchObject({
      agent: "agent-1",
      lock_id: answer?.lease?.lock_id,
      fencing_token: answer?.lease?.fencing_token,
      from: "queued",
      to: "claimed",
    });
    expect(board.agent("agent-1")).toMatchObject({ status: "busy", current_task: "T-1" });
  });

  test("registers an agent that is new, with its skills", async () => {
    const board = await boardOf(aTask("T-1"));
    await ok(board.tasks.claim(AGENT_2, claim("agent-2", { skills: ["go"] }), NO_TERMS));
    expect(await board.told()).toEqual(["agent_registered", "lease_acquired", "task_claimed"]);
    expect(board.agent("agent-2")).toMatchObject({ skills: ["go"], current_task: "T-1" });
  });

  test("lasts as long as asked", async () => {
    const board = await boardOf(aTask("T-1"));
    const answer = await ok(
      board.tasks.claim(AGENT_1, claim("agent-1", { ttl_seconds: 5 }), NO_TERMS),
    );
    expect(answer?.lease).toMatchObject({ ttl_seconds: 5, expires_at: board.at(5) });
  });

  test("a person gets the task without a lease", async () => {
    const board = await openBoard({
      tasks: [aTask("T-1")],
      agents: [anAgent("ada", { kind: "human" })],
    });
    const answer = await ok(board.tasks.claim(ADA, claim("ada"), NO_TERMS));
    expect(answer).toMatchObject({ task: { assignee: "ada" }, lease: null });
  });

  test("and so does one who is not on record", async () => {
    const board = await boardOf(aTask("T-1"));
    const person = { id: "person", kind: "human" } as const;
    const answer = await ok(board.tasks.claim(person, claim("person"), NO_TERMS));
    expect(answer).toMatchObject({ task: { assignee: "person" }, lease: null });
  });

  test("an agent that had leased the task by itself keeps that lease", async () => {
    const board = await boardOf(aTask("T-1"));
    await board.edit({ locks: [aLease("lock-1", { resource: "task:T-1", holder: "agent-1" })] });
    const answer = await ok(board.tasks.claim(AGENT_1, claim("agent-1"), NO_TERMS));
    expect(answer).toMatchObject({ task: { id: "T-1" }, lease: { lock_id: "lock-1" } });
    expect(board.locks()).toHaveLength(1);
  });

  test("nothing ready: nothing, and nothing is written", async () => {
    const board = await boardOf();
    expect(await ok(board.tasks.claim(AGENT_2, claim("agent-2"), NO_TERMS))).toBeNull();
    expect(await board.told()).toEqual([]);
  });
});

describe("[T12] of what is ready, the best", () => {
  test("first what is meant for this agent, however low its priority", async () => {
    const high = aTask("T-1", { priority: "high", labels: ["rust"] });
    expect(await claimed([high, aTask("T-2", { priority: "low", assignee: "agent-1" })])).toBe(
      "T-2",
    );
  });

  test("then by priority", async () => {
    const tasks = [
      aTask("T-1", { priority: "low" }),
      aTask("T-2", { labels: ["rust"] }),
      aTask("T-3", { priority: "high" }),
    ];
    expect(await claimed(tasks)).toBe("T-3");
  });

  test("by priority also among what is meant for it, whatever it is good at", async () => {
    const tasks = [
      aTask("T-1", { assignee: "agent-1", labels: ["rust"] }),
      aTask("T-2", { assignee: "agent-1", priority: "high" }),
    ];
    expect(await claimed(tasks)).toBe("T-2");
  });

  test("then by what the agent is good at, as it says or as is known of it", async () => {
    const tasks = [
      aTask("T-1"),
      aTask("T-2", { labels: ["rust"] }),
      aTask("T-3", { labels: ["go"] }),
    ];
    expect(await claimed(tasks)).toBe("T-2");
    expect(await claimed(tasks, { skills: ["go"] })).toBe("T-3");
  });

  test("then by place on the board", async () => {
    expect(await claimed([aTask("T-1", { position: "b" }), aTask("T-2", { position: "a" })])).toBe(
      "T-2",
    );
  });

  test("then the older one, then by id", async () => {
    const older = aTask("T-3", { created_at: "2025-01-01T00:00:00.000Z" });
    expect(await claimed([aTask("T-1"), older])).toBe("T-3");
    expect(await claimed([aTask("T-10"), aTask("T-9")])).toBe("T-9");
  });

  test.each<[string, Partial<Task>]>([
    ["blocked", { blocked: { reason: "waits", since: "2026-01-01T00:00:00.000Z" } }],
    ["archived", { archived: true }],
    ["meant for another", { assignee: "agent-2" }],
    ["waiting for another task", { depends_on: ["T-9"] }],
    ["waiting for a task that is gone", { depends_on: ["T-404"] }],
    ["in review", { status: "review" }],
  ])("never one that is %s", async (_, fields) => {
    expect(await claimed([aTask("T-1", fields), aTask("T-9", { status: "review" })])).toBeNull();
  });

  test("never one that somebody else has leased", async () => {
    const board = await boardOf(aTask("T-1"), aTask("T-2"));
    await board.edit({ locks: [aLease("lock-1", { resource: "task:T-1", holder: "agent-9" })] });
    const answer = await ok(board.tasks.claim(AGENT_1, claim("agent-1"), NO_TERMS));
    expect(answer?.task.id).toBe("T-2");
  });

  test("only with every label asked for, and of one of the types", async () => {
    const tasks = [
      aTask("T-1", { labels: ["api"] }),
      aTask("T-2", { labels: ["api", "ui"], type: "docs" }),
      aTask("T-3", { labels: ["api", "ui"], type: "test" }),
    ];
    expect(await claimed(tasks, { labels: ["api", "ui"], types: ["test", "chore"] })).toBe("T-3");
    expect(await claimed(tasks, { labels: ["nobody's"] })).toBeNull();
  });
});

describe("a claim of a certain task, by each state", () => {
  type Verdict = "claims" | "again" | ProblemCode;
  const BY_ITS_ASSIGNEE: Record<Status, Verdict> = {
    queued: "claims",
    claimed: "again",
    in_progress: "again",
    review: "invalid-transition",
    approved: "invalid-transition",
    merging: "again",
    done: "invalid-transition",
  };
  const BY_ANOTHER: Record<Status, Verdict> = {
    queued: "not-holder",
    claimed: "lease-held",
    in_progress: "lease-held",
    review: "invalid-transition",
    approved: "invalid-transition",
    merging: "lease-held",
    done: "invalid-transition",
  };
  const OF_A_PERSON_S: Record<Status, Verdict> = {
    ...BY_ANOTHER,
    claimed: "not-holder",
    in_progress: "not-holder",
    merging: "not-holder",
  };

  async function verdict(status: Status, by: typeof AGENT_1, locks = [aLease("lock-1")]) {
    const board = await boardOf(aTask("T-1", { status, assignee: "agent-1" }));
    const isHeld = ["claimed", "in_progress", "merging"].includes(status);
    const leases = locks.map((lease) => ({ ...lease, resource: "task:T-1" }));
    if (isHeld) await board.edit({ locks: leases });
    const before = board.etag("T-1");
    const outcome = await board.tasks.claim(by, claim(by.id, { task_id: "T-1" }), NO_TERMS);
    if (!outcome.ok) return outcome.code;
    return board.etag("T-1") === before ? "again" : "claims";
  }

  test.each(STATUSES)("%s, by the agent it is meant for", async (status) => {
    expect(await verdict(status, AGENT_1)).toBe(BY_ITS_ASSIGNEE[status]);
  });

  test.each(STATUSES)("%s, by another", async (status) => {
    expect(await verdict(status, AGENT_2)).toBe(BY_ANOTHER[status]);
  });

  test.each(STATUSES)("%s, by another, while it is in a person's hands", async (status) => {
    expect(await verdict(status, AGENT_2, [])).toBe(OF_A_PERSON_S[status]);
  });

  test("asks for its dependencies, but not whether it is blocked or archived", async () => {
    const blocked = { reason: "waits", since: "2026-01-01T00:00:00.000Z" };
    const board = await boardOf(
      aTask("T-1", { blocked, archived: true }),
      aTask("T-2", { depends_on: ["T-1"] }),
    );
    const of = (task_id: string) =>
      board.tasks.claim(AGENT_1, claim("agent-1", { task_id }), NO_TERMS);
    expect((await refused(of("T-2"))).code).toBe("dependency-open");
    expect((await ok(of("T-1")))?.task.id).toBe("T-1");
  });

  test("a refusal names the holder and when its lease ends", async () => {
    const board = await boardOf(aTask("T-1"));
    await ok(board.tasks.claim(AGENT_1, claim("agent-1"), NO_TERMS));
    const { detail, more } = await refused(
      board.tasks.claim(AGENT_2, claim("agent-2", { task_id: "T-1" }), NO_TERMS),
    );
    expect(detail).toContain("task:T-1 is held by agent-1 until 2026-01-01T00:05:00.000Z");
    expect(more).toMatchObject({ holder: "agent-1", expires_at: "2026-01-01T00:05:00.000Z" });
  });

  test("is refused when the task changed since the caller saw it", async () => {
    const board = await boardOf(aTask("T-1"));
    const command = claim("agent-1", { task_id: "T-1" });
    const refusal = await refused(board.tasks.claim(AGENT_1, command, { ifMatch: ['"0-x"'] }));
    expect(refusal.code).toBe("precondition-failed");
  });
});

describe("[T13] the same claim by the same agent answers the same task and lease", () => {
  test("with its full time again, and without an event", async () => {
    const board = await boardOf(aTask("T-1"));
    const command = claim("agent-1", { task_id: "T-1" });
    const first = await ok(board.tasks.claim(AGENT_1, command, NO_TERMS));
    board.clock.advance(60_000);
    const again = await ok(board.tasks.claim(AGENT_1, command, NO_TERMS));
    expect(again?.lease).toMatchObject({
      lock_id: first?.lease?.lock_id,
      fencing_token: first?.lease?.fencing_token,
      expires_at: "2026-01-01T00:06:00.000Z",
    });
    expect(await board.told()).toEqual(["lease_acquired", "task_claimed"]);
  });

  test("and where the file of leases was lost, a new lease on what it still holds", async () => {
    const board = await boardOf(aTask("T-1", { status: "in_progress", assignee: "agent-1" }));
    const command = claim("agent-1", { task_id: "T-1", ttl_seconds: 5 });
    const answer = await ok(board.tasks.claim(AGENT_1, command, NO_TERMS));
    expect(answer).toMatchObject({
      task: { status: "in_progress" },
      lease: { holder: "agent-1", fencing_token: 2, expires_at: board.at(5) },
    });
  });

  test("but not while somebody else has leased it meanwhile", async () => {
    const board = await boardOf(aTask("T-1", { status: "in_progress", assignee: "agent-1" }));
    await board.edit({ locks: [aLease("lock-1", { resource: "task:T-1", holder: "agent-9" })] });
    const command = claim("agent-1", { task_id: "T-1" });
    const { code, more } = await refused(board.tasks.claim(AGENT_1, command, NO_TERMS));
    expect(code).toBe("lease-held");
    expect(more).toMatchObject({ holder: "agent-9" });
    expect(board.locks()).toMatchObject([{ lock_id: "lock-1" }]);
  });
});

describe("[T14] no task is ever given to two", () => {
  test("fifty agents that race for thirty tasks get thirty different ones", async () => {
    const tasks = Array.from({ length: 30 }, (_, at) => aTask(`T-${at}`));
    const board = await openBoard({ tasks });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        ok(board.tasks.claim(AGENT_1, claim(`racer-${at}`), NO_TERMS)),
      ),
    );
    const ids = answers.flatMap((answer) => answer?.task.id ?? []);
    expect(ids).toHaveLength(30);
    expect(new Set(ids).size).toBe(30);
    expect(new Set(board.locks().map(({ resource }) => resource)).size).toBe(30);
  });

  test("fifty that want the same one: one has it, all others are told who", async () => {
    const board = await boardOf(aTask("T-1"));
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        board.tasks.claim(AGENT_1, claim(`racer-${at}`, { task_id: "T-1" }), NO_TERMS),
      ),
    );
    expect(outcomes.filter(({ ok: accepted }) => accepted)).toHaveLength(1);
    const codes = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.code]));
    expect(new Set(codes)).toEqual(new Set(["lease-held"]));
  });

  test("a task whose lease ran out a moment ago is free, whether or not it was swept", async () => {
    const board = await boardOf(aTask("T-1"));
    const first = await ok(board.tasks.claim(AGENT_1, claim("agent-1"), NO_TERMS));
    board.clock.advance(300_001);
    const second = await ok(board.tasks.claim(AGENT_2, claim("agent-2"), NO_TERMS));
    expect(second?.task).toMatchObject({ id: "T-1", assignee: "agent-2" });
    expect(second?.lease?.fencing_token).toBeGreaterThan(first?.lease?.fencing_token ?? 0);
    expect((await board.told()).slice(2)).toEqual([
      "lease_reclaimed",
      "task_transitioned",
      "agent_registered",
      "lease_acquired",
      "task_claimed",
    ]);
  });
});

test("an unnamed claim honours the ETag of the collection", async () => {
  const board = await boardOf(aTask("T-1"));
  const { etag } = board.store.read().collection("tasks");
  const stale = board.tasks.claim(AGENT_1, claim("agent-1"), { ifMatch: ['"c0-0"'] });
  expect(await refused(stale)).toMatchObject({
    code: "precondition-failed",
    more: { current_etag: etag },
  });
  const fresh = await ok(board.tasks.claim(AGENT_1, claim("agent-1"), { ifMatch: [etag] }));
  expect(fresh?.task.id).toBe("T-1");
});

test("[S8] a repeated request is answered with what it got the first time", async () => {
  const board = await boardOf(aTask("T-1"), aTask("T-2"));
  const terms = { idempotency: { key: "k", fingerprint: "f" } };
  const first = await board.tasks.claim(AGENT_1, claim("agent-1"), terms);
  const again = await board.tasks.claim(AGENT_1, claim("agent-1"), terms);
  expect(again).toMatchObject({ ok: true, replayed: true });
  expect(again.ok && again.value).toEqual(first.ok && first.value);
  expect(board.task("T-2")?.status).toBe("queued");
});
