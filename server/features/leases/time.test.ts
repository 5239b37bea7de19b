/** What leases do as time goes by: waiting, sweeping, starting again. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { acquireCommand, type Lease } from "#contracts/lease";
import { StoreFault } from "../../store/port.ts";
import { aLease, aTask } from "../../store/testing/records.ts";
import { AGENT_1, NO_TERMS, ok, openBoard, pass, refused, type Board } from "../testing/board.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
});

afterEach(() => {
  vi.useRealTimers();
});

const acquire = (board: Board, holder: string, more: object = {}, signal?: AbortSignal) =>
  board.leases.acquire(
    AGENT_1,
    acquireCommand.parse({ resource: "name:x", holder, ...more }),
    NO_TERMS,
    signal,
  );

const release = (board: Board, lockId: string) =>
  board.leases.release({ id: "person", kind: "human" }, lockId, {}, NO_TERMS);

/** Keeps who got the resource, in order. */
function noting(into: string[]) {
  return async (board: Board, holder: string, more: object = {}) => {
    const outcome = await acquire(board, holder, { wait_ms: 10_000, ...more });
    into.push(outcome.ok ? holder : `${holder}: ${outcome.code}`);
    return outcome;
  };
}

describe("[L14] whoever waits gets the resource as soon as it is free", () => {
  test("when it is given back", async () => {
    const board = await openBoard();
    const { lock_id } = await ok(acquire(board, "agent-1"));
    const waiting = ok(acquire(board, "agent-2", { wait_ms: 5_000 }));
    await pass(board, 2_000);
    await ok(release(board, lock_id));
    expect((await waiting).lease.holder).toBe("agent-2");
  });

  test("when it runs out, though nobody sweeps", async () => {
    const board = await openBoard();
    await ok(acquire(board, "agent-1", { ttl_seconds: 1 }));
    const waiting = ok(acquire(board, "agent-2", { wait_ms: 5_000 }));
    await pass(board, 1_200);
    expect((await waiting).lease.acquired_at <= "2026-01-01T00:00:01.200Z").toBe(true);
  });

  test("when its holder renewed it meanwhile, only at the new end", async () => {
    const board = await openBoard();
    const { lock_id } = await ok(acquire(board, "agent-1", { ttl_seconds: 1 }));
    let got = false;
    const waiting = ok(acquire(board, "agent-2", { wait_ms: 5_000 })).then(() => (got = true));
    await pass(board, 800);
    await ok(board.leases.heartbeat(AGENT_1, lock_id, {}, NO_TERMS));
    await pass(board, 800);
    expect(got).toBe(false);
    await pass(board, 400);
    expect(await waiting).toBe(true);
  });

  test("and is refused when its own time is up, told who holds it now", async () => {
    const board = await openBoard();
    await ok(acquire(board, "agent-1"));
    const waiting = refused(acquire(board, "agent-2", { wait_ms: 1_000 }));
    await pass(board, 1_100);
    expect(await waiting).toMatchObject({ code: "lease-held", more: { holder: "agent-1" } });
  });

  test("in order of arrival, one after the other", async () => {
    const board = await openBoard();
    const { lock_id } = await ok(acquire(board, "agent-0"));
    const order: string[] = [];
    const wait = noting(order);
    for (const holder of ["agent-1", "agent-2", "agent-3"]) void wait(board, holder);
    await pass(board, 100);
    await ok(release(board, lock_id));
    for (const _ of [1, 2, 3]) {
      await pass(board, 100);
      const held = board.lease("name:x");
      if (held !== undefined) await ok(release(board, held.lock_id));
    }
    await pass(board, 100);
    expect(order).toEqual(["agent-1", "agent-2", "agent-3"]);
  });

  test.each([
    [0, ["agent-1", "agent-9: lease-held", "agent-2"]],
    [5_000, ["agent-1", "agent-2", "agent-9"]],
  ])(
    "also before who comes in the moment it becomes free, and waits %i ms",
    async (wait_ms, expected) => {
      const board = await openBoard();
      const { lock_id } = await ok(acquire(board, "agent-0"));
      const order: string[] = [];
      const wait = noting(order);
      for (const holder of ["agent-1", "agent-2"]) void wait(board, holder);
      await pass(board, 100);
      const released = release(board, lock_id);
      // In the same batch: by the time it is decided, the resource is free.
      void wait(board, "agent-9", { wait_ms });
      await ok(released);
      for (const _ of [1, 2, 3]) {
        await pass(board, 100);
        const held = board.lease("name:x");
        if (held !== undefined) await ok(release(board, held.lock_id));
      }
      expect(order).toEqual(expected);
    },
  );

  test("and when who is next gives up in the moment it becomes free, the one behind gets it", async () => {
    const board = await openBoard();
    const { lock_id } = await ok(acquire(board, "agent-0"));
    const gone = new AbortController();
    const first = acquire(board, "agent-1", { wait_ms: 5_000 }, gone.signal);
    const second = ok(acquire(board, "agent-2", { wait_ms: 5_000 }));
    await pass(board, 100);
    const released = release(board, lock_id);
    gone.abort();
    await ok(released);
    await first;
    await pass(board, 100);
    const held = board.lease("name:x");
    if (held?.holder === "agent-1") await ok(release(board, held.lock_id));
    await pass(board, 100);
    expect((await second).lease.holder).toBe("agent-2");
  });

  test("of two who want different parts of what is held, nobody waits for the other", async () => {
    const board = await openBoard();
    const { lock_id } = await ok(acquire(board, "agent-0", { resource: "path:src/a.ts" }));
    const order: string[] = [];
    const wait = noting(order);
    void wait(board, "agent-1", { resource: "path:src/**" });
    await pass(board, 100);
    // Whoever waits for all of it cannot have it yet, so a part that is free is given out.
    await wait(board, "agent-2", { resource: "path:src/b.ts", wait_ms: 0 });
    expect(order).toEqual(["agent-2"]);
    await ok(release(board, lock_id));
    await pass(board, 11_000);
    expect(order).toEqual(["agent-2", "agent-1: lease-held"]);
  });

  test("all who may share it at once", async () => {
    const board = await openBoard();
    const { lock_id } = await ok(acquire(board, "agent-0"));
    const order: string[] = [];
    const wait = noting(order);
    void wait(board, "agent-1", { mode: "shared" });
    void wait(board, "agent-2", { mode: "shared" });
    await pass(board, 100);
    await ok(release(board, lock_id));
    await pass(board, 100);
    expect(order).toEqual(["agent-1", "agent-2"]);
  });

  test("and who has gone away gets nothing any more", async () => {
    const board = await openBoard();
    const { lock_id } = await ok(acquire(board, "agent-1"));
    const gone = new AbortController();
    const waiting = refused(acquire(board, "agent-2", { wait_ms: 5_000 }, gone.signal));
    await pass(board, 100);
    gone.abort();
    expect((await waiting).code).toBe("lease-held");
    await ok(release(board, lock_id));
    await pass(board, 1_000);
    expect(board.locks()).toEqual([]);
  });

  test("without a word to the store while nothing changes", async () => {
    const board = await openBoard();
    await ok(acquire(board, "agent-1"));
    const commit = vi.spyOn(board.store, "commit");
    const waiting = refused(acquire(board, "agent-2", { wait_ms: 20_000 }));
    await pass(board, 19_900);
    expect(commit).toHaveBeenCalledTimes(1);
    await pass(board, 200);
    await waiting;
  });

  test("and leaves no timer behind", async () => {
    const board = await openBoard();
    const { lock_id } = await ok(acquire(board, "agent-1"));
    const waiting = ok(acquire(board, "agent-2", { wait_ms: 5_000 }));
    await pass(board, 100);
    await ok(release(board, lock_id));
    await waiting;
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("[L15] the sweeper ends a lease the moment its time is up", () => {
  const sweeping = async (...locks: Lease[]) => {
    const board = await openBoard({
      tasks: [aTask("T-1", { status: "claimed", assignee: "agent-1" })],
      locks,
    });
    await board.leases.start();
    return board;
  };

  test("with its event, and what follows for its task", async () => {
    const board = await sweeping(aLease("lock-1", { resource: "task:T-1", ttl_seconds: 10 }));
    await pass(board, 300_200);
    expect(await board.told()).toEqual(["lease_reclaimed", "task_transitioned"]);
    expect(await board.last("lease_reclaimed")).toMatchObject({
      actor: "kyros",
      target: "task:T-1",
      details: { lock_id: "lock-1", holder: "agent-1", reason: "the lease of agent-1 expired" },
    });
    expect(board.task("T-1")).toMatchObject({ status: "queued", assignee: null });
    board.leases.stop();
  });

  test("[S15] and never earlier", async () => {
    const board = await sweeping(aLease("lock-1", { resource: "name:x", ttl_seconds: 10 }));
    await pass(board, 300_000);
    expect(board.locks()).toHaveLength(1);
    board.leases.stop();
  });

  test("one that is granted later and ends sooner too", async () => {
    const board = await sweeping(aLease("lock-1", { resource: "name:y" }));
    await ok(acquire(board, "agent-2", { ttl_seconds: 1 }));
    await pass(board, 1_300);
    expect(board.locks().map(({ lock_id }) => lock_id)).toEqual(["lock-1"]);
    board.leases.stop();
  });

  test("not one that was renewed in time", async () => {
    const board = await sweeping();
    const { lock_id } = await ok(acquire(board, "agent-1", { ttl_seconds: 1 }));
    for (let beat = 0; beat < 10; beat += 1) {
      await pass(board, 900);
      await ok(board.leases.heartbeat(AGENT_1, lock_id, {}, NO_TERMS));
    }
    expect(board.locks()).toHaveLength(1);
    board.leases.stop();
  });

  test("as soon as the store can write again", async () => {
    const board = await sweeping(aLease("lock-1", { resource: "name:x" }));
    const commit = vi.spyOn(board.store, "commit");
    commit.mockRejectedValue(new StoreFault("store-unavailable", "read-only"));
    await pass(board, 303_000);
    expect(board.faults.length).toBeGreaterThanOrEqual(2);
    expect(board.faults.length).toBeLessThanOrEqual(4);
    commit.mockRestore();
    await pass(board, 1_200);
    expect(board.locks()).toEqual([]);
    board.leases.stop();
  });

  test("until it is stopped", async () => {
    const board = await sweeping(aLease("lock-1", { resource: "name:x" }));
    board.leases.stop();
    await pass(board, 400_000);
    expect(board.locks()).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a holder that comes too late is told that its lease ended, not that there never was one", async () => {
    const board = await sweeping();
    const { lock_id } = await ok(acquire(board, "agent-1", { ttl_seconds: 1 }));
    await pass(board, 2_000);
    const { code, more } = await refused(board.leases.heartbeat(AGENT_1, lock_id, {}, NO_TERMS));
    expect(code).toBe("lease-expired");
    expect(more).toMatchObject({ resource: "name:x" });
    const again = refused(board.leases.release(AGENT_1, lock_id, {}, NO_TERMS));
    expect((await again).code).toBe("lease-expired");
    board.leases.stop();
  });
});

describe("[S15] a restart extends leases, and never shortens one", () => {
  test.each([
    ["one with time left", "2026-01-01T00:04:00.000Z", "2026-01-01T00:05:00.000Z"],
    [
      "one that ran out while nobody was there",
      "2025-12-31T20:00:00.000Z",
      "2026-01-01T00:05:00.000Z",
    ],
    ["one with more time than its TTL", "2026-01-01T01:00:00.000Z", "2026-01-01T01:00:00.000Z"],
  ])("%s", async (_, expires_at, expected) => {
    const board = await openBoard({ locks: [aLease("lock-1", { expires_at })] });
    await board.leases.start();
    expect(board.locks()).toMatchObject([
      { expires_at: expected, heartbeat_at: "2026-01-01T00:00:00.000Z" },
    ]);
    expect(await board.told()).toEqual([]);
    board.leases.stop();
  });
});

describe("[S15] a wall clock that jumps changes nothing", () => {
  test.each([3_600_000, -3_600_000])("by %i ms", async (jump) => {
    const board = await openBoard();
    await board.leases.start();
    const { lock_id } = await ok(acquire(board, "agent-1", { ttl_seconds: 60 }));
    await pass(board, 30_000);
    board.clock.jump(jump);
    await pass(board, 29_000);
    await ok(board.leases.heartbeat(AGENT_1, lock_id, {}, NO_TERMS));
    await pass(board, 59_000);
    expect(board.locks()).toHaveLength(1);
    await pass(board, 2_000);
    expect(board.locks()).toEqual([]);
    board.leases.stop();
  });
});
