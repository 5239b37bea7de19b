/** Clocks that jump, processes that sleep, and what stays true of leases. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, type TestContext } from "vitest";
import { needs, newFolder, pause } from "./processes.ts";
import { serve, type Server } from "./server.ts";

const LIBRARY = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"]
  .map((folder) => join(folder, "faketime/libfaketime.so.1"))
  .find((path) => existsSync(path));

/** A server whose wall clock is set by a file; its monotonic clock runs on. */
function withClock(context: TestContext) {
  needs(context, "faketime", LIBRARY !== undefined);
  const folder = newFolder();
  const file = join(newFolder(), "clock");
  const set = (hours: number) => writeFileSync(file, `${hours < 0 ? "-" : "+"}${Math.abs(hours)}h`);
  set(0);
  const env = {
    LD_PRELOAD: LIBRARY,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    DONT_FAKE_MONOTONIC: "1",
  };
  return { folder, set, start: () => serve(folder, env) };
}

async function acquire(server: Server, ttl_seconds: number) {
  const { status, body } = await server.ask("POST", "/collab/leases/acquire", {
    resource: "name:build",
    holder: "agent-1",
    ttl_seconds,
  });
  expect(status).toBe(201);
  return body;
}

async function isLive(server: Server, lockId: string): Promise<boolean> {
  const { body } = await server.ask("GET", "/collab/leases");
  return body.items.some((lease) => lease.lock_id === lockId);
}

async function livedFor(server: Server, lockId: string): Promise<number> {
  const start = performance.now();
  while (await isLive(server, lockId)) await pause(50);
  return performance.now() - start;
}

describe("[S15] a lease ends when its time is up, and not before", () => {
  test("whatever the wall clock does: an hour on, an hour back, while it runs", async (context) => {
    const { set, start } = withClock(context);
    const server = await start();
    const { lock_id } = await acquire(server, 4);
    const begun = performance.now();
    for (const hours of [1, -1, 0]) {
      set(hours);
      await pause(600);
      expect([hours, await isLive(server, lock_id)]).toEqual([hours, true]);
      const beat = await server.ask("POST", `/collab/leases/${lock_id}/heartbeat`, {});
      expect(beat.status).toBe(200);
    }
    expect(performance.now() - begun).toBeLessThan(4_000);
    set(1);
    const rest = await livedFor(server, lock_id);
    expect(rest).toBeGreaterThan(3_300);
    expect(rest).toBeLessThan(8_000);
    server.process.kill("SIGKILL");
  });

  test("a kill, and a wall clock an hour later: it has its full time again", async (context) => {
    const { set, start } = withClock(context);
    let server = await start();
    const { lock_id } = await acquire(server, 4);
    await pause(500);
    server.process.kill("SIGKILL");
    await server.ended;
    set(1);
    server = await start();
    const rest = await livedFor(server, lock_id);
    expect(rest).toBeGreaterThan(3_000);
    expect(rest).toBeLessThan(8_000);
    server.process.kill("SIGKILL");
  });

  test("a kill, and a wall clock an hour earlier: it has its full time at the least", async (context) => {
    const { set, start } = withClock(context);
    let server = await start();
    const { lock_id } = await acquire(server, 2);
    server.process.kill("SIGKILL");
    await server.ended;
    set(-1);
    server = await start();
    await pause(1_500);
    expect(await isLive(server, lock_id)).toBe(true);
    server.process.kill("SIGKILL");
  });

  test("of a holder that is stopped and wakes up too late: refused, also when nobody took it meanwhile", async () => {
    const server = await serve(newFolder());
    const { lock_id } = await acquire(server, 1);
    await pause(2_500);
    const beat = await server.ask("POST", `/collab/leases/${lock_id}/heartbeat`, {});
    expect([beat.status, beat.body.code]).toEqual([409, "lease-expired"]);
    server.process.kill("SIGKILL");
  });
});

describe("[S14] the fencing token of a resource", () => {
  test("grows with every grant: over release, kill, and the loss of the lease file", async () => {
    const folder = newFolder();
    let server = await serve(folder);
    const tokens: number[] = [];
    const grant = async () => {
      const { fencing_token, lock_id } = await acquire(server, 300);
      tokens.push(fencing_token);
      return lock_id;
    };
    await server.ask("POST", `/collab/leases/${await grant()}/release`, {});
    await server.ask("POST", `/collab/leases/${await grant()}/release`, {});
    await grant();
    server.process.kill("SIGKILL");
    await server.ended;
    rmSync(join(folder, "state/locks.json"));
    server = await serve(folder);
    await grant();
    rmSync(join(folder, "state/locks.json"));
    await pause(400);
    await grant();
    expect(tokens).toEqual([...new Set(tokens)].toSorted((a, b) => a - b));
    expect(tokens).toHaveLength(5);
    server.process.kill("SIGKILL");
  });
});
