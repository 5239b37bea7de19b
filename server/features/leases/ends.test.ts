/** What becomes of leases: fenced, ended, reclaimed, looked for. */
import { describe, expect, test } from "vitest";
import { acquireCommand, type AcquireCommand, type Lease } from "#contracts/lease";
import { aLease, anAgent, aTask } from "../../store/testing/records.ts";
import { ADA, AGENT_1, NO_TERMS, ok, openBoard, refused, type Board } from "../testing/board.ts";

const PERSON = { id: "person", kind: "human" } as const;

const asking = (resource: string, more: Partial<AcquireCommand> = {}): AcquireCommand =>
  acquireCommand.parse({ resource, holder: "agent-1", ...more });

const acquire = (board: Board, resource: string, more: Partial<AcquireCommand> = {}) =>
  board.leases.acquire(PERSON, asking(resource, more), NO_TERMS);

const release = (board: Board, lockId: string, more = {}, by: typeof AGENT_1 = AGENT_1) =>
  board.leases.release(by, lockId, more, NO_TERMS);

const withLease = (lease: Partial<Lease> = {}) => openBoard({ locks: [aLease("lock-1", lease)] });

describe("[S14] fencing tokens", () => {
  test("grow with every grant of a resource, across all ways to lose it", async () => {
    const board = await openBoard();
    const tokens: number[] = [];
    const take = async (holder: string) => {
      const { lock_id, fencing_token } = await ok(acquire(board, "name:x", { holder }));
      tokens.push(fencing_token);
      return lock_id;
    };
    await ok(release(board, await take("agent-1")));
    await take("agent-1");
    board.clock.advance(300_100);
    const third = await take("agent-2");
    await ok(board.leases.reclaim(ADA, { lock_id: third, force: true, reason: "hangs" }, NO_TERMS));
    await take("agent-1");
    expect(tokens.toSorted((a, b) => a - b)).toEqual(tokens);
    expect(new Set(tokens).size).toBe(4);
  });

  test("grow even when the file of leases was deleted", async () => {
    const board = await openBoard();
    const { lock_id, fencing_token } = await ok(acquire(board, "name:x"));
    await board.deleteLease(lock_id);
    const next = await ok(acquire(board, "name:x", { holder: "agent-2" }));
    expect(next.fencing_token).toBeGreaterThan(fencing_token);
  });
});

describe("[L9] when the lease of a held task ends, the task is anybody's again, in the same commit", () => {
  const working = () =>
    openBoard({
      tasks: [aTask("T-1", { status: "in_progress", assignee: "agent-1" })],
      agents: [anAgent("agent-1", { status: "busy", current_task: "T-1" })],
      locks: [aLease("lock-1", { resource: "task:T-1" })],
    });
  const isBack = (board: Board) => {
    expect(board.task("T-1")).toMatchObject({ status: "queued", assignee: null });
    expect(board.agent("agent-1")).toMatchObject({ status: "idle", current_task: null });
    expect(board.locks()).toEqual([]);
  };

  test("given back", async () => {
    const board = await working();
    await ok(release(board, "lock-1"));
    isBack(board);
    expect(await board.told()).toEqual(["lease_released", "task_transitioned"]);
    expect((await board.last("task_transitioned"))?.details).toMatchObject({
      from: "in_progress",
      to: "queued",
      reason: "agent-1 gave the lease back",
    });
  });

  test("run out", async () => {
    const board = await working();
    board.clock.advance(300_001);
    await ok(board.leases.reclaim(ADA, {}, NO_TERMS));
    isBack(board);
    expect(await board.last("task_transitioned")).toMatchObject({
      actor: "kyros",
      details: { reason: "the lease of agent-1 expired" },
    });
  });

  test("broken by a person", async () => {
    const board = await working();
    await ok(
      board.leases.reclaim(ADA, { lock_id: "lock-1", force: true, reason: "it hangs" }, NO_TERMS),
    );
    isBack(board);
    expect(await board.last("task_transitioned")).toMatchObject({
      actor: "ada",
      details: { reason: "ada broke the lease of agent-1: it hangs" },
    });
  });

  test("a task in a person's hands stays there, whatever becomes of somebody else's lease", async () => {
    const board = await openBoard({
      tasks: [aTask("T-1", { status: "in_progress", assignee: "ada" })],
      locks: [aLease("lock-1", { resource: "task:T-1" })],
    });
    await ok(release(board, "lock-1"));
    expect(board.task("T-1")).toMatchObject({ status: "in_progress", assignee: "ada" });
  });
});

describe("[L10] reclaiming", () => {
  test("takes back what has run out, and nothing that is live", async () => {
    const board = await openBoard({
      locks: [
        aLease("lock-1", { resource: "name:a", expires_at: "2026-01-01T00:00:10.000Z" }),
        aLease("lock-2", { resource: "name:b" }),
      ],
    });
    expect(await ok(board.leases.reclaim(AGENT_1, {}, NO_TERMS))).toEqual({ reclaimed: [] });
    board.clock.advance(10_001);
    expect(await ok(board.leases.reclaim(AGENT_1, {}, NO_TERMS))).toEqual({
      reclaimed: ["lock-1"],
    });
    expect(board.locks().map(({ lock_id }) => lock_id)).toEqual(["lock-2"]);
    expect(await board.last("lease_reclaimed")).toMatchObject({ actor: "kyros", target: "name:a" });
  });

  test("the one that is named, if it has run out, and no other", async () => {
    const board = await openBoard({
      locks: [aLease("lock-1"), aLease("lock-2", { resource: "name:b" })],
    });
    board.clock.advance(300_001);
    const answer = await ok(board.leases.reclaim(AGENT_1, { lock_id: "lock-1" }, NO_TERMS));
    expect(answer).toEqual({ reclaimed: ["lock-1"] });
    expect(await board.told()).toEqual(["lease_reclaimed"]);
  });

  test("a live one only by force, by a person, and with a reason", async () => {
    const board = await withLease();
    const reclaim = (principal: typeof AGENT_1, more: object) =>
      refused(board.leases.reclaim(principal, { lock_id: "lock-1", ...more }, NO_TERMS));
    expect((await reclaim(ADA, {})).code).toBe("lease-held");
    expect((await reclaim(AGENT_1, { force: true, reason: "r" })).code).toBe("forbidden");
    const without = await reclaim(ADA, { force: true, reason: " " });
    expect(without.code).toBe("invalid");
    expect(without.more).toMatchObject({ errors: [{ pointer: "/reason" }] });
    await ok(
      board.leases.reclaim(ADA, { lock_id: "lock-1", force: true, reason: "hangs" }, NO_TERMS),
    );
    expect((await board.last("lease_reclaimed"))?.details).toMatchObject({
      force: true,
      reason: "hangs",
    });
  });

  test("by force says which", async () => {
    const board = await withLease();
    const { code, more } = await refused(
      board.leases.reclaim(ADA, { force: true, reason: "r" }, NO_TERMS),
    );
    expect(code).toBe("invalid");
    expect(more).toMatchObject({ errors: [{ pointer: "/lock_id" }] });
  });

  test("one that is not there is not found", async () => {
    const board = await openBoard();
    const reclaim = board.leases.reclaim(ADA, { lock_id: "lock-404" }, NO_TERMS);
    expect((await refused(reclaim)).code).toBe("not-found");
  });
});

describe("[L11] a check names the live path leases of others that paths would touch", () => {
  test("each path with each lease", async () => {
    const board = await openBoard({
      locks: [
        aLease("lock-1", { resource: "path:src/**", holder: "agent-2" }),
        aLease("lock-2", { resource: "path:**/*.md", holder: "agent-3", mode: "shared" }),
        aLease("lock-3", { resource: "path:src/mine.ts", holder: "agent-1" }),
        aLease("lock-4", { resource: "name:src/a.ts", holder: "agent-2" }),
        aLease("lock-5", {
          resource: "path:**",
          holder: "agent-2",
          expires_at: "2025-12-31T00:00:00.000Z",
        }),
      ],
    });
    const answer = await board.leases.check({
      holder: "agent-1",
      paths: ["./src/a.ts", "docs/b.md", "src/[id]/c.md", "test/d.ts"],
    });
    expect(
      "conflicts" in answer
        ? answer.conflicts.map(({ path, lease }) => [path, lease.lock_id])
        : answer,
    ).toEqual([
      ["./src/a.ts", "lock-1"],
      ["docs/b.md", "lock-2"],
      ["src/[id]/c.md", "lock-1"],
      ["src/[id]/c.md", "lock-2"],
    ]);
  });

  test("a path out of the repository is refused with its pointer", async () => {
    const board = await openBoard();
    const answer = await board.leases.check({ holder: "agent-1", paths: ["a", "../b"] });
    expect(answer).toMatchObject({ code: "invalid", more: { errors: [{ pointer: "/paths/1" }] } });
  });
});

describe("[L12] paths begin at the root of the repository and never leave it", () => {
  test.each([
    ["path:/etc/passwd", "paths begin at the root"],
    ["path:C:\\src", "paths begin at the root"],
    ["path:~/x", "paths begin at the root"],
    ["path:src/../../x", "may not contain .."],
    ["path:.", "names no file"],
    ["path:!src/**", "everything but something"],
    ["path:src/{1..3}.ts", "ranges in braces"],
  ])("%s is refused", async (resource, problem) => {
    const board = await openBoard();
    const { code, more } = await refused(acquire(board, resource));
    expect(code).toBe("invalid");
    expect(more).toMatchObject({
      errors: [{ pointer: "/resource", detail: expect.stringContaining(problem) as string }],
    });
  });
});

describe("a list", () => {
  test("[L13] holds live leases only, by resource and holder", async () => {
    const board = await openBoard({
      locks: [
        aLease("lock-1", { resource: "path:src/**" }),
        aLease("lock-2", { resource: "name:a", holder: "agent-2" }),
        aLease("lock-3", { resource: "name:b", expires_at: "2025-12-31T00:00:00.000Z" }),
      ],
    });
    const idsOf = (query: object) => {
      const page = board.leases.list(query);
      return "items" in page ? page.items.map(({ lock_id }) => lock_id) : page.code;
    };
    expect(idsOf({})).toEqual(["lock-1", "lock-2"]);
    expect(idsOf({ holder: "agent-2" })).toEqual(["lock-2"]);
    expect(idsOf({ resource: "path:./src/" })).toEqual(["lock-1"]);
    expect(idsOf({ resource: "path:../src" })).toBe("invalid");
  });
});
