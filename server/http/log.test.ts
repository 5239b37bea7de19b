import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { openApp } from "./testing/client.ts";

async function logged(level: string) {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>);
  const board = await openApp({ log: pino({ level }, { write }) });
  return { ...board, lines };
}

describe("[H90] the log", () => {
  test("has a line for every change, with who, what, how it went and how long it took", async () => {
    const { ask, lines } = await logged("info");
    await ask("POST", "/collab/tasks", {
      json: { title: "x" },
      headers: { "kyros-actor": "agent-1", "x-request-id": "req-7" },
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      msg: "POST /collab/tasks",
      request: "req-7",
      operation: "createTask",
      actor: "agent-1",
      status: 201,
    });
    expect(lines[0]?.["ms"]).toBeGreaterThanOrEqual(0);
  });

  test("has a line for every request that failed, and none for reads that went well", async () => {
    const { ask, lines } = await logged("info");
    await ask("GET", "/collab/tasks");
    await ask("HEAD", "/healthz");
    await ask("GET", "/collab/tasks/T-9");
    expect(lines.map(({ msg, status }) => [msg, status])).toEqual([["GET /collab/tasks/T-9", 404]]);
  });

  test("has paths as they were sent, so that no line begins another and none moves a cursor", async () => {
    const { ask, lines } = await logged("info");
    await ask("GET", "/nope/%1b%5b2J%0a%7b%22level%22:60%7d");
    expect(lines.map(({ msg }) => msg)).toEqual(["GET /nope/%1b%5b2J%0a%7b%22level%22:60%7d"]);
  });

  test("has reads too at debug", async () => {
    const { ask, lines } = await logged("debug");
    await ask("GET", "/collab/tasks");
    expect(lines).toMatchObject([{ msg: "GET /collab/tasks", status: 200 }]);
  });

  test("has a line for a bug where nobody waits for an answer, and the answer is what it was", async () => {
    const { ask, lines, store } = await logged("error");
    store.events.subscribe(() => {
      throw new Error("a bug of mine");
    });
    const { status } = await ask("POST", "/collab/tasks", { json: { title: "x" } });
    expect(status).toBe(201);
    expect(lines).toMatchObject([{ level: 50, err: { message: "a bug of mine" } }]);
  });

  test("never has a body, a query or a header that may be secret", async () => {
    const { ask, lines } = await logged("trace");
    await ask("POST", "/collab/tasks?token=secret", {
      json: { title: "secret" },
      headers: { authorization: "Bearer secret", cookie: "a=secret", "idempotency-key": "secret" },
    });
    expect(lines.length).toBeGreaterThan(0);
    expect(JSON.stringify(lines)).not.toContain("secret");
  });
});
