import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { SERVER_EVENTS } from "#contracts/event";
import { openApp, type TestApp } from "../../http/testing/client.ts";
import { append } from "../../http/testing/stream.ts";

const folder = mkdtempSync(join(tmpdir(), "kyros-log-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Page {
  readonly items: { readonly id: string; readonly event: string }[];
  readonly next_cursor: string | null;
}

async function list({ ask }: TestApp, query = ""): Promise<Page> {
  const told = await ask("GET", `/collab/events${query}`);
  expect(told.status).toBe(200);
  return told.json as Page;
}

async function names(board: TestApp, query = ""): Promise<string[]> {
  return (await list(board, query)).items.map(({ event }) => event);
}

/** Five events in three commits, two seconds apart. */
async function withHistory() {
  const board = await openApp();
  const cursors = [board.store.events.headCursor];
  for (const events of [["one", "two"], ["three"], ["four", "five"]]) {
    await append(board, events, events[0] === "three" ? "agent-2" : "agent-1");
    cursors.push(board.store.events.headCursor);
    board.clock.advance(2_000);
  }
  return { ...board, cursors };
}

describe("200 from GET /collab/events", () => {
  test("[E1] in the order of the log, or against it", async () => {
    const board = await withHistory();
    expect(await names(board)).toEqual(["one", "two", "three", "four", "five"]);
    expect(await names(board, "?order=desc")).toEqual(["five", "four", "three", "two", "one"]);
  });

  test.each(["asc", "desc"])(
    "[E1] page by page, %s, every event comes once, and null is the end",
    async (order) => {
      const board = await withHistory();
      for (const limit of [1, 2, 3, 5, 100]) {
        const seen: string[] = [];
        let cursor = "";
        for (let pages = 0; pages <= 5; pages += 1) {
          const page = await list(board, `?order=${order}&limit=${limit}${cursor}`);
          seen.push(...page.items.map(({ event }) => event));
          if (page.next_cursor === null) break;
          cursor = `&cursor=${page.next_cursor}`;
        }
        const all = ["one", "two", "three", "four", "five"];
        expect(seen).toEqual(order === "asc" ? all : all.toReversed());
      }
    },
  );

  test("[E1] events that are added meanwhile come at the end, and none comes twice", async () => {
    const board = await withHistory();
    const first = await list(board, "?limit=4");
    await append(board, ["six"]);
    expect(await names(board, `?cursor=${first.next_cursor}`)).toEqual(["five", "six"]);
    const newest = await list(board, "?limit=2&order=desc");
    await append(board, ["seven"]);
    expect(await names(board, `?order=desc&cursor=${newest.next_cursor}`)).toEqual([
      "four",
      "three",
      "two",
      "one",
    ]);
  });

  test("[E1] pages of what a filter lets through are as full", async () => {
    const board = await withHistory();
    const page = await list(board, "?actor=agent-1&limit=3");
    expect(page.items.map(({ event }) => event)).toEqual(["one", "two", "four"]);
    expect(await names(board, `?actor=agent-1&cursor=${page.next_cursor}`)).toEqual(["five"]);
    const exact = await list(board, "?actor=agent-2&limit=1");
    expect(exact.next_cursor).toBeNull();
  });

  test("[E2] since is included and until is not, by cursor and by time", async () => {
    const { cursors, ...board } = await withHistory();
    const [, first = "", second = ""] = cursors;
    expect(await names(board, `?since=${first}`)).toEqual(["three", "four", "five"]);
    expect(await names(board, `?until=${second}`)).toEqual(["one", "two", "three"]);
    expect(await names(board, `?since=${first}&until=${second}`)).toEqual(["three"]);
    expect(await names(board, `?since=${second}&until=${first}`)).toEqual([]);
    const { items } = await list(board);
    const ts = (items[2] as unknown as { ts: string }).ts;
    expect(await names(board, `?since=${ts}`)).toEqual(["three", "four", "five"]);
    expect(await names(board, `?until=${ts}`)).toEqual(["one", "two"]);
    const elsewhere = ts.replace("Z", "%2B00:00");
    expect(await names(board, `?since=${elsewhere}&order=desc`)).toEqual(["five", "four", "three"]);
    expect(await names(board, "?since=2100-01-01T00:00:00Z")).toEqual([]);
    expect((await board.ask("GET", "/collab/events?since=2026-13-45T00:00:00Z")).status).toBe(410);
  });

  test("[E3] filters are lists, and all of them have to match", async () => {
    const board = await withHistory();
    await board.ask("POST", "/collab/events", {
      json: { event: "one", actor: "agent-2", target: "task:T-1" },
    });
    expect(await names(board, "?event=one,five")).toEqual(["one", "five", "one"]);
    expect(await names(board, "?event=one&actor=agent-2")).toEqual(["one"]);
    expect(await names(board, "?target=task:T-1&actor=agent-2,agent-3")).toEqual(["one"]);
    expect(await names(board, "?target=task:T-1&event=five")).toEqual([]);
  });

  test("[E5] a stored answer is not shown, neither here nor in a stream", async () => {
    const board = await openApp();
    await board.ask("POST", "/collab/tasks", {
      json: { id: "T-1", title: "x" },
      headers: { "idempotency-key": "my-secret-key" },
    });
    const listed = await board.ask("GET", "/collab/events");
    expect(listed.text).toContain("task_created");
    const polled = await board.ask(
      "GET",
      "/collab/events/tail?mode=poll&since=2000-01-01T00:00:00Z",
    );
    const response = await board.app.request("/collab/events/tail?since=2000-01-01T00:00:00Z");
    await board.drain();
    for (const text of [listed.text, polled.text, await response.text()]) {
      expect(text).toContain("task_created");
      expect(text).not.toMatch(/my-secret-key|idempotency/);
    }
  });
});

describe("410 from GET /collab/events", () => {
  test.each(["since", "until", "cursor"])("[E4] for a stale %s, with what to do", async (name) => {
    const { ask } = await withHistory();
    const told = await ask("GET", `/collab/events?${name}=3.deadbeef`);
    expect(told.json).toMatchObject({ code: "cursor-gone" });
    expect(told.at("/detail")).toContain(`${name} no longer names a place`);
  });
});

describe("200 from POST /collab/events", () => {
  test("[E6] one event, or many that become one commit, with their ids in order", async () => {
    const board = await openApp();
    const one = await board.ask("POST", "/collab/events", {
      json: { event: "said", actor: "agent-1", target: "task:T-1", details: { text: "hi" } },
    });
    const many = await board.ask("POST", "/collab/events", {
      json: ["a", "b", "c"].map((event) => ({ event, actor: "agent-2" })),
    });
    const { items } = await list(board);
    expect(items).toMatchObject([
      { event: "said", actor: "agent-1", target: "task:T-1", details: { text: "hi" } },
      { event: "a", actor: "agent-2", details: { commit: { index: 0, size: 3 } } },
      { event: "b", details: { commit: { index: 1, size: 3 } } },
      { event: "c", target: "", details: { commit: { index: 2, size: 3 } } },
    ]);
    const ids = items.map(({ id }) => id);
    expect(one.json).toEqual({ ok: true, ids: ids.slice(0, 1) });
    expect(many.json).toEqual({ ok: true, ids: ids.slice(1) });
  });

  test("[E6] a thousand in one request", async () => {
    const { ask, store } = await openApp();
    const json = Array.from({ length: 1_000 }, () => ({ event: "tick", actor: "a" }));
    expect((await ask("POST", "/collab/events", { json })).status).toBe(200);
    expect(store.events.head).toBe(1_000);
  });
});

describe("422 from POST /collab/events", () => {
  test.each([...SERVER_EVENTS, "hello", "batch", "bookmark", "reset", "bye", "error"])(
    "[E7] %s is the server's own name",
    async (event) => {
      const { ask, store } = await openApp();
      const told = await ask("POST", "/collab/events", { json: { event, actor: "a" } });
      expect(told.at("/errors/0/pointer")).toBe("/event");
      expect(store.events.head).toBe(0);
    },
  );

  test.each([
    [[]],
    [{ event: "UPPER", actor: "a" }],
    [{ event: "ok" }],
    [{ event: "ok", actor: "a", id: "mine" }],
    [{ event: "ok", actor: "a", details: [] }],
    [Array.from({ length: 1_001 }, () => ({ event: "tick", actor: "a" }))],
    [
      [
        { event: "ok", actor: "a" },
        { event: "task_created", actor: "a" },
      ],
    ],
  ])("%j, and nothing of it is kept", async (json) => {
    const { ask, store } = await openApp();
    expect((await ask("POST", "/collab/events", { json })).status).toBe(422);
    expect(store.events.head).toBe(0);
  });
});

describe("polling", () => {
  const poll = (board: TestApp, query: string) =>
    board.ask("GET", `/collab/events/tail?mode=poll${query}`);

  test("[E30] answers at once when there is something, with whole commits", async () => {
    const { cursors, ...board } = await withHistory();
    const told = await poll(board, `&since=${cursors[1]}&limit=2`);
    const items = (told.json as Page).items.map(({ event }) => event);
    expect(items).toEqual(["three", "four", "five"]);
    expect(told.at("/next_cursor")).toBe(cursors[3]);
  });

  test("[E30] waits for the next event that the filter lets through", async () => {
    const board = await withHistory();
    const waiting = poll(board, "&event=six");
    await append(board, ["other"]);
    await append(board, ["six", "seven"]);
    const told = await waiting;
    expect((told.json as Page).items.map(({ event }) => event)).toEqual(["six"]);
    expect(told.at("/next_cursor")).toBe(board.store.events.headCursor);
  });

  test("[E30] answers nothing when the time is up, with a cursor that moved on", async () => {
    const board = await openApp();
    const before = board.store.events.headCursor;
    await append(board, ["one"]);
    const told = await poll(board, `&since=${before}&event=never&wait_ms=10`);
    expect(told.json).toEqual({ items: [], next_cursor: board.store.events.headCursor });
  });

  test("[E30] poll by poll it is the same events in the same order as the list", async () => {
    const board = await withHistory();
    const seen: string[] = [];
    let cursor = "2000-01-01T00:00:00Z";
    for (let i = 0; i < 3; i += 1) {
      const told = await poll(board, `&limit=1&wait_ms=0&since=${cursor}`);
      seen.push(...(told.json as Page).items.map(({ id }) => id));
      cursor = String(told.at("/next_cursor"));
    }
    expect(seen).toEqual((await list(board)).items.map(({ id }) => id));
  });

  test("[E30] a stop ends the wait", async () => {
    const board = await openApp();
    const waiting = poll(board, "&wait_ms=60000");
    await Promise.resolve();
    await board.drain();
    expect((await waiting).json).toMatchObject({ items: [] });
  });

  test("[E31] a stale place is 200 with the reason", async () => {
    const board = await withHistory();
    const told = await poll(board, "&since=3.deadbeef");
    expect(told.json).toEqual({
      items: [],
      next_cursor: board.store.events.headCursor,
      reset: "the log holds no such place",
    });
  });
});

describe("POST /collab/events/log", () => {
  async function withWork() {
    const board = await openApp({ folder });
    const as = (actor: string) => ({ "kyros-actor": actor });
    await board.ask("POST", "/collab/tasks", { json: { id: "T-1", title: "Write *docs*" } });
    await board.ask("POST", "/collab/tasks/claim", {
      json: { agent: "agent-1" },
      headers: as("agent-1"),
    });
    await board.ask("POST", "/collab/tasks/T-1/transition", {
      json: { to: "in_progress", reason: "<b>now</b>\n# no heading" },
      headers: as("agent-1"),
    });
    await board.ask("POST", "/collab/events", {
      json: { event: "coffee", actor: "agent-1", details: { text: "[two](cups)" } },
    });
    return board;
  }

  test("[E40] tells by task and by agent, and cites every event", async () => {
    const board = await withWork();
    const told = await board.ask("POST", "/collab/events/log");
    expect(told.status).toBe(200);
    const markdown = String(told.at("/markdown"));
    const { items } = await list(board);
    for (const { id } of items) expect(markdown).toContain(`\`${id}\``);
    expect(told.at("/events")).toBe(items.length);
    expect(told.at("/written")).toBeNull();
    const plain = markdown.replaceAll(/ \((`[0-9a-f-]{36}`(, )?)+\)/g, "");
    expect(plain).toBe(`# What happened

2026-01-01 00:00 to 2026-01-01 00:00 UTC, 6 events.

## Tasks

### T-1

- 2026-01-01 00:00 person created the task “Write \\*docs\\*”.
- 2026-01-01 00:00 agent-1 claimed it.
- 2026-01-01 00:00 agent-1 moved it from claimed to in\\_progress (\\<b\\>now\\</b\\> \\# no heading).

## Agents

### agent-1

- 2026-01-01 00:00 agent-1 registered.
- agent-1 claimed T-1.
- agent-1 moved T-1 to in\\_progress.

### person

- person created T-1.

## Everything else

### No subject

- 2026-01-01 00:00 agent-1 reported coffee “\\[two\\](cups)”.
`);
  });

  test("[E41] what people wrote cannot become markup", async () => {
    const board = await openApp();
    const title = "# x\n- y `z` <img src=x> [a](b) | c ~d~ *e* _f_ \\";
    await board.ask("POST", "/collab/tasks", { json: { title } });
    const markdown = String((await board.ask("POST", "/collab/events/log")).at("/markdown"));
    expect(markdown).toContain(
      "“\\# x - y \\`z\\` \\<img src=x\\> \\[a\\](b) \\| c \\~d\\~ \\*e\\* \\_f\\_ \\\\”",
    );
  });

  test("[E42] write appends it to logs/log.md, and a repetition does not", async () => {
    const board = await withWork();
    const write = () =>
      board.ask("POST", "/collab/events/log", {
        json: { write: true, actor: ["agent-1"] },
        headers: { "idempotency-key": "tell" },
      });
    const first = await write();
    expect(first.at("/written")).toBe("logs/log.md");
    const again = await write();
    expect(again.json).toEqual(first.json);
    const text = readFileSync(join(folder, "logs/log.md"), "utf8");
    expect(text).toBe(`${String(first.at("/markdown"))}\n`);
    expect(await names(board, "?event=note")).toEqual(["note"]);
  });

  test("an empty time is told as such, and a stale place is 410", async () => {
    const board = await withWork();
    const json = { since: "2100-01-01T00:00:00Z" };
    const told = await board.ask("POST", "/collab/events/log", { json });
    expect(told.json).toMatchObject({ markdown: "# What happened\n\nNothing.\n", events: 0 });
    const stale = await board.ask("POST", "/collab/events/log", { json: { since: "9.deadbeef" } });
    expect(stale.json).toMatchObject({ code: "cursor-gone" });
  });
});
