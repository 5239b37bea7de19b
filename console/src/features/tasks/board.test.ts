import { expect, it } from "vitest";
import { aTask, recordsOf } from "../../testing/records.ts";
import { buildBoard } from "./board.ts";
import { parseFilter } from "./filters.ts";

const NOW = Date.parse("2026-03-10T00:00:00.000Z");

function board(
  tasks: ReturnType<typeof aTask>[],
  more: { overlays?: Map<string, object>; all?: boolean } = {},
) {
  return buildBoard({
    records: recordsOf(tasks),
    overlays: more.overlays ?? new Map(),
    filter: parseFilter(new URLSearchParams()),
    showAllDone: more.all ?? false,
    now: NOW,
  });
}

it("a column is in order of rank, by code unit", () => {
  const { columns } = board([
    aTask({ id: "T-1", position: "b" }),
    aTask({ id: "T-2", position: "B" }),
    aTask({ id: "T-3", position: "a" }),
  ]);
  expect(columns.queued.map(({ id }) => id)).toEqual(["T-2", "T-3", "T-1"]);
});

it("what is on its way to the server is painted where it will be", () => {
  const overlays = new Map([["T-1", { status: "review" }]]);
  const { columns, totals } = board([aTask({ id: "T-1" })], { overlays });
  expect(columns.review.map(({ id }) => id)).toEqual(["T-1"]);
  expect([totals.queued, totals.review]).toEqual([0, 1]);
});

it("done shows the last seven days, newest first, and says how many it folds away", () => {
  const done = (id: string, at: string) => aTask({ id, status: "done", completed_at: at });
  const tasks = [
    done("T-1", "2026-03-04T00:00:00.000Z"),
    done("T-2", "2026-03-09T00:00:00.000Z"),
    done("T-3", "2026-03-02T23:59:59.000Z"),
  ];
  const folded = board(tasks);
  expect(folded.columns.done.map(({ id }) => id)).toEqual(["T-2", "T-1"]);
  expect(folded.foldedDone).toBe(1);
  expect(board(tasks, { all: true }).columns.done).toHaveLength(3);
});
