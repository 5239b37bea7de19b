/** What each operation on agents answers over HTTP. Why it does is tested beside the decisions. */
import { describe, expect, test } from "vitest";
import { openApp, type Ask } from "../../http/testing/client.ts";

const ANY = { "if-match": "*" };
const AGENT = "/collab/agents/agent-1";

async function withAgent() {
  const board = await openApp();
  const json = { id: "agent-1", role: "coder", skills: ["ts"] };
  const created = await board.ask("POST", "/collab/agents", { json });
  return { ...board, created };
}

describe("200", () => {
  test("GET one, and all, with a cursor to tail from", async () => {
    const { ask, store } = await withAgent();
    const one = await ask("GET", AGENT);
    expect(one.json).toMatchObject({
      id: "agent-1",
      name: "agent-1",
      kind: "agent",
      role: "coder",
    });
    const all = await ask("GET", "/collab/agents");
    expect(all.json).toEqual({ items: [one.json], cursor: store.events.headCursor });
  });

  test("PATCH answers the agent and its new tag", async () => {
    const { ask, created } = await withAgent();
    const headers = { "if-match": created.headers.get("etag") ?? "" };
    const told = await ask("PATCH", AGENT, { json: { available: false, role: null }, headers });
    expect(told.json).toMatchObject({
      ok: true,
      agent: { version: 2, available: false, role: "" },
    });
    expect(told.headers.get("etag")).toBe(told.at("/etag"));
  });

  test("a heartbeat answers when it was seen and when it will be missed", async () => {
    const { ask, clock } = await withAgent();
    clock.advance(10_000);
    const told = await ask("POST", `${AGENT}/heartbeat`);
    expect(told.json).toMatchObject({ ok: true, last_seen: "2026-01-01T00:00:10.000Z" });
    expect(told.at("/offline_at")).toBe("2026-01-01T00:01:40.000Z");
  });

  test("whoever asks for a change is seen", async () => {
    const { ask, clock } = await withAgent();
    clock.advance(120_000);
    await ask("POST", "/collab/tasks", {
      json: { title: "x" },
      headers: { "kyros-actor": "agent-1" },
    });
    expect((await ask("GET", AGENT)).at("/last_seen")).toBe("2026-01-01T00:02:00.000Z");
  });
});

describe("201", () => {
  test("POST with an id, or without", async () => {
    const { ask, created } = await withAgent();
    expect(created.status).toBe(201);
    expect(created.headers.get("location")).toBe(AGENT);
    const given = await ask("POST", "/collab/agents", { json: { kind: "human", name: "Ada" } });
    expect(given.json).toMatchObject({ agent: { name: "Ada", kind: "human" } });
    const path = given.headers.get("location") ?? "";
    expect((await ask("GET", path)).json).toEqual(given.at("/agent"));
  });
});

describe("204", () => {
  test("DELETE", async () => {
    const { ask } = await withAgent();
    expect((await ask("DELETE", AGENT, { headers: ANY })).status).toBe(204);
    expect((await ask("GET", AGENT)).status).toBe(404);
  });

  test("DELETE with force of an agent that holds something", async () => {
    const { ask } = await withAgent();
    await ask("POST", "/collab/leases/acquire", {
      json: { resource: "name:x", holder: "agent-1" },
    });
    expect((await ask("DELETE", `${AGENT}?force=true`, { headers: ANY })).status).toBe(204);
    expect((await ask("GET", "/collab/leases")).json).toEqual({ items: [] });
  });
});

describe("404", () => {
  test.each<[string, string, Ask]>([
    ["GET", "/collab/agents/nobody", {}],
    ["PATCH", "/collab/agents/nobody", { json: {} }],
    ["DELETE", "/collab/agents/nobody", {}],
    ["POST", "/collab/agents/nobody/heartbeat", {}],
  ])("%s %s", async (method, path, given) => {
    const { ask } = await withAgent();
    expect((await ask(method, path, given)).json).toMatchObject({ code: "not-found" });
  });
});

describe("409", () => {
  test("an id that is taken", async () => {
    const { ask } = await withAgent();
    const told = await ask("POST", "/collab/agents", { json: { id: "agent-1" } });
    expect(told.json).toMatchObject({ code: "already-exists" });
  });

  test("DELETE of an agent that holds something names what", async () => {
    const { ask } = await withAgent();
    await ask("POST", "/collab/leases/acquire", {
      json: { resource: "name:x", holder: "agent-1" },
    });
    const told = await ask("DELETE", AGENT, { headers: ANY });
    expect(told.json).toMatchObject({ code: "in-use" });
    expect(told.text).toContain("name:x");
  });
});

describe("412 and 428", () => {
  test.each(["PATCH", "DELETE"])("%s", async (method) => {
    const { ask } = await withAgent();
    const json = method === "PATCH" ? { role: "x" } : undefined;
    expect((await ask(method, AGENT, { json })).status).toBe(428);
    const headers = { "if-match": '"9-other"' };
    const told = await ask(method, AGENT, { json, headers });
    expect(told.json).toMatchObject({ code: "precondition-failed", current: { id: "agent-1" } });
  });
});

describe("422", () => {
  test.each([
    [{ id: "-bad" }, "/id"],
    [{ kind: "robot" }, "/kind"],
    [{ id: "ok", version: 1 }, "/version"],
    [{ skills: "ts" }, "/skills"],
  ])("POST %j names %s", async (json, pointer) => {
    const { ask } = await withAgent();
    const told = await ask("POST", "/collab/agents", { json });
    expect(told.at("/errors/0/pointer")).toBe(pointer);
  });
});
