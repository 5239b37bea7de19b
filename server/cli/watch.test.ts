import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Lease } from "#contracts/lease";
import type { Task } from "#contracts/task";
import { boardLines } from "./board-view.ts";
import type { Terminal } from "./command.ts";
import { createBoardServer } from "./testing/server.ts";
import { createShell, type Shell } from "./testing/shell.ts";

const task = (part: Partial<Task>): Task =>
  ({
    title: "Work",
    status: "queued",
    priority: "normal",
    assignee: null,
    blocked: null,
    dod: [],
    ...part,
  }) as Task;
const lease = { resource: "task:T-2", expires_at: "2026-01-31T09:30:30.000Z" } as Lease;
const nowMs = Date.parse("2026-01-31T09:30:00.000Z");

describe("the picture", () => {
  const tasks = [
    task({ id: "T-1", title: "Later", blocked: { reason: "x", since: "" } }),
    task({
      id: "T-2",
      title: "Retry on 503",
      status: "in_progress",
      priority: "high",
      assignee: "agent-1",
      dod: [
        { id: "d1", text: "a", done: true },
        { id: "d2", text: "b", done: false },
      ],
    }),
  ];

  test("groups by status, with who holds what and for how long", () => {
    const frame = { columns: 80, rows: 24, hasColours: false, nowMs };
    expect(boardLines({ tasks, leases: [lease], news: ["something"] }, frame)).toEqual([
      "kyros  2 open, 1 lease",
      "",
      "queued 1",
      "  T-1       blocked  Later",
      "in_progress 1",
      "  T-2       ! agent-1 30 s  Retry on 503 [1/2]",
      "",
      "something",
    ]);
  });

  test("fits every terminal, and has no colour where none is wanted", () => {
    const some = fc.array(
      fc.record({
        id: fc.constant("T-abcdef"),
        title: fc.string({ unit: "grapheme", maxLength: 300 }),
        status: fc.constantFrom("queued" as const, "in_progress" as const, "done" as const),
      }),
      { maxLength: 60 },
    );
    const size = {
      columns: fc.integer({ min: 1, max: 120 }),
      rows: fc.integer({ min: 1, max: 50 }),
    };
    fc.assert(
      fc.property(some, fc.record(size), (given, { columns, rows }) => {
        const news = ["a\u001b[2Jb".repeat(30)];
        const lines = boardLines(
          { tasks: given.map(task), leases: [lease], news },
          { columns, rows, hasColours: false, nowMs },
        );
        expect(lines.length).toBeLessThanOrEqual(rows);
        expect(Math.max(...lines.map((line) => Array.from(line).length))).toBeLessThanOrEqual(
          columns,
        );
        expect(lines.join("")).not.toContain("\u001b");
      }),
    );
  });

  test("what does not fit is counted", () => {
    const many = Array.from({ length: 30 }, (_, index) => task({ id: `T-${index}` }));
    const lines = boardLines(
      { tasks: many, leases: [], news: [] },
      { columns: 40, rows: 12, hasColours: false, nowMs },
    );
    expect(lines).toHaveLength(12);
    expect(lines.at(-1)).toBe("  … 22 more");
  });
});

describe("kyros watch", () => {
  let shell: Shell;
  beforeEach(async () => {
    shell = createShell();
    await shell.kyros("init");
    await shell.kyros("task add First --id T-1");
  });
  afterEach(() => shell.remove());

  test("without a terminal prints the board once, without colours", async () => {
    expect(await shell.kyros("watch")).toEqual({
      exit: 0,
      stdout: "kyros  1 open, 0 leases\n\nqueued 1\n  T-1       First\n",
      stderr: "",
    });
    expect(await shell.json("watch")).toMatchObject({ tasks: [{ id: "T-1" }], leases: [] });
  });

  test.each(["without a server", "through the server of the folder"])(
    "%s: draws what changes and nothing else, until q, and leaves the terminal as it was",
    async (mode) => {
      const served =
        mode === "without a server" ? undefined : await createBoardServer(shell.folder);
      let drawn = "";
      let press: (key: string) => void = () => {};
      let isClosed = false;
      const terminal: Terminal = {
        size: () => ({ columns: 60, rows: 20 }),
        hasColours: false,
        write: (text) => void (drawn += text),
        onKey: (listener) => (press = listener),
        onResize: () => {},
        close: () => (isClosed = true),
      };
      const watching = shell.kyros("watch", { terminal });
      await expect.poll(() => drawn, { timeout: 10_000 }).toContain("  T-1       First");
      const before = drawn.length;
      await shell.kyros("task add Second --id T-2");
      await expect.poll(() => drawn, { timeout: 10_000 }).toContain("  T-2       Second");
      expect(drawn.slice(before)).not.toContain("First");
      press("q");
      expect(await watching).toMatchObject({ exit: 0, stdout: "" });
      expect(drawn.endsWith("\u001b[?25h\u001b[?1049l")).toBe(true);
      expect(isClosed).toBe(true);
      await served?.stop();
    },
  );
});
