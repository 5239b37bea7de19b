/** What each operation on tasks answers over HTTP. Why it does is tested beside the decisions. */
import { describe, expect, test } from "vitest";
import { openApp, type Ask } from "../../http/testing/client.ts";

const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const ANY = { "if-match": "*" };
const as = (actor: string, more: Record<string, string> = {}) => ({
  "kyros-actor": actor,
  ...more,
});

/** T-1 is free, T-2 waits for it, T-3 has an open item, T-4 is held by agent-1. */
async function openBoard() {
  const board = await openApp();
  const { ask } = board;
  const create = (json: object) => ask("POST", "/collab/tasks", { json });
  await create({ id: "T-1", title: "One", labels: ["a"] });
  await create({ id: "T-2", title: "Two", depends_on: ["T-1"] });
  await create({ id: "T-3", title: "Three", dod: ["tests"] });
  await create({ id: "T-4", title: "Four", priority: "high" });
  const claimed = await ask("POST", "/collab/tasks/claim", {
    json: { agent: "agent-1", task_id: "T-4" },
    headers: as("agent-1"),
  });
  const token = String(claimed.at("/lease/fencing_token"));
  const lockId = String(claimed.at("/lease/lock_id"));
  return { ...board, token, lockId };
}

describe("200", () => {
  test("GET a task, with its tag", async () => {
    const { ask } = await openBoard();
    const told = await ask("GET", "/collab/tasks/T-1");
    expect(told.json).toMatchObject({ id: "T-1", version: 1, title: "One", status: "queued" });
    expect(told.headers.get("etag")).toMatch(/^"1-[\w-]{22}"$/);
  });

  test.each<[string, Ask, object]>([
    ["a merge patch as JSON", { json: { title: "Eins" } }, { title: "Eins", labels: ["a"] }],
    ["a merge patch", { json: { labels: null }, type: MERGE_PATCH }, { labels: [] }],
    [
      "a JSON Patch",
      {
        json: [
          { op: "test", path: "/title", value: "One" },
          { op: "add", path: "/labels/-", value: "b" },
        ],
        type: JSON_PATCH,
      },
      { labels: ["a", "b"] },
    ],
  ])("PATCH with %s answers the task as it is now, and its new tag", async (_, given, changed) => {
    const { ask } = await openBoard();
    const told = await ask("PATCH", "/collab/tasks/T-1", { ...given, headers: ANY });
    expect(told.json).toMatchObject({ ok: true, task: { id: "T-1", version: 2, ...changed } });
    expect(told.headers.get("etag")).toBe(told.at("/etag"));
    expect((await ask("GET", "/collab/tasks/T-1")).headers.get("etag")).toBe(told.at("/etag"));
  });

  test("a transition answers where it came from and where it is", async () => {
    const { ask } = await openBoard();
    const told = await ask("POST", "/collab/tasks/T-4/transition", {
      json: { to: "in_progress" },
      headers: as("agent-1"),
    });
    expect(told.json).toMatchObject({
      old_status: "claimed",
      new_status: "in_progress",
      task: { status: "in_progress", assignee: "agent-1" },
    });
    expect(told.headers.get("etag")).toBe(told.at("/etag"));
  });

  test("a move answers the same, and changes the order of the list", async () => {
    const { ask } = await openBoard();
    const order = async () =>
      ((await ask("GET", "/collab/tasks?status=queued")).at("/items") as { id: string }[]).map(
        ({ id }) => id,
      );
    expect(await order()).toEqual(["T-1", "T-2", "T-3"]);
    const told = await ask("POST", "/collab/tasks/T-3/move", { json: { before: "T-1" } });
    expect(told.json).toMatchObject({ old_status: "queued", new_status: "queued" });
    expect(await order()).toEqual(["T-3", "T-1", "T-2"]);
  });

  test("a claim answers the task, its tag and the lease", async () => {
    const { ask } = await openBoard();
    const told = await ask("POST", "/collab/tasks/claim", { json: { agent: "agent-2" } });
    expect(told.json).toMatchObject({
      task: { id: "T-1", status: "claimed", assignee: "agent-2" },
      lease: { resource: "task:T-1", holder: "agent-2" },
    });
    expect(told.headers.get("etag")).toBe(told.at("/etag"));
  });

  test("a batch answers one result for each, in order", async () => {
    const { ask } = await openBoard();
    const etag = (await ask("HEAD", "/collab/tasks/T-1")).headers.get("etag") ?? "";
    const told = await ask("POST", "/collab/tasks/batch", {
      json: {
        creates: [{ id: "T-5", title: "Five" }],
        patches: [{ id: "T-1", if_match: etag, patch: { title: "Eins" } }],
      },
    });
    expect(told.at("/results")).toMatchObject([{ id: "T-5" }, { id: "T-1" }]);
    expect((await ask("GET", "/collab/tasks/T-1")).headers.get("etag")).toBe(
      told.at("/results/1/etag"),
    );
  });

  test("a list by filter, with a cursor to tail from, page by page", async () => {
    const { ask, store } = await openBoard();
    const first = await ask("GET", "/collab/tasks?limit=3");
    expect(first.at("/items")).toHaveLength(3);
    expect(first.at("/cursor")).toBe(store.events.headCursor);
    const next = encodeURIComponent(String(first.at("/next_page_cursor")));
    const second = await ask("GET", `/collab/tasks?limit=3&page_cursor=${next}`);
    expect(second.at("/items")).toHaveLength(1);
    expect(second.at("/next_page_cursor")).toBeNull();
    const ready = await ask("GET", "/collab/tasks?ready=true&label=a&q=one");
    expect(ready.at("/items")).toMatchObject([{ id: "T-1" }]);
  });

  test("the history, newest first, also of a task that is gone", async () => {
    const { ask } = await openBoard();
    await ask("PATCH", "/collab/tasks/T-1", { json: { title: "Eins" }, headers: ANY });
    const told = await ask("GET", "/collab/tasks/T-1/history");
    expect(told.at("/items")).toMatchObject([
      { event: "task_updated", version: 2 },
      { event: "task_created", version: 1 },
    ]);
    expect(told.at("/items/0/diff")).toContainEqual({
      field: "title",
      before: "One",
      after: "Eins",
    });
    await ask("DELETE", "/collab/tasks/T-1?force=true", { headers: ANY });
    const gone = await ask("GET", "/collab/tasks/T-1/history?limit=1");
    expect(gone.at("/items")).toMatchObject([{ event: "task_deleted" }]);
  });

  test("the workflow", async () => {
    const { ask } = await openBoard();
    expect((await ask("GET", "/collab/workflow")).json).toMatchObject({
      statuses: ["queued", "claimed", "in_progress", "review", "approved", "merging", "done"],
      held: ["claimed", "in_progress", "merging"],
      handover: ["review", "approved"],
    });
  });

  test("a report under the lease answers the task, and says to everybody what was done", async () => {
    const { ask, token } = await openBoard();
    const headers = as("agent-1", { "lease-token": token });
    const report = { executor: "lint", attempt: 1 };
    const started = { ...report, outcome: "started" };
    const told = await ask("POST", "/collab/tasks/T-4/execution", { json: started, headers });
    expect(told.status).toBe(200);
    expect(told.json).toMatchObject({ ok: true, task: { id: "T-4", status: "in_progress" } });
    expect(told.headers.get("etag")).toBe(told.at("/etag"));
    const failed = { ...report, outcome: "failed", reason: "no linter" };
    const blocked = await ask("POST", "/collab/tasks/T-4/execution", { json: failed, headers });
    expect(blocked.json).toMatchObject({
      task: { status: "queued", blocked: { reason: "lint: no linter" } },
    });
    const events = await ask("GET", "/collab/events?event=executor_started,executor_failed");
    expect(events.json).toMatchObject({
      items: [
        { event: "executor_started", actor: "agent-1", target: "task:T-4", details: report },
        { event: "executor_failed", details: { ...report, reason: "no linter" } },
      ],
    });
  });
});

describe("201", () => {
  test("POST a task with an id of its own, or one that is given", async () => {
    const { ask } = await openBoard();
    const own = await ask("POST", "/collab/tasks", { json: { id: "OPS-7", title: "x" } });
    expect(own.json).toMatchObject({ id: "OPS-7", task: { created_by: "person" } });
    expect(own.headers.get("etag")).toBe(own.at("/etag"));
    const given = await ask("POST", "/collab/tasks", { json: { title: "x" } });
    expect(given.at("/id")).toMatch(/^T-[a-z2-7]{6}$/);
  });
});

describe("204", () => {
  test("DELETE, and it is gone", async () => {
    const { ask } = await openBoard();
    const told = await ask("DELETE", "/collab/tasks/T-3", { headers: ANY });
    expect(told.status).toBe(204);
    expect(told.text).toBe("");
    expect((await ask("GET", "/collab/tasks/T-3")).status).toBe(404);
  });

  test("a claim when nothing is ready", async () => {
    const { ask } = await openBoard();
    const json = { agent: "agent-2", labels: ["nothing has this"] };
    const told = await ask("POST", "/collab/tasks/claim", { json });
    expect(told.status).toBe(204);
    expect(told.text).toBe("");
  });
});

describe("403", () => {
  test("an agent that forces", async () => {
    const { ask } = await openBoard();
    const told = await ask("POST", "/collab/tasks/T-2/transition", {
      json: { to: "claimed", force: true },
      headers: as("agent-2"),
    });
    expect(told.json).toMatchObject({ code: "forbidden" });
  });
});

describe("409", () => {
  test.each<[string, string, string, Ask]>([
    ["already-exists", "POST", "", { json: { id: "T-1", title: "x" } }],
    ["dependency-open", "POST", "/T-2/transition", { json: { to: "claimed" } }],
    ["dependency-cycle", "PATCH", "/T-1", { json: { depends_on: ["T-2"] }, headers: ANY }],
    ["in-use", "DELETE", "/T-1", { headers: ANY }],
    ["invalid-transition", "POST", "/T-1/transition", { json: { to: "merging" } }],
    ["invalid-transition", "POST", "/claim", { json: { agent: "agent-1", task_id: "T-9" } }],
    [
      "not-holder",
      "POST",
      "/T-4/transition",
      { json: { to: "in_progress" }, headers: as("agent-2") },
    ],
    [
      "fence-stale",
      "PATCH",
      "/T-4",
      { json: { title: "x" }, headers: as("agent-1", { ...ANY, "lease-token": "1" }) },
    ],
    [
      "not-holder",
      "POST",
      "/T-4/execution",
      { json: { outcome: "started", executor: "lint", attempt: 1 }, headers: as("agent-1") },
    ],
    [
      "patch-test-failed",
      "PATCH",
      "/T-1",
      { json: [{ op: "test", path: "/title", value: "x" }], type: JSON_PATCH, headers: ANY },
    ],
  ])("%s from %s /collab/tasks%s", async (code, method, path, given) => {
    const { ask } = await openBoard();
    if (path === "/claim") await ask("POST", "/collab/tasks", { json: { id: "T-9", title: "x" } });
    if (path === "/claim") {
      for (const to of ["claimed", "in_progress", "review"]) {
        await ask("POST", "/collab/tasks/T-9/transition", { json: { to } });
      }
    }
    const told = await ask(method, `/collab/tasks${path}`, given);
    expect(told.json).toMatchObject({ status: 409, code });
  });

  test("a claim of what somebody holds says who, and until when", async () => {
    const { ask } = await openBoard();
    const told = await ask("POST", "/collab/tasks/claim", {
      json: { agent: "agent-2", task_id: "T-4" },
      headers: as("agent-2"),
    });
    expect(told.json).toMatchObject({ code: "lease-held", holder: "agent-1" });
    // Each batch has a moment of its own, a millisecond after the one before.
    expect(told.at("/expires_at")).toMatch(/^2026-01-01T00:05:00\.00\dZ$/);
  });

  test("done with an open item names it", async () => {
    const { ask } = await openBoard();
    for (const to of ["claimed", "in_progress", "review", "approved", "merging"]) {
      await ask("POST", "/collab/tasks/T-3/transition", { json: { to } });
    }
    const told = await ask("POST", "/collab/tasks/T-3/transition", { json: { to: "done" } });
    expect(told.json).toMatchObject({ code: "dod-open" });
    expect(told.text).toContain("tests");
  });

  test("the holder's token lets its change through", async () => {
    const { ask, token, lockId } = await openBoard();
    const headers = as("agent-1", { ...ANY, "lease-token": token });
    const told = await ask("PATCH", "/collab/tasks/T-4", { json: { title: "x" }, headers });
    expect(told.status).toBe(200);
    const byLock = await ask("POST", "/collab/tasks/T-4/transition", {
      json: { to: "in_progress", lock_id: lockId },
      headers: as("agent-1"),
    });
    expect(byLock.status).toBe(200);
  });

  test.each(["0", "-1", "1.5", "x", ""])("a Lease-Token of %j is 400", async (token) => {
    const { ask } = await openBoard();
    const headers = { ...ANY, "lease-token": token };
    expect((await ask("PATCH", "/collab/tasks/T-1", { json: {}, headers })).status).toBe(400);
  });
});

describe("412", () => {
  test.each<[string, string, Ask]>([
    ["PATCH", "/T-1", { json: { title: "x" } }],
    ["DELETE", "/T-1", {}],
    ["POST", "/T-1/transition", { json: { to: "claimed" } }],
    ["POST", "/T-1/move", { json: { after: "T-2" } }],
    ["POST", "/claim", { json: { agent: "agent-2", task_id: "T-1" } }],
  ])("%s %s with another tag changes nothing", async (method, path, given) => {
    const { ask, store } = await openBoard();
    const head = store.events.head;
    const headers = { "if-match": '"9-someother"' };
    const told = await ask(method, `/collab/tasks${path}`, { ...given, headers });
    expect(told.json).toMatchObject({ code: "precondition-failed" });
    expect(store.events.head).toBe(head);
  });

  test("one stale tag in a batch, and nothing of the batch is done", async () => {
    const { ask, store } = await openBoard();
    const head = store.events.head;
    const told = await ask("POST", "/collab/tasks/batch", {
      json: {
        creates: [{ title: "x" }],
        patches: [{ id: "T-1", if_match: '"9-someother"', patch: { title: "x" } }],
      },
    });
    expect(told.json).toMatchObject({ code: "precondition-failed", list: "patches", index: 0 });
    expect(store.events.head).toBe(head);
  });
});

describe("428", () => {
  test.each(["PATCH", "DELETE"])("%s without If-Match", async (method) => {
    const { ask } = await openBoard();
    const json = method === "PATCH" ? { title: "x" } : undefined;
    const told = await ask(method, "/collab/tasks/T-1", { json });
    expect(told.json).toMatchObject({ code: "precondition-required" });
  });
});

describe("410", () => {
  test("a history cursor of another log", async () => {
    const { ask } = await openBoard();
    const told = await ask("GET", "/collab/tasks/T-1/history?cursor=3.deadbeef");
    expect(told.json).toMatchObject({ code: "cursor-gone" });
  });
});

describe("422", () => {
  test.each<[string, string, Ask, string]>([
    ["POST", "", { json: {} }, "/title"],
    ["POST", "", { json: { title: "x", status: "done" } }, "/status"],
    ["POST", "", { json: { title: "x", id: "lower-1" } }, "/id"],
    ["POST", "", { json: { title: "x".repeat(501) } }, "/title"],
    ["POST", "/T-1/transition", { json: { to: "lost" } }, "/to"],
    ["POST", "/T-1/move", { json: {} }, ""],
    ["POST", "/batch", { json: {} }, ""],
    ["POST", "/claim", { json: { agent: "a", ttl_seconds: 0 } }, "/ttl_seconds"],
    ["PATCH", "/T-1", { json: { version: 7 }, headers: ANY }, "/version"],
    ["PATCH", "/T-1", { json: [{ op: "add" }], type: JSON_PATCH, headers: ANY }, "/0/path"],
    ["POST", "/T-4/execution", { json: { outcome: "paused" } }, "/outcome"],
    [
      "POST",
      "/T-4/execution",
      { json: { outcome: "started", executor: "../x", attempt: 1 } },
      "/executor",
    ],
    ["DELETE", "/T-1?force=maybe", { headers: ANY }, "/force"],
  ])("%s %s with %j names %s", async (method, path, given, pointer) => {
    const { ask } = await openBoard();
    const told = await ask(method, `/collab/tasks${path}`, given);
    expect(told.status).toBe(422);
    const pointers = (told.at("/errors") as { pointer: string }[]).map((error) => error.pointer);
    expect(pointers).toContain(pointer);
  });
});
