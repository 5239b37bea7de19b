import { describe, expect, test } from "vitest";
import { openApp } from "./testing/client.ts";

const status = async (headers: Record<string, string>, method = "GET", path = "/collab/tasks") => {
  const { ask } = await openApp();
  return (await ask(method, path, { headers })).status;
};

describe("[H51] Host", () => {
  test.each([
    "localhost",
    "localhost:8000",
    "LOCALHOST:1",
    "kyros.localhost:8000",
    "127.0.0.1",
    "127.0.0.1:65535",
    "127.9.9.9:80",
    "[::1]",
    "[::1]:8000",
  ])("%s is this machine", async (host) => {
    expect(await status({ host })).toBe(200);
  });

  test.each([
    "example.org",
    "127.0.0.1.example.org",
    "localhost.example.org",
    "localhost:8000.example.org",
    "localhost.evil.com",
    "localhost.",
    "localhostevil.test",
    "xlocalhost",
    "user@localhost",
    "localhost#.evil.test",
    "localhost\\.evil.test",
    "2130706433",
    "0x7f.0.0.1",
    "[::ffff:127.0.0.1]",
    "[::1%lo]",
    "[::1].evil.test",
    "evil.test:8000",
    "192.168.0.1",
    "0.0.0.0",
    "10.0.0.1:8000",
    "[::2]",
    "::1",
    "localhost:123456",
    "localhost, evil.test",
    "",
  ])("%j is not: 403", async (host) => {
    expect(await status({ host })).toBe(403);
  });

  test.each(["/", "/healthz", "/readyz", "/docs", "/console/", "/nope", "/collab/events/tail"])(
    "%s is closed to strangers too",
    async (path) => {
      expect(await status({ host: "evil.test" }, "GET", path)).toBe(403);
    },
  );
});

describe("[H52] Origin", () => {
  test.each(["http://localhost:5173", "http://127.0.0.1:8000", "https://[::1]:1"])(
    "%s is of this machine",
    async (origin) => {
      expect(await status({ origin })).toBe(200);
    },
  );

  test.each([
    "https://example.org",
    "http://localhost.example.org",
    "null",
    "file://",
    "chrome-extension://abc",
    "http://localhost@evil.test",
    "http://localhost.evil.com",
    "http://localhost:8000, http://evil.test",
    "http://evil.test?http://localhost",
    "https://[::1].evil.test",
    "http://[::2]",
    "data:text/html,x",
    "http://",
    "",
  ])("%j is not: 403", async (origin) => {
    expect(await status({ origin })).toBe(403);
    expect(await status({ origin }, "POST")).toBe(403);
  });

  test("no page of another origin is allowed to read an answer", async () => {
    const { ask } = await openApp();
    for (const method of ["GET", "OPTIONS"]) {
      const told = await ask(method, "/collab/tasks", {
        headers: { origin: "http://localhost:1", "access-control-request-method": "PATCH" },
      });
      const names = [...told.headers.keys()];
      expect(names.filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  });
});

describe("[H55] what a browser loads for a page of another site", () => {
  const metadata = (site: string, dest: string) => ({
    "sec-fetch-site": site,
    "sec-fetch-dest": dest,
  });

  test.each(["image", "script", "style", "iframe", "frame", "object", "video", "empty", "worker"])(
    "as %s is 403, although it has no Origin",
    async (dest) => {
      const headers = metadata("cross-site", dest);
      for (const path of ["/collab/tasks", "/collab/events/tail", "/console/", "/docs", "/mcp"]) {
        expect(await status(headers, "GET", path)).toBe(403);
      }
    },
  );

  test("as a page of its own, behind a link that somebody followed, is served", async () => {
    expect(await status(metadata("cross-site", "document"), "GET", "/problems")).toBe(200);
  });

  test.each(["same-origin", "same-site", "none"])("%s is of this machine", async (site) => {
    expect(await status(metadata(site, "empty"))).toBe(200);
  });
});

describe("[H57] every answer", () => {
  test.each(["/collab/tasks", "/nope", "/healthz", "/metrics", "/docs", "/openapi.json", "/mcp"])(
    "of %s is what it says to be, and is not loaded by other origins",
    async (path) => {
      const { app } = await openApp();
      const { headers } = await app.request(path);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
    },
  );
});

describe("[H54] Kyros-Actor", () => {
  test("names who acts", async () => {
    const { ask } = await openApp();
    const told = await ask("POST", "/collab/tasks", {
      json: { title: "x" },
      headers: { "kyros-actor": "agent-1" },
    });
    expect(told.at("/task/created_by")).toBe("agent-1");
  });

  test("without it a person acts", async () => {
    const { ask } = await openApp();
    const told = await ask("POST", "/collab/tasks", { json: { title: "x" } });
    expect(told.at("/task/created_by")).toBe("person");
  });

  test("whoever calls itself person is one", async () => {
    const { ask } = await openApp();
    await ask("POST", "/collab/tasks", { json: { id: "T-1", title: "x" } });
    await ask("POST", "/collab/tasks", { json: { id: "T-2", title: "y", depends_on: ["T-1"] } });
    const told = await ask("POST", "/collab/tasks/T-2/transition", {
      json: { to: "claimed", force: true },
      headers: { "kyros-actor": "person" },
    });
    expect(told.status).toBe(200);
  });

  test.each(["", "a b", "-a", "ü", "a/b", "x".repeat(65)])("%j is 400", async (actor) => {
    expect(await status({ "kyros-actor": actor })).toBe(400);
  });

  test("an agent may not force; a person that is registered as one may", async () => {
    const { ask } = await openApp();
    await ask("POST", "/collab/tasks", { json: { id: "T-1", title: "x" } });
    await ask("POST", "/collab/tasks", { json: { id: "T-2", title: "y", depends_on: ["T-1"] } });
    await ask("POST", "/collab/agents", { json: { id: "ada", kind: "human" } });
    const force = (actor: string) =>
      ask("POST", "/collab/tasks/T-2/transition", {
        json: { to: "claimed", force: true },
        headers: { "kyros-actor": actor },
      });
    expect((await force("agent-1")).json).toMatchObject({ code: "forbidden" });
    expect((await force("ada")).status).toBe(200);
  });
});
