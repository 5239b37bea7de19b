import { describe, expect, test } from "vitest";
import { parseKey } from "./idempotency.ts";
import { openApp, type Ask } from "./testing/client.ts";

const keyed = (key: string, more: Record<string, string> = {}) => ({
  "idempotency-key": key,
  ...more,
});

async function withTask() {
  const board = await openApp();
  const created = await board.ask("POST", "/collab/tasks", { json: { id: "T-1", title: "One" } });
  return { ...board, etag: created.headers.get("etag") ?? "" };
}

describe("[H40] the key", () => {
  test.each([
    ["a", "a"],
    ["8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"],
    ['"8e03978e"', "8e03978e"],
    ["x".repeat(255), "x".repeat(255)],
  ])("%s is taken", (header, key) => {
    expect(parseKey(header)).toEqual({ ok: true, key });
  });

  test.each(["", '""', "a b", '"a', 'a"b', "ü", "x".repeat(256), '"a\\"b"', "\u0000"])(
    "%j is 400",
    (header) => {
      expect(parseKey(header)).toMatchObject({ ok: false, code: "malformed" });
    },
  );

  test("a bad one is refused before anything happens", async () => {
    const { ask, store } = await openApp();
    const told = await ask("POST", "/collab/tasks", {
      json: { title: "x" },
      headers: keyed("a b"),
    });
    expect(told.status).toBe(400);
    expect(store.events.head).toBe(0);
  });
});

describe("[H41] [S8] the same request again", () => {
  test.each<[string, string, Ask]>([
    ["POST", "/collab/tasks", { json: { title: "New" } }],
    ["PATCH", "/collab/tasks/T-1", { json: { title: "Two" }, headers: { "if-match": "*" } }],
    ["POST", "/collab/tasks/T-1/transition", { json: { to: "claimed" } }],
    ["POST", "/collab/tasks/claim", { json: { agent: "agent-1" } }],
    ["POST", "/collab/tasks/batch", { json: { creates: [{ title: "a" }, { title: "b" }] } }],
    ["POST", "/collab/agents", { json: { name: "Ada", kind: "human" } }],
    ["POST", "/collab/leases/acquire", { json: { resource: "name:x", holder: "agent-1" } }],
    ["POST", "/collab/events", { json: { event: "ping", actor: "agent-1" } }],
    [
      "POST",
      "/collab/events",
      { json: ["a", "b", "c"].map((event) => ({ event, actor: "agent-1" })) },
    ],
  ])("%s %s gets the first answer and is not done again", async (method, path, given) => {
    const { ask, store } = await withTask();
    const send = () =>
      ask(method, path, { ...given, headers: { ...given.headers, ...keyed("once") } });
    const first = await send();
    expect(first.status).toBeLessThan(300);
    expect(first.headers.get("idempotent-replayed")).toBeNull();
    const head = store.events.head;
    const second = await send();
    expect(second.status).toBe(first.status);
    expect(second.json).toEqual(first.json);
    for (const name of ["etag", "location"]) {
      expect(second.headers.get(name)).toBe(first.headers.get(name));
    }
    expect(second.headers.get("idempotent-replayed")).toBe("true");
    expect(store.events.head).toBe(head);
  });

  test("although the record has changed since, and the If-Match no longer holds", async () => {
    const { ask, etag } = await withTask();
    const first = { json: { title: "Two" }, headers: keyed("a", { "if-match": etag }) };
    const answered = await ask("PATCH", "/collab/tasks/T-1", first);
    await ask("PATCH", "/collab/tasks/T-1", {
      json: { title: "Three" },
      headers: { "if-match": answered.headers.get("etag") ?? "" },
    });
    const again = await ask("PATCH", "/collab/tasks/T-1", first);
    expect(again.json).toEqual(answered.json);
  });

  test("although the record is gone", async () => {
    const { ask } = await withTask();
    const taken = { json: { resource: "name:x", holder: "agent-1" } };
    const lockId = String((await ask("POST", "/collab/leases/acquire", taken)).at("/lock_id"));
    const give = () => ask("POST", `/collab/leases/${lockId}/release`, { headers: keyed("back") });
    expect((await give()).json).toEqual({ ok: true });
    expect((await give()).json).toEqual({ ok: true });
    const move = () =>
      ask("POST", "/collab/tasks/T-1/transition", { json: { to: "claimed" }, headers: keyed("m") });
    const moved = await move();
    await ask("DELETE", "/collab/tasks/T-1", { headers: { "if-match": "*" } });
    expect((await move()).json).toEqual(moved.json);
  });

  test("a refusal is not kept: the repetition is decided afresh", async () => {
    const { ask } = await withTask();
    const late = { json: { id: "T-2", title: "x", depends_on: ["T-3"] }, headers: keyed("k") };
    const refused = await ask("POST", "/collab/tasks", late);
    expect(refused.status).toBeGreaterThanOrEqual(400);
    await ask("POST", "/collab/tasks", { json: { id: "T-3", title: "y" } });
    expect((await ask("POST", "/collab/tasks", late)).status).toBe(201);
  });
});

describe("[H42] the same key for something else is 422", () => {
  const first: Ask = { json: { title: "Two" }, headers: keyed("k", { "if-match": "*" }) };

  test.each<[string, string, string, Ask]>([
    ["another body", "PATCH", "/collab/tasks/T-1", { ...first, json: { title: "Three" } }],
    ["another path", "PATCH", "/collab/tasks/T-2", first],
    ["another operation", "POST", "/collab/tasks", { json: { title: "x" }, headers: keyed("k") }],
    [
      "another media type",
      "PATCH",
      "/collab/tasks/T-1",
      { ...first, type: "application/merge-patch+json" },
    ],
    [
      "another If-Match",
      "PATCH",
      "/collab/tasks/T-1",
      { ...first, headers: keyed("k", { "if-match": '"2-x"' }) },
    ],
  ])("%s", async (_, method, path, other) => {
    const { ask } = await withTask();
    await ask("POST", "/collab/tasks", { json: { id: "T-2", title: "Other" } });
    expect((await ask("PATCH", "/collab/tasks/T-1", first)).status).toBe(200);
    expect((await ask(method, path, other)).json).toMatchObject({ code: "idempotency-mismatch" });
  });

  test("the version in the path is no difference", async () => {
    const { ask } = await withTask();
    const sent = await ask("PATCH", "/collab/tasks/T-1", first);
    const again = await ask("PATCH", "/api/v1/collab/tasks/T-1", first);
    expect(again.json).toEqual(sent.json);
  });
});

test("[H43] while the first is still running the second is 409, and retryable", async () => {
  const { ask } = await openApp();
  const acquire = (holder: string, more: object, headers = {}) =>
    ask("POST", "/collab/leases/acquire", {
      json: { resource: "name:x", holder, ...more },
      headers,
    });
  const held = await acquire("agent-1", {});
  const waiting = acquire("agent-2", { wait_ms: 5_000 }, keyed("wait"));
  await Promise.resolve();
  const second = await acquire("agent-2", { wait_ms: 5_000 }, keyed("wait"));
  expect(second.json).toMatchObject({ code: "idempotency-in-flight", retryable: true });
  expect(second.headers.get("retry-after")).toBe("1");
  await ask("POST", `/collab/leases/${String(held.at("/lock_id"))}/release`);
  expect((await waiting).status).toBe(201);
  expect((await acquire("agent-2", { wait_ms: 5_000 }, keyed("wait"))).json).toEqual(
    (await waiting).json,
  );
});

test("[H44] the same key of another caller is another key", async () => {
  const { ask } = await openApp();
  const create = (title: string, actor: string) =>
    ask("POST", "/collab/tasks", {
      json: { title },
      headers: keyed("k", { "kyros-actor": actor }),
    });
  const one = await create("One", "agent-1");
  const two = await create("Two", "agent-2");
  expect(two.status).toBe(201);
  expect(two.at("/id")).not.toBe(one.at("/id"));
});

test("[H43] a request that crashed leaves its key free", async () => {
  let failing = false;
  const { ask } = await openApp({
    wrap: (store) => ({
      ...store,
      read: () => store.read(),
      commit: (decide, by) => {
        if (failing) throw new Error("broken");
        return store.commit(decide, by);
      },
    }),
  });
  const send = () =>
    ask("POST", "/collab/events", { json: { event: "x", actor: "a" }, headers: keyed("k") });
  failing = true;
  expect((await send()).status).toBe(500);
  failing = false;
  expect((await send()).status).toBe(200);
});
