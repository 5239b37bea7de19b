import { describe, expect, test } from "vitest";
import { openApp, type TestApp } from "../../http/testing/client.ts";

async function withBoard() {
  const board = await openApp();
  const { ask } = board;
  await ask("POST", "/collab/tasks", { json: { id: "T-10", title: "Ten" } });
  await ask("POST", "/collab/tasks", { json: { id: "T-9", title: "Nine" } });
  await ask("POST", "/collab/agents", { json: { id: "agent-1" } });
  return board;
}

const state = ({ ask }: TestApp, kind: string, query = "") =>
  ask("GET", `/collab/state/${kind}${query}`);

describe("200", () => {
  test("[E50] all records of a kind, T-9 before T-10, each with the tag that GET gives it", async () => {
    const board = await withBoard();
    const told = await state(board, "tasks");
    expect(Object.keys(told.at("/data") as object)).toEqual(["T-9", "T-10"]);
    const task = await board.ask("GET", "/collab/tasks/T-9");
    expect(told.at("/data/T-9")).toEqual(task.json);
    expect(told.at("/etags/T-9")).toBe(task.headers.get("etag"));
    expect(told.at("/etag")).toBe(told.headers.get("etag"));
    expect(told.at("/cursor")).toBe(board.store.events.headCursor);
    expect(told.at("/kind")).toBe("tasks");
  });

  test("[E50] an empty kind is an empty map", async () => {
    const board = await withBoard();
    expect((await state(board, "locks")).json).toMatchObject({
      kind: "locks",
      data: {},
      etags: {},
    });
  });

  test("[E50] leases are locks", async () => {
    const board = await withBoard();
    await board.ask("POST", "/collab/tasks/claim", { json: { agent: "agent-1" } });
    const told = await state(board, "leases");
    expect(told.json).toEqual((await state(board, "locks")).json);
    expect(Object.values(told.at("/data") as object)).toMatchObject([{ holder: "agent-1" }]);
  });

  test("[E50] the tag changes with any record of the kind, and with no other", async () => {
    const board = await withBoard();
    const tag = async () => (await state(board, "tasks")).headers.get("etag");
    const before = await tag();
    await board.ask("POST", "/collab/agents", { json: { id: "agent-2" } });
    expect(await tag()).toBe(before);
    const headers = { "if-match": "*" };
    await board.ask("PATCH", "/collab/tasks/T-9", { json: { title: "Neun" }, headers });
    expect(await tag()).not.toBe(before);
    await board.ask("PATCH", "/collab/tasks/T-9", { json: { title: "Nine" }, headers });
    expect(await tag()).not.toBe(before);
  });

  test("[E50] the cursor is the present one, also while the records stand still", async () => {
    const board = await withBoard();
    await state(board, "tasks");
    await board.ask("POST", "/collab/events", { json: { event: "ping", actor: "a" } });
    const told = await state(board, "tasks");
    expect(told.at("/cursor")).toBe(board.store.events.headCursor);
  });
});

describe("?at=", () => {
  /** After each step, the state of every kind as it was then. */
  async function withPast() {
    const board = await withBoard();
    const { ask, clock } = board;
    const steps: [string, string, object?][] = [
      ["POST", "/collab/tasks/claim", { agent: "agent-1", task_id: "T-9" }],
      ["PATCH", "/collab/tasks/T-10", { title: "Zehn", labels: ["a"], dod: ["one", "two"] }],
      ["PATCH", "/collab/tasks/T-10", { labels: null, description: "more", assignee: "agent-1" }],
      ["POST", "/collab/tasks/T-9/transition", { to: "in_progress" }],
      ["PATCH", "/collab/tasks/T-10", { assignee: null, blocked: { reason: "waiting" } }],
      ["POST", "/collab/tasks/T-9/transition", { to: "queued" }],
      ["DELETE", "/collab/tasks/T-10"],
      ["POST", "/collab/tasks", { id: "T-10", title: "Again" }],
      ["PATCH", "/collab/agents/agent-1", { role: "tester", skills: ["a", "b"] }],
    ];
    const past = [];
    for (const [method, path, json] of steps) {
      clock.advance(1_000);
      const headers = { "if-match": "*", "kyros-actor": "agent-1" };
      const told = await ask(method, path, { json, headers });
      expect(told.status).toBeLessThan(300);
      const kinds = await Promise.all(["tasks", "agents"].map((kind) => state(board, kind)));
      past.push({ now: clock.now(), kinds });
    }
    return { ...board, past };
  }

  test("[E51] by cursor, every kind is what it was at every step, with its tags", async () => {
    const { past, ...board } = await withPast();
    for (const { kinds } of past) {
      for (const then of kinds) {
        const kind = String(then.at("/kind"));
        const again = await state(board, kind, `?at=${String(then.at("/cursor"))}`);
        // When an agent was last seen is presence, and not in the log.
        const still = (body: unknown) =>
          JSON.stringify(body)
            .replaceAll(/"last_seen":"[^"]*"/g, "")
            .replaceAll(/"[\w-]{22}\\""/g, "");
        expect(again.status).toBe(200);
        expect(still(again.at("/data"))).toBe(still(then.at("/data")));
      }
    }
    const tasks = past.map(({ kinds }) => kinds[0]!);
    for (const then of tasks) {
      const again = await state(board, "tasks", `?at=${String(then.at("/cursor"))}`);
      expect(again.json).toEqual(then.json);
      expect(again.headers.get("etag")).toBe(then.headers.get("etag"));
    }
  });

  test("[E51] by time, what happened at that moment is not in it yet", async () => {
    const { past, ...board } = await withPast();
    const [first, second] = past;
    const at = (ms: number) => state(board, "tasks", `?at=${new Date(ms).toISOString()}`);
    expect((await at(second!.now - 1)).at("/data")).toEqual(first!.kinds[0]!.at("/data"));
    const changed = (await board.ask("GET", "/collab/events?event=task_updated")).at("/items/0/ts");
    const before = await state(board, "tasks", `?at=${String(changed)}`);
    expect(before.at("/data/T-10/title")).toBe("Ten");
    expect((await state(board, "tasks", "?at=2000-01-01T00:00:00Z")).at("/data")).toEqual({});
  });

  test("[E51] an old state has a tag of its own, and 304", async () => {
    const { past, ...board } = await withPast();
    const path = `/collab/state/tasks?at=${String(past[2]!.kinds[0]!.at("/cursor"))}`;
    const etag = (await board.ask("GET", path)).headers.get("etag") ?? "";
    const again = await board.ask("GET", path, { headers: { "if-none-match": etag } });
    expect(again.status).toBe(304);
  });

  test("[E51] now is what it is without it", async () => {
    const { past: _, ...board } = await withPast();
    const now = await state(board, "tasks");
    const same = await state(board, "tasks", `?at=${String(now.at("/cursor"))}`);
    expect(same.json).toEqual(now.json);
  });
});

describe("410", () => {
  test.each(["9.deadbeef", "rubbish"])("[E51] for the place %s, which is none", async (at) => {
    const board = await withBoard();
    const told = await state(board, "tasks", `?at=${at}`);
    expect(told.json).toMatchObject({ code: "cursor-gone" });
    expect(told.at("/detail")).toContain("Take another cursor");
  });
});

describe("404", () => {
  test("[H2] for a kind that there is not", async () => {
    const board = await withBoard();
    expect((await state(board, "users")).json).toMatchObject({ code: "not-found" });
  });
});
