import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { taskQuery, type Task } from "#contracts/task";
import { aTask } from "../../store/testing/records.ts";
import { ADA, NO_TERMS, ok, openBoard, type Board } from "../testing/board.ts";

function list(board: Board, query: object = {}) {
  const page = board.tasks.list(taskQuery.parse(query));
  if (!("items" in page)) throw new Error(page.detail);
  return { ...page, ids: page.items.map(({ id }) => id) };
}

const BOARD: Task[] = [
  aTask("T-1", { position: "a", labels: ["api"], priority: "high", assignee: "agent-1" }),
  aTask("T-2", { position: "b", labels: ["ui", "api"], type: "docs", depends_on: ["T-3"] }),
  aTask("T-3", { position: "c", status: "review", assignee: "agent-2", description: "Löschen" }),
  aTask("T-4", { position: "d", archived: true }),
  aTask("T-5", {
    position: "e",
    title: "Crash on save",
    blocked: { reason: "r", since: "2026-01-01T00:00:00.000Z" },
  }),
];

describe("[T28] a list holds what matches all that is asked", () => {
  test.each<[object, string[]]>([
    [{}, ["T-1", "T-2", "T-3", "T-5"]],
    [{ status: "review" }, ["T-3"]],
    [{ status: "review,queued" }, ["T-1", "T-2", "T-3", "T-5"]],
    [{ assignee: ["agent-1", "agent-2"] }, ["T-1", "T-3"]],
    [{ label: "api" }, ["T-1", "T-2"]],
    [{ label: "api", priority: "normal" }, ["T-2"]],
    [{ type: "docs" }, ["T-2"]],
    [{ ready: "true" }, ["T-1"]],
    [{ ready: "false", status: "queued" }, ["T-2", "T-5"]],
    [{ archived: "true" }, ["T-4"]],
    [{ q: "save CRASH" }, ["T-5"]],
    [{ q: "löschen" }, ["T-3"]],
    [{ q: "t-2" }, ["T-2"]],
    [{ q: "ui" }, ["T-2"]],
    [{ q: "crash api" }, []],
  ])("%j", async (query, expected) => {
    expect(list(await openBoard({ tasks: BOARD }), query).ids).toEqual(expected);
  });

  test("in the order of the board, and with the place to tail from", async () => {
    const tasks = [
      aTask("T-1", { position: "b" }),
      aTask("T-10", { position: "a" }),
      aTask("T-9", { position: "a" }),
      aTask("T-3", { position: "a", created_at: "2025-01-01T00:00:00.000Z" }),
    ];
    const board = await openBoard({ tasks });
    const page = list(board);
    expect(page.ids).toEqual(["T-3", "T-9", "T-10", "T-1"]);
    expect(page.cursor).toBe(board.store.read().cursor);
  });

  test("and follows each change", async () => {
    const board = await openBoard({ tasks: BOARD });
    list(board);
    await ok(board.tasks.move(ADA, "T-5", { before: "T-1" }, NO_TERMS));
    expect(list(board).ids).toEqual(["T-5", "T-1", "T-2", "T-3"]);
  });
});

describe("[T29] pages", () => {
  test("end with one that has no cursor, also when it is exactly full", async () => {
    const board = await openBoard({ tasks: BOARD });
    const first = list(board, { limit: 2 });
    expect(first.ids).toEqual(["T-1", "T-2"]);
    const second = list(board, { limit: 2, page_cursor: first.next_page_cursor });
    expect(second.ids).toEqual(["T-3", "T-5"]);
    expect(second.next_page_cursor).toBeNull();
  });

  test("show what stands still exactly once, whatever moves, comes or goes between them", async () => {
    const still = ["T-0", "T-2", "T-4", "T-6", "T-8"];
    const change = fc.record({
      id: fc.constantFrom("T-1", "T-3", "T-5", "T-7", "T-9"),
      how: fc.constantFrom("first", "last", "gone"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 6 }), async (changes) => {
        const tasks = Array.from({ length: 10 }, (_, at) =>
          aTask(`T-${at}`, { position: `b${at}` }),
        );
        const board = await openBoard({ tasks });
        const seen: string[] = [];
        let cursor: string | null | undefined;
        const rest = [...changes];
        while (cursor !== null) {
          const page = list(board, { limit: 2, page_cursor: cursor });
          seen.push(...page.ids);
          cursor = page.next_page_cursor;
          const next = rest.shift();
          if (next === undefined || board.task(next.id) === undefined) continue;
          if (next.how === "gone") await ok(board.tasks.remove(ADA, next.id, {}, NO_TERMS));
          else {
            const position = next.how === "first" ? "a" : "c";
            await board.edit({ tasks: [{ ...board.task(next.id)!, position }] });
          }
        }
        for (const id of still) expect(seen.filter((each) => each === id)).toEqual([id]);
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    "x",
    "a~b~c",
    "a~2026-01-01T00:00:00.000Z~T-1~",
    "a~2026-01-01T00:00:00.000Z~__proto__",
    "a~2026-01-01T00:00:00.000Z~xT-1",
    "~2026-01-01T00:00:00.000Z~T-1",
    "ä~2026-01-01T00:00:00.000Z~T-1",
  ])("are refused for the cursor %s that nobody gave", async (page_cursor) => {
    const board = await openBoard({ tasks: BOARD });
    const answer = board.tasks.list(taskQuery.parse({ page_cursor }));
    expect(answer).toMatchObject({ ok: false, code: "malformed" });
  });
});
