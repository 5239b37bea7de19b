import { describe, expect, test } from "vitest";
import { acquireCommand, type AcquireCommand, type Lease } from "#contracts/lease";
import { accept } from "../../store/port.ts";
import { aLease } from "../../store/testing/records.ts";
import {
  AGENT_1,
  AGENT_2,
  NO_TERMS,
  ok,
  openBoard,
  refused,
  type Board,
} from "../testing/board.ts";

const PERSON = { id: "person", kind: "human" } as const;

const asking = (resource: string, more: Partial<AcquireCommand> = {}): AcquireCommand =>
  acquireCommand.parse({ resource, holder: "agent-1", ...more });

const acquire = (board: Board, resource: string, more: Partial<AcquireCommand> = {}) =>
  board.leases.acquire(PERSON, asking(resource, more), NO_TERMS);

const heartbeat = (board: Board, lockId: string, more = {}, by: typeof AGENT_1 = AGENT_1) =>
  board.leases.heartbeat(by, lockId, more, NO_TERMS);

const release = (board: Board, lockId: string, more = {}, by: typeof AGENT_1 = AGENT_1) =>
  board.leases.release(by, lockId, more, NO_TERMS);

/** Made three hours later than it ended, by a clock that was set back meanwhile. */
const AHEAD = "019b777f-7380-7000-8000-000000000000";

async function say(board: Board, count: number): Promise<void> {
  const notes = Array.from({ length: count }, () => ({ event: "note", target: "name:x" }));
  await board.store.commit(() => accept(() => null, notes), { actor: "ci" });
}

const withLease = (lease: Partial<Lease> = {}) => openBoard({ locks: [aLease("lock-1", lease)] });

describe("[L1] a free resource is leased to whoever asks", () => {
  test("for the time asked, in one event", async () => {
    const board = await openBoard();
    const answer = await ok(acquire(board, "name:build", { ttl_seconds: 60, note: "nightly" }));
    expect(answer).toEqual({
      lock_id: answer.lock_id,
      fencing_token: 1,
      expires_at: "2026-01-01T00:01:00.000Z",
      lease: {
        lock_id: answer.lock_id,
        version: 1,
        resource: "name:build",
        mode: "exclusive",
        holder: "agent-1",
        acquired_at: "2026-01-01T00:00:00.000Z",
        ttl_seconds: 60,
        heartbeat_at: "2026-01-01T00:00:00.000Z",
        expires_at: "2026-01-01T00:01:00.000Z",
        fencing_token: 1,
        note: "nightly",
      },
    });
    expect(await board.told()).toEqual(["lease_acquired"]);
    expect(await board.last("lease_acquired")).toMatchObject({
      actor: "person",
      target: "name:build",
      details: { lock_id: answer.lock_id, holder: "agent-1", fencing_token: 1 },
    });
  });

  test("for five minutes when no time is asked", async () => {
    const board = await openBoard();
    expect((await ok(acquire(board, "name:x"))).expires_at).toBe("2026-01-01T00:05:00.000Z");
  });

  test("of twenty that ask together one gets it", async () => {
    const board = await openBoard();
    const all = Array.from({ length: 20 }, (_, at) =>
      acquire(board, "name:x", { holder: `a-${at}` }),
    );
    const outcomes = await Promise.all(all);
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
  });
});

describe("[L2] what somebody else holds is refused, naming holder and expiry", () => {
  test("in words and for programs", async () => {
    const board = await withLease({ holder: "agent-9" });
    const { code, detail, more } = await refused(acquire(board, "name:build"));
    expect(code).toBe("lease-held");
    expect(detail).toContain("name:build is held by agent-9 until 2026-01-01T00:05:00.000Z.");
    expect(more).toMatchObject({
      resource: "name:build",
      holder: "agent-9",
      expires_at: "2026-01-01T00:05:00.000Z",
      lock_id: "lock-1",
      leases: [{ lock_id: "lock-1" }],
    });
  });

  test.each<[Lease["mode"], Lease["mode"], boolean]>([
    ["exclusive", "exclusive", false],
    ["exclusive", "shared", false],
    ["shared", "exclusive", false],
    ["shared", "shared", true],
  ])("held %s, asked %s: granted is %s", async (held, asked, granted) => {
    const board = await withLease({ holder: "agent-9", mode: held });
    const outcome = await acquire(board, "name:build", { mode: asked });
    expect(outcome.ok).toBe(granted);
  });

  test.each([
    ["name:build", "name:build", false],
    ["name:build", "name:other", true],
    ["task:T-1", "task:T-1", false],
    ["task:T-1", "task:T-11", true],
    ["name:src/a.ts", "path:src/a.ts", true],
    ["path:src/**", "path:src/a/b.ts", false],
    ["path:src/*.ts", "path:src/a.*", false],
    ["path:src/*.ts", "path:src/*.js", true],
    ["path:./src//a.ts", "path:src/a.ts", false],
  ])("held %s, asked %s: granted is %s", async (held, asked, granted) => {
    const board = await openBoard();
    await ok(acquire(board, held, { holder: "agent-9" }));
    expect((await acquire(board, asked)).ok).toBe(granted);
  });
});

describe("[L3] the same holder again gets the same lease and the same token", () => {
  test("with its full time again, and without an event", async () => {
    const board = await openBoard();
    const first = await ok(acquire(board, "name:x", { ttl_seconds: 60 }));
    board.clock.advance(30_000);
    const again = await ok(acquire(board, "name:x"));
    expect(again).toMatchObject({
      lock_id: first.lock_id,
      fencing_token: 1,
      expires_at: "2026-01-01T00:01:30.000Z",
    });
    expect(await board.told()).toEqual(["lease_acquired"]);
  });

  test("for as long as it now asks, which is written down", async () => {
    const board = await openBoard();
    const first = await ok(acquire(board, "name:x", { ttl_seconds: 60 }));
    board.clock.advance(1_000);
    const again = await ok(acquire(board, "name:x", { ttl_seconds: 3_600 }));
    expect(again).toMatchObject({ lock_id: first.lock_id, fencing_token: 1 });
    expect(again.lease).toMatchObject({ ttl_seconds: 3_600, expires_at: board.at(3_600) });
    expect(await board.told()).toEqual(["lease_acquired", "lease_renewed"]);
  });

  test("whatever spelling of the path it uses", async () => {
    const board = await openBoard();
    const first = await ok(acquire(board, "path:src/"));
    const again = await ok(acquire(board, "path:./src/**"));
    expect(first.lease.resource).toBe("path:src/**");
    expect(again.lock_id).toBe(first.lock_id);
  });

  test("an own lease nearby is not in one's way", async () => {
    const board = await openBoard();
    await ok(acquire(board, "path:src/**"));
    const second = await ok(acquire(board, "path:src/a.ts"));
    expect(second.fencing_token).toBe(2);
  });

  test("from shared to exclusive is a new grant of the same lease, if nobody shares it", async () => {
    const board = await openBoard();
    const first = await ok(acquire(board, "name:x", { mode: "shared" }));
    const other = await ok(acquire(board, "name:x", { mode: "shared", holder: "agent-2" }));
    expect((await refused(acquire(board, "name:x"))).code).toBe("lease-held");
    await ok(release(board, other.lock_id, {}, AGENT_2));
    const raised = await ok(acquire(board, "name:x"));
    expect(raised).toMatchObject({ lock_id: first.lock_id, lease: { mode: "exclusive" } });
    expect(raised.fencing_token).toBeGreaterThan(other.fencing_token);
    expect(await board.last("lease_acquired")).toMatchObject({
      target: "name:x",
      details: {
        lock_id: first.lock_id,
        holder: "agent-1",
        mode: "exclusive",
        fencing_token: raised.fencing_token,
        fencing_token_before: first.fencing_token,
      },
    });
  });

  test("shared again stays shared, under the same token", async () => {
    const board = await openBoard();
    const first = await ok(acquire(board, "name:x", { mode: "shared" }));
    expect(await ok(acquire(board, "name:x", { mode: "shared" }))).toMatchObject({
      lock_id: first.lock_id,
      fencing_token: 1,
      lease: { mode: "shared" },
    });
    expect(await board.told()).toEqual(["lease_acquired"]);
  });

  test("from exclusive to shared it keeps what it has", async () => {
    const board = await openBoard();
    await ok(acquire(board, "name:x"));
    expect((await ok(acquire(board, "name:x", { mode: "shared" }))).lease.mode).toBe("exclusive");
  });
});

describe("[L4] a heartbeat renews a live lease", () => {
  test("without an event or a new version", async () => {
    const board = await withLease();
    board.clock.advance(200_000);
    const answer = await ok(heartbeat(board, "lock-1"));
    expect(answer).toEqual({ ok: true, expires_at: "2026-01-01T00:08:20.000Z" });
    expect(board.lease("name:build")).toMatchObject({
      version: 1,
      heartbeat_at: "2026-01-01T00:03:20.000Z",
      expires_at: "2026-01-01T00:08:20.000Z",
    });
    expect(await board.told()).toEqual([]);
  });

  test("[S15] and never makes it end earlier than was promised", async () => {
    const board = await withLease();
    const answer = await ok(heartbeat(board, "lock-1", { ttl_seconds: 1 }));
    expect(answer.expires_at).toBe("2026-01-01T00:05:00.000Z");
  });

  test("[S15] up to and including its last millisecond, and no longer", async () => {
    const board = await withLease();
    board.clock.advance(300_000);
    await ok(heartbeat(board, "lock-1"));
    const late = await withLease();
    late.clock.advance(300_001);
    const { code, detail, more } = await refused(heartbeat(late, "lock-1"));
    expect(code).toBe("lease-expired");
    expect(detail).toContain("Your lease on name:build ended at 2026-01-01T00:05:00.000Z");
    expect(more).toEqual({ resource: "name:build", ended_at: "2026-01-01T00:05:00.000Z" });
  });

  test("[S14] not with an older token", async () => {
    const board = await withLease({ fencing_token: 7 });
    expect((await refused(heartbeat(board, "lock-1", { fencing_token: 6 }))).code).toBe(
      "fence-stale",
    );
    await ok(heartbeat(board, "lock-1", { fencing_token: 7 }));
  });

  test("the token may come as Lease-Token just as well", async () => {
    const board = await withLease({ fencing_token: 7 });
    const stale = board.leases.heartbeat(AGENT_1, "lock-1", {}, { leaseToken: 6 });
    expect((await refused(stale)).code).toBe("fence-stale");
  });

  test("not by an agent that acts under another name, unless it has the token", async () => {
    const board = await withLease({ fencing_token: 7 });
    expect((await refused(heartbeat(board, "lock-1", {}, AGENT_2))).code).toBe("not-holder");
    await ok(heartbeat(board, "lock-1", { fencing_token: 7 }, AGENT_2));
  });

  test("by a caller without a name, which knows the lock id", async () => {
    const board = await withLease();
    expect((await ok(board.leases.heartbeat(PERSON, "lock-1", {}, NO_TERMS))).ok).toBe(true);
  });

  test("of a lease that is long gone is told so, whatever its id says about when it was made", async () => {
    const board = await openBoard({ locks: [aLease(AHEAD), aLease("lock-1")] });
    for (const id of [AHEAD, "lock-1"]) {
      await ok(release(board, id));
      expect((await refused(heartbeat(board, id))).code).toBe("lease-expired");
    }
  });

  test("of a lease that ended more than 100,000 events ago is not found", async () => {
    const board = await withLease();
    await ok(release(board, "lock-1"));
    await say(board, 99_999);
    expect((await refused(heartbeat(board, "lock-1"))).code).toBe("lease-expired");
    await say(board, 1);
    expect((await refused(heartbeat(board, "lock-1"))).code).toBe("not-found");
  }, 20_000);

  test("of a lease that never was is not found", async () => {
    const board = await openBoard();
    expect((await refused(heartbeat(board, "lock-404"))).code).toBe("not-found");
    const uuid = "019b76da-0000-7000-8000-000000000000";
    expect((await refused(heartbeat(board, uuid))).code).toBe("not-found");
  });
});

describe("[L5] a release gives back this lease and no other", () => {
  test("in one event", async () => {
    const board = await withLease();
    expect(await ok(release(board, "lock-1"))).toEqual({ ok: true });
    expect(board.locks()).toEqual([]);
    expect(await board.told()).toEqual(["lease_released"]);
  });

  test("[S14] never the next holder's", async () => {
    const board = await openBoard();
    const first = await ok(acquire(board, "name:x"));
    board.clock.advance(300_100);
    const second = await ok(acquire(board, "name:x", { holder: "agent-2" }));
    const late = await release(board, first.lock_id, { fencing_token: first.fencing_token });
    expect(late.ok).toBe(false);
    expect(board.locks()).toMatchObject([{ lock_id: second.lock_id, holder: "agent-2" }]);
  });

  test("[S14] not with an older token", async () => {
    const board = await withLease({ fencing_token: 7 });
    expect((await refused(release(board, "lock-1", { fencing_token: 6 }))).code).toBe(
      "fence-stale",
    );
  });

  test("not by another agent", async () => {
    const board = await withLease();
    expect((await refused(release(board, "lock-1", {}, AGENT_2))).code).toBe("not-holder");
  });

  test("not once it has expired", async () => {
    const board = await withLease();
    board.clock.advance(300_001);
    expect((await refused(release(board, "lock-1"))).code).toBe("lease-expired");
  });
});
