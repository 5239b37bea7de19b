import { describe, expect, test } from "vitest";
import { openApp, type Ask, type Told } from "./testing/client.ts";

const TASK = "/collab/tasks/T-1";

async function withTask() {
  const board = await openApp();
  const created = await board.ask("POST", "/collab/tasks", { json: { id: "T-1", title: "One" } });
  return { ...board, etag: created.headers.get("etag") ?? "" };
}

describe("[H1] the first thing that is wrong is the answer", () => {
  const stranger = { host: "evil.example" };
  const huge = { body: `"${"x".repeat(1024 * 1024)}"` };
  const wrongType = { type: "text/plain" };
  const old = { "if-match": '"1-other"' };

  /** Each request is wrong in all the ways from its own place in the order on. */
  test.each<[string, number, string, Ask]>([
    ["a stranger", 403, "/collab/tasks/T-9", { ...huge, ...wrongType, headers: stranger }],
    ["a record that is not there", 404, "/collab/tasks/T-9", { ...huge, ...wrongType }],
    ["too large a body", 413, TASK, { ...huge, ...wrongType, headers: {} }],
    ["another media type", 415, TASK, { body: "{", ...wrongType, headers: {} }],
    ["no precondition", 428, TASK, { body: "{" }],
    ["a stale precondition beside broken JSON", 412, TASK, { body: "{", headers: old }],
    ["a stale precondition beside a bad body", 412, TASK, { json: { to: 1 }, headers: old }],
    ["a stale precondition alone", 412, TASK, { json: { title: "Two" }, headers: old }],
  ])("%s: %i", async (_, status, path, given) => {
    const { ask } = await withTask();
    expect((await ask("PATCH", path, given)).status).toBe(status);
  });

  test.each<[string, number, Ask]>([
    ["broken JSON", 400, { body: "{" }],
    ["a bad body", 422, { json: { colour: "red" } }],
    ["a step that the workflow does not have", 409, { json: { status: "done" } }],
  ])("%s, when the precondition holds: %i", async (_, status, given) => {
    const { ask, etag } = await withTask();
    const told = await ask("PATCH", TASK, { ...given, headers: { "if-match": etag } });
    expect(told.status).toBe(status);
  });

  test("404 comes before 405, 405 before 413", async () => {
    const { ask } = await withTask();
    expect((await ask("PUT", "/collab/nothing", huge)).status).toBe(404);
    expect((await ask("PUT", TASK, huge)).status).toBe(405);
  });
});

describe("[H6] a record that does not exist", () => {
  test.each(["GET", "HEAD", "PATCH", "DELETE"])("%s without If-Match: 404", async (method) => {
    const { ask } = await openApp();
    expect((await ask(method, "/collab/tasks/T-9")).status).toBe(404);
  });

  test.each(["GET", "HEAD", "PATCH", "DELETE"])("%s with If-Match: 412", async (method) => {
    const { ask } = await openApp();
    const headers = { "if-match": '"1-x"' };
    const json = method === "PATCH" ? { title: "x" } : undefined;
    expect((await ask(method, "/collab/tasks/T-9", { headers, json })).status).toBe(412);
  });

  test("a command on it: 404, and 412 with If-Match", async () => {
    const { ask } = await openApp();
    const path = "/collab/tasks/T-9/transition";
    const json = { to: "queued" };
    expect((await ask("POST", path, { json })).status).toBe(404);
    expect((await ask("POST", path, { json, headers: { "if-match": "*" } })).status).toBe(412);
  });

  test("a lease that never was: 404, whatever the body", async () => {
    const { ask } = await openApp();
    expect((await ask("POST", "/collab/leases/nobody/heartbeat")).status).toBe(404);
    expect((await ask("POST", "/collab/leases/nobody/release", { body: "{" })).status).toBe(404);
  });
});

describe("[H2] nothing there", () => {
  test.each([
    "/nope",
    "/collab",
    "/collab/tasks/",
    "/collab/tasks/T-1/nope",
    "/api/v2/collab/tasks",
  ])("%s: 404", async (path) => {
    const { ask } = await withTask();
    expect((await ask("GET", path)).json).toMatchObject({ code: "not-found", instance: path });
  });

  test.each(["x", "t-1", "T-", "T-1%00", "..%2f..%2fetc", "%ff", "__proto__", "constructor"])(
    "an id that no record can have, %s: 404",
    async (id) => {
      const { ask } = await openApp();
      expect((await ask("GET", `/collab/tasks/${id}`)).status).toBe(404);
      expect((await ask("GET", `/collab/state/${id}`)).status).toBe(404);
    },
  );
});

describe("methods", () => {
  test.each([
    ["PUT", TASK, "GET, HEAD, PATCH, DELETE, OPTIONS"],
    ["POST", TASK, "GET, HEAD, PATCH, DELETE, OPTIONS"],
    ["DELETE", "/collab/tasks", "GET, HEAD, POST, OPTIONS"],
    ["GET", "/collab/tasks/claim", "POST, OPTIONS"],
    ["PATCH", "/collab/tasks/batch", "POST, OPTIONS"],
    ["DELETE", "/collab/tasks/claim", "POST, OPTIONS"],
    ["POST", "/healthz", "GET, HEAD, OPTIONS"],
    ["POST", "/api/v1/collab/workflow", "GET, HEAD, OPTIONS"],
    ["PROPFIND", TASK, "GET, HEAD, PATCH, DELETE, OPTIONS"],
  ])("[H3] %s %s: 405 with Allow: %s", async (method, path, allow) => {
    const { ask } = await openApp();
    const told = await ask(method, path);
    expect(told.status).toBe(405);
    expect(told.headers.get("allow")).toBe(allow);
  });

  test("[H4] OPTIONS tells the methods and what a patch may be", async () => {
    const { ask } = await openApp();
    const task = await ask("OPTIONS", TASK);
    expect(task.status).toBe(204);
    expect(task.headers.get("allow")).toBe("GET, HEAD, PATCH, DELETE, OPTIONS");
    expect(task.headers.get("accept-patch")).toBe(
      "application/json, application/merge-patch+json, application/json-patch+json",
    );
    const claim = await ask("OPTIONS", "/collab/tasks/claim");
    expect(claim.headers.get("allow")).toBe("POST, OPTIONS");
    expect(claim.headers.get("accept-patch")).toBeNull();
    expect((await ask("OPTIONS", "/nope")).status).toBe(404);
  });

  test.each([
    TASK,
    "/collab/tasks",
    "/collab/agents",
    "/collab/leases",
    "/collab/events",
    "/collab/state/tasks",
    "/collab/workflow",
    "/collab/tasks/T-1/history",
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/problems/not-found",
  ])("[H5] HEAD %s is GET without the body", async (path) => {
    const { ask } = await withTask();
    const get = await ask("GET", path);
    const head = await ask("HEAD", path);
    expect(head.status).toBe(get.status);
    expect(head.text).toBe("");
    const shown = ({ headers }: Told) =>
      ["content-type", "etag", "cache-control", "location"].map((name) => headers.get(name));
    expect(shown(head)).toEqual(shown(get));
    expect(head.headers.get("content-length")).toBe(String(Buffer.byteLength(get.text)));
  });
});

describe("everywhere", () => {
  test("[H7] the whole API is below /api/v1 as well, and points to itself there", async () => {
    const { ask } = await openApp();
    const json = { id: "T-1", title: "One" };
    const created = await ask("POST", "/api/v1/collab/tasks", { json });
    expect(created.headers.get("location")).toBe("/api/v1/collab/tasks/T-1");
    expect((await ask("GET", "/api/v1/collab/tasks/T-1")).text).toBe(
      (await ask("GET", "/collab/tasks/T-1")).text,
    );
    expect((await ask("GET", "/api/v1/collab/tasks/T-2")).json).toMatchObject({
      instance: "/api/v1/collab/tasks/T-2",
    });
    expect((await ask("GET", "/api/v1/healthz")).status).toBe(200);
  });

  test("[H8] a caller's request id is kept when it is a plain word, and replaced otherwise", async () => {
    const { ask } = await openApp();
    const idOf = async (given?: string) =>
      (await ask("GET", "/healthz", { headers: { "x-request-id": given } })).headers.get(
        "x-request-id",
      );
    expect(await idOf("build-7:step_3.a")).toBe("build-7:step_3.a");
    for (const bad of ["a b", "ü", "x".repeat(129), "<script>", ""]) {
      expect(await idOf(bad)).toMatch(/^[0-9a-f]{10}-[0-9a-z]+$/);
    }
    expect(await idOf()).not.toBe(await idOf());
    const missing = await ask("GET", "/nope", { headers: { "x-request-id": "mine" } });
    expect(missing.headers.get("x-request-id")).toBe("mine");
  });

  test("[H9] a new record answers where it is and how it is tagged", async () => {
    const { ask } = await openApp();
    const task = await ask("POST", "/collab/tasks", { json: { title: "One" } });
    expect(task.status).toBe(201);
    const there = await ask("GET", task.headers.get("location") ?? "");
    expect(there.headers.get("etag")).toBe(task.headers.get("etag"));
    const agent = await ask("POST", "/collab/agents", { json: { id: "agent-1" } });
    expect(agent.headers.get("location")).toBe("/collab/agents/agent-1");
  });
});
