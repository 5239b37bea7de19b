/** What each operation on leases answers over HTTP. Why it does is tested beside the decisions. */
import { describe, expect, test } from "vitest";
import { openApp } from "../../http/testing/client.ts";

async function withLease() {
  const board = await openApp();
  const acquire = (json: object) => board.ask("POST", "/collab/leases/acquire", { json });
  const taken = await acquire({ resource: "path:src/**", holder: "agent-1", ttl_seconds: 60 });
  return { ...board, acquire, taken, lease: `/collab/leases/${String(taken.at("/lock_id"))}` };
}

describe("201", () => {
  test("acquire answers the lease; the same holder again gets the same", async () => {
    const { acquire, taken } = await withLease();
    expect(taken.status).toBe(201);
    expect(taken.at("/expires_at")).toBe(taken.at("/lease/expires_at"));
    expect(taken.json).toMatchObject({
      lease: { resource: "path:src/**", holder: "agent-1", mode: "exclusive" },
    });
    const again = await acquire({ resource: "path:src/**", holder: "agent-1", ttl_seconds: 60 });
    expect(again.status).toBe(201);
    for (const name of ["/lock_id", "/fencing_token"]) expect(again.at(name)).toBe(taken.at(name));
  });

  test("whoever waits gets the lease when it is given back", async () => {
    const { ask, acquire, lease } = await withLease();
    const waiting = acquire({ resource: "path:src/**", holder: "agent-2", wait_ms: 10_000 });
    await Promise.resolve();
    expect((await ask("POST", `${lease}/release`)).json).toEqual({ ok: true });
    expect((await waiting).json).toMatchObject({ lease: { holder: "agent-2" } });
  });
});

describe("200", () => {
  test("the list, by resource and by holder", async () => {
    const { ask, acquire, taken } = await withLease();
    await acquire({ resource: "name:deploy", holder: "agent-2" });
    const list = async (query: string) => (await ask("GET", `/collab/leases${query}`)).at("/items");
    expect(await list("")).toHaveLength(2);
    expect(await list("?holder=agent-1")).toEqual([taken.at("/lease")]);
    expect(await list("?resource=name:deploy")).toMatchObject([{ holder: "agent-2" }]);
    expect(await list("?holder=agent-3")).toEqual([]);
  });

  test("a heartbeat lengthens it", async () => {
    const { ask, clock, lease } = await withLease();
    clock.advance(30_000);
    const told = await ask("POST", `${lease}/heartbeat`);
    expect(told.json).toEqual({ ok: true, expires_at: "2026-01-01T00:01:30.000Z" });
  });

  test("check names the leases of others that paths would touch", async () => {
    const { ask, taken } = await withLease();
    const check = (holder: string) =>
      ask("POST", "/collab/leases/check", { json: { paths: ["src/a.ts", "docs/b.md"], holder } });
    expect((await check("agent-2")).json).toEqual({
      conflicts: [{ path: "src/a.ts", lease: taken.at("/lease") }],
    });
    expect((await check("agent-1")).json).toEqual({ conflicts: [] });
  });

  test("reclaim takes back what is stale; a person may break one that is not", async () => {
    const { ask, acquire, taken } = await withLease();
    expect((await ask("POST", "/collab/leases/reclaim")).json).toEqual({ reclaimed: [] });
    const json = { lock_id: taken.at("/lock_id"), force: true, reason: "gone home" };
    const told = await ask("POST", "/collab/leases/reclaim", { json });
    expect(told.json).toEqual({ reclaimed: [taken.at("/lock_id")] });
    const next = await acquire({ resource: "path:src/**", holder: "agent-2" });
    expect(Number(next.at("/fencing_token"))).toBeGreaterThan(Number(taken.at("/fencing_token")));
  });
});

describe("403", () => {
  test("an agent that breaks a lease by force", async () => {
    const { ask, taken } = await withLease();
    const told = await ask("POST", "/collab/leases/reclaim", {
      json: { lock_id: taken.at("/lock_id"), force: true },
      headers: { "kyros-actor": "agent-2" },
    });
    expect(told.json).toMatchObject({ code: "forbidden" });
  });
});

describe("404", () => {
  test.each(["heartbeat", "release"])("%s of a lease that never was", async (step) => {
    const { ask } = await withLease();
    const told = await ask("POST", `/collab/leases/nothing/${step}`);
    expect(told.json).toMatchObject({ code: "not-found" });
  });
});

describe("409", () => {
  test("lease-held names the holder and when it ends", async () => {
    const { acquire, taken } = await withLease();
    const told = await acquire({ resource: "path:src/app/*.ts", holder: "agent-2" });
    expect(told.json).toMatchObject({
      code: "lease-held",
      holder: "agent-1",
      expires_at: taken.at("/expires_at"),
    });
  });

  test("fence-stale for an older token", async () => {
    const { ask, lease } = await withLease();
    const told = await ask("POST", `${lease}/heartbeat`, { json: { fencing_token: 999 } });
    expect(told.json).toMatchObject({ code: "fence-stale" });
  });

  test.each(["heartbeat", "release"])(
    "lease-expired for a %s that comes too late",
    async (step) => {
      const { ask, clock, lease } = await withLease();
      clock.advance(61_000);
      const told = await ask("POST", `${lease}/${step}`);
      expect(told.json).toMatchObject({ code: "lease-expired" });
    },
  );

  test("not-holder for a heartbeat of somebody else", async () => {
    const { ask, lease } = await withLease();
    const headers = { "kyros-actor": "agent-2" };
    const told = await ask("POST", `${lease}/heartbeat`, { headers });
    expect(told.json).toMatchObject({ code: "not-holder" });
  });
});

describe("422", () => {
  test.each([
    [{ resource: "src/**", holder: "a" }, "/resource"],
    [{ resource: "name:x" }, "/holder"],
    [{ resource: "name:x", holder: "a", ttl_seconds: 86_401 }, "/ttl_seconds"],
    [{ resource: "name:x", holder: "a", mode: "private" }, "/mode"],
    [{ resource: "name:x", holder: "a", wait_ms: -1 }, "/wait_ms"],
  ])("acquire %j names %s", async (json, pointer) => {
    const { acquire } = await withLease();
    expect((await acquire(json)).at("/errors/0/pointer")).toBe(pointer);
  });
});
