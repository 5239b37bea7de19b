import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { PROBLEMS } from "#contracts/problem";
import { OPERATIONS } from "#contracts/operations";
import { StoreFault } from "../store/port.ts";
import { openApp } from "./testing/client.ts";
import { faultsOf } from "./testing/problem-judge.ts";

const folder = mkdtempSync(join(tmpdir(), "kyros-built-"));
const built = { console: join(folder, "console"), docs: join(folder, "docs") };
mkdirSync(join(built.console, "assets"), { recursive: true });
mkdirSync(built.docs);
writeFileSync(join(folder, "secret.txt"), "buried treasure");
writeFileSync(join(built.console, "index.html"), "<!doctype html><title>Board</title>");
writeFileSync(join(built.console, "theme.js"), "1");
writeFileSync(join(built.console, ".hidden.txt"), "hidden");
writeFileSync(join(built.console, "assets/app-3f2a.js"), "2");
writeFileSync(join(built.console, "assets/long-9c1d.js"), "3".repeat(5_000));
symlinkSync(join(folder, "secret.txt"), join(built.console, "link.txt"));
symlinkSync(folder, join(built.console, "out"));
symlinkSync(join(built.console, "theme.js"), join(built.console, "again.js"));
writeFileSync(join(built.docs, "swagger-ui.css"), "a {}");
writeFileSync(join(built.docs, "swagger-ui-bundle.js"), "3");
afterAll(() => rmSync(folder, { recursive: true }));

describe("health", () => {
  test("[H70] alive", async () => {
    const { ask } = await openApp();
    expect((await ask("GET", "/healthz")).json).toEqual({ status: "alive" });
  });

  test("[H71] ready, with every check", async () => {
    const { ask } = await openApp();
    expect((await ask("GET", "/readyz")).json).toEqual({
      status: "ready",
      checks: { store: { ok: true, detail: "in memory" } },
    });
  });

  test("[H71] not ready is 503 and names the check that fails", async () => {
    const checks = {
      writable: { ok: false, detail: "the disk refused a write" },
      watcher: { ok: true, detail: "edits are noticed" },
    };
    const { ask } = await openApp({
      wrap: (store) => ({
        ...store,
        read: () => store.read(),
        health: () => Promise.resolve(checks),
      }),
    });
    const told = await ask("GET", "/readyz");
    expect(told.json).toMatchObject({ status: 503, code: "store-unavailable", checks });
    expect(told.at("/detail")).toContain("writable: the disk refused a write");
    expect(told.at("/detail")).not.toContain("watcher");
  });

  test("[H71] while draining it is not ready, but alive", async () => {
    const { ask, drain } = await openApp();
    await drain();
    expect((await ask("GET", "/readyz")).json).toMatchObject({ code: "draining" });
    expect((await ask("GET", "/healthz")).status).toBe(200);
  });

  test("[H82] while draining every other request is asked to come back", async () => {
    const { ask, drain, store } = await openApp();
    await drain();
    const told = await ask("POST", "/collab/tasks", { json: { title: "x" } });
    expect(told.json).toMatchObject({ code: "draining", retryable: true });
    expect(told.headers.get("retry-after")).toBe("2");
    expect(store.events.head).toBe(0);
  });
});

describe("[H34] faults of the world", () => {
  test.each([
    ["storage-full", 507, "10"],
    ["store-unavailable", 503, "5"],
    ["state-invalid", 503, "5"],
  ] as const)("%s is %i with Retry-After, and says what it knows", async (code, status, wait) => {
    const fault = new StoreFault(code, "tasks.json, line 7: not JSON", { line: 7 });
    let isBroken = false;
    const { ask } = await openApp({
      wrap: (store) => ({
        ...store,
        read: () => store.read(),
        commit: (decide, by) => (isBroken ? Promise.reject(fault) : store.commit(decide, by)),
      }),
    });
    isBroken = true;
    const told = await ask("POST", "/collab/tasks", { json: { title: "x" } });
    expect(told.status).toBe(status);
    expect(told.json).toMatchObject({ code, line: 7, detail: "tasks.json, line 7: not JSON" });
    expect(told.headers.get("retry-after")).toBe(wait);
  });
});

describe("[H33] bugs", () => {
  test("are 500, name the request, and tell nothing of the inside", async () => {
    let isBroken = false;
    const { ask } = await openApp({
      wrap: (store) => ({
        ...store,
        read: () => {
          if (isBroken) throw new Error("secret of /home/ada");
          return store.read();
        },
      }),
    });
    isBroken = true;
    for (const path of ["/collab/tasks/T-1", "/collab/tasks", "/collab/state/tasks"]) {
      const told = await ask("GET", path, { headers: { "x-request-id": "req-7" } });
      expect(told.json).toMatchObject({ code: "internal" });
      expect(told.at("/detail")).toContain("req-7");
      expect(told.text).not.toMatch(/secret|home|\.ts|Error/);
    }
  });
});

describe("problems", () => {
  test.each([
    ["/nope/%1b%5b2J%0d%0aX-Evil:%201", "/nope/%1b%5b2J%0d%0aX-Evil:%201"],
    ["/collab/tasks/a%20%22b%22%3c", "/collab/tasks/a%20%22b%22%3c"],
    ["/collab/tasks/%zz|[ä]", "/collab/tasks/%25zz%7C%5B%C3%A4%5D"],
    ["/nope?token=secret#x", "/nope"],
  ])("[H30] the instance of %s is a URI reference, as it was sent", async (path, instance) => {
    const { ask } = await openApp();
    const told = await ask("GET", path);
    expect(told.at("/instance")).toBe(instance);
    expect(told.text).not.toContain("secret");
  });

  test("[H30] nothing that a problem adds can take the place of its own members", async () => {
    const { ask } = await openApp();
    const told = await ask("GET", "/collab/tasks/T-1?status=1&type=2&title=3&code=4");
    expect(told.json).toMatchObject({
      type: "/problems/not-found",
      title: "No such resource",
      status: 404,
      code: "not-found",
      instance: "/collab/tasks/T-1",
    });
  });

  test.each([
    [{ type: "/problems/invalid", status: 422, instance: "/a%20b" }, []],
    [{ type: "a b" }, ["type: a b is no URI reference"]],
    [{ instance: "/\u001b" }, ["instance: /\u001b is no URI reference"]],
    [{ instance: "/%zz" }, ["instance: /%zz is no URI reference"]],
  ])("[H30] %j before the schema of RFC 9457: %j", (problem, faults) => {
    expect(faultsOf(problem)).toEqual(faults);
  });

  test.each([{ status: 42 }, { status: "422" }, { title: 7 }, { detail: null }, []])(
    "[H30] the schema of RFC 9457 does not let %j pass",
    (problem) => {
      expect(faultsOf(problem)).not.toEqual([]);
    },
  );

  test("[H31] the table of codes has not changed", () => {
    expect(Object.keys(PROBLEMS)).toHaveLength(32);
  });

  test.each(Object.keys(PROBLEMS))("[H32] /problems/%s explains it", async (code) => {
    const { ask } = await openApp();
    const told = await ask("GET", `/problems/${code}`);
    expect(told.status).toBe(200);
    expect(told.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(told.text).toContain(`<code>${code}</code>`);
    expect((await ask("GET", "/problems")).text).toContain(`href="/problems/${code}"`);
  });

  test.each(["nonsense", "__proto__", "<script>", "toString"])(
    "[H32] there is no page about %s",
    async (code) => {
      const { ask } = await openApp();
      const told = await ask("GET", `/problems/${encodeURIComponent(code)}`);
      expect(told.status).toBe(404);
    },
  );
});

describe("[H72] metrics", () => {
  test("count requests by operation and status, commits, streams and checks", async () => {
    const { ask } = await openApp();
    await ask("POST", "/collab/tasks", { json: { id: "T-1", title: "x" } });
    await ask("GET", "/collab/tasks/T-1");
    await ask("GET", "/collab/tasks/T-2");
    const { text, headers } = await ask("GET", "/metrics");
    expect(headers.get("content-type")).toContain("text/plain; version=0.0.4");
    const lines = text.split("\n");
    for (const line of [
      'kyros_http_request_duration_seconds_count{operation="createTask",status="201"} 1',
      'kyros_http_request_duration_seconds_count{operation="getTask",status="200"} 1',
      'kyros_http_request_duration_seconds_count{operation="getTask",status="404"} 1',
      'kyros_http_request_duration_seconds_bucket{operation="getTask",status="404",le="+Inf"} 1',
      "# TYPE kyros_http_request_duration_seconds histogram",
      "kyros_commits_total 1",
      "kyros_events_total 1",
      "kyros_batch_commits_count 1",
      "kyros_event_streams 0",
      'kyros_store_check{check="store"} 1',
    ]) {
      expect(lines).toContain(line);
    }
    expect(lines.some((line) => line.startsWith("process_cpu_seconds_total"))).toBe(true);
  });

  test("a bucket holds what took as long or less, and each holds those below it", async () => {
    const { ask } = await openApp();
    for (let i = 0; i < 20; i += 1) await ask("GET", "/healthz");
    const { text } = await ask("GET", "/metrics");
    const counts = [
      ...text.matchAll(/_bucket\{operation="\/healthz",status="200",le="[^"]+"\} (\d+)/g),
    ];
    const numbers = counts.map(([, count]) => Number(count));
    expect(numbers).toHaveLength(13);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(numbers.at(-1)).toBe(20);
  });
});

describe("[H73] the description", () => {
  test("is served as it is committed, with every operation", async () => {
    const { ask } = await openApp();
    const told = await ask("GET", "/openapi.json");
    expect(told.json).toMatchObject({ openapi: "3.1.1" });
    for (const id of Object.keys(OPERATIONS)) expect(told.text).toContain(`"operationId":"${id}"`);
    expect((await ask("GET", "/api/v1/openapi.json")).text).toBe(told.text);
  });

  test("/docs loads its parts from here alone", async () => {
    const { ask } = await openApp({ built });
    const told = await ask("GET", "/docs");
    expect(told.status).toBe(200);
    const parts = [...told.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(
      ([, path]) => path ?? "",
    );
    expect(parts).toEqual(["/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/docs/start.js"]);
    for (const part of parts) expect((await ask("GET", part)).status).toBe(200);
    expect((await ask("GET", "/docs/start.js")).text).toContain('url: "/openapi.json"');
    expect((await ask("GET", "/docs/other.js")).status).toBe(404);
  });

  test("/docs that was not built says how to build it", async () => {
    const { ask } = await openApp();
    const told = await ask("HEAD", "/docs");
    expect(told.status).toBe(503);
  });
});

describe("[H74] the console", () => {
  test.each(["/", "/console"])("%s leads to it", async (path) => {
    const { ask } = await openApp({ built });
    const told = await ask("GET", path);
    expect(told.status).toBe(302);
    expect(told.headers.get("location")).toBe("/console/");
  });

  test.each(["/console/", "/console/tasks", "/console/tasks/T-1", "/console/index.html"])(
    "%s is a page of it",
    async (path) => {
      const { ask } = await openApp({ built });
      const told = await ask("GET", path);
      expect(told.status).toBe(200);
      expect(told.text).toContain("<title>Board</title>");
      expect(told.headers.get("cache-control")).toBe("no-cache");
    },
  );

  test("files have their type and tag; those with a hash in their name are cached for good", async () => {
    const { ask } = await openApp({ built });
    const script = await ask("GET", "/console/assets/app-3f2a.js");
    expect(script.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(script.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(script.headers.get("x-content-type-options")).toBe("nosniff");
    const plain = await ask("GET", "/console/theme.js");
    expect(plain.headers.get("cache-control")).toBe("no-cache");
    const headers = { "if-none-match": plain.headers.get("etag") ?? "" };
    expect((await ask("GET", "/console/theme.js", { headers })).status).toBe(304);
  });

  test("what is long is compressed for those who take it, under a tag of its own", async () => {
    const { ask } = await openApp({ built });
    const path = "/console/assets/long-9c1d.js";
    const plain = await ask("GET", path, { headers: { "accept-encoding": "br, gzip;q=0" } });
    expect(plain.text).toBe("3".repeat(5_000));
    expect(plain.headers.get("content-encoding")).toBeNull();
    expect(plain.headers.get("vary")).toBe("Accept-Encoding");
    const headers = { "accept-encoding": "gzip, deflate, br" };
    const zipped = await ask("GET", path, { headers });
    expect(zipped.headers.get("content-encoding")).toBe("gzip");
    expect(zipped.headers.get("vary")).toBe("Accept-Encoding");
    const etag = zipped.headers.get("etag") ?? "";
    expect(etag).not.toBe(plain.headers.get("etag"));
    const again = { ...headers, "if-none-match": etag };
    expect((await ask("GET", path, { headers: again })).status).toBe(304);
    const short = await ask("GET", "/console/assets/app-3f2a.js", { headers });
    expect(short.headers.get("content-encoding")).toBeNull();
  });

  test.each([
    "/console/assets/gone-1.js",
    "/console/..%2fsecret.txt",
    "/console/%2e%2e/secret.txt",
    "/console/%2e%2e%2fsecret.txt",
    "/console/assets/..%2f..%2fsecret.txt",
    "/console/..%5csecret.txt",
    "/console/%00.txt",
    "/console/.hidden.txt",
    "/console//etc/passwd.txt",
    "/console/%252e%252e/secret.txt",
    "/console/..%252fsecret.txt",
    "/console/%255c..%255csecret.txt",
    "/console/%c0%ae%c0%ae/secret.txt",
    "/console/assets/....//secret.txt",
    "/console/C:%5csecret.txt",
    "/console/link.txt",
    "/console/out/secret.txt",
    "/docs/..%2fsecret.txt",
  ])("%s is 404", async (path) => {
    const { ask } = await openApp({ built });
    const told = await ask("GET", path);
    expect(told.status).toBe(404);
    expect(told.text).not.toContain("treasure");
  });

  test("a link that stays within the folder is followed", async () => {
    const { ask } = await openApp({ built });
    expect((await ask("GET", "/console/again.js")).text).toBe("1");
  });

  test("that was not built says how to build it", async () => {
    const { app } = await openApp();
    const response = await app.request("/console/");
    expect(response.status).toBe(503);
    expect(await response.text()).toContain("npm run build");
  });
});

describe("[H53] pages", () => {
  test.each(["/console/", "/docs", "/problems", "/problems/invalid"])(
    "%s loads nothing from other machines and may not be framed",
    async (path) => {
      const { ask } = await openApp({ built });
      const { headers } = await ask("GET", path);
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("base-uri 'none'");
      expect(policy).toContain("form-action 'none'");
      expect(policy).not.toMatch(/https?:|\*|unsafe-eval|unsafe-inline/);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("x-frame-options")).toBe("DENY");
      expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    },
  );
});
