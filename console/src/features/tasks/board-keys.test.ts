import { expect, it } from "vitest";
import { aTask, recordsOf } from "../../testing/records.ts";
import { buildBoard } from "./board.ts";
import { neighbour } from "./board-keys.ts";
import { parseFilter } from "./filters.ts";

const { columns } = buildBoard({
  records: recordsOf([
    aTask({ id: "T-1", position: "a" }),
    aTask({ id: "T-2", position: "b" }),
    aTask({ id: "T-3", status: "review", position: "a" }),
    aTask({ id: "T-4", status: "merging", position: "a" }),
  ]),
  overlays: new Map(),
  filter: parseFilter(new URLSearchParams()),
  showAllDone: false,
  now: 0,
});

it("arrows go from card to card and jump over empty columns", () => {
  expect(neighbour(columns, "T-1", "ArrowDown", false)).toBe("T-2");
  expect(neighbour(columns, "T-2", "ArrowRight", false)).toBe("T-3");
  expect(neighbour(columns, "T-4", "ArrowLeft", false)).toBe("T-3");
  expect(neighbour(columns, "T-1", "ArrowRight", true)).toBe("T-4");
});

it("at the edge there is no neighbour", () => {
  expect(neighbour(columns, "T-1", "ArrowUp", false)).toBeUndefined();
  expect(neighbour(columns, "T-4", "ArrowRight", false)).toBeUndefined();
});
