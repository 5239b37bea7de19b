import { expect, it } from "vitest";
import { createRowLayout } from "./row-layout.ts";

it("without open rows a place is a division", () => {
  const layout = createRowLayout([]);
  expect([0, 31, 32, 64_000].map((offset) => layout.rowAt(offset))).toEqual([0, 0, 1, 2_000]);
  expect(layout.offsetOf(2_000)).toBe(64_000);
});

it("every row is found again at its own first and last pixel, whatever is open", () => {
  const layout = createRowLayout([7, 3, 8]);
  for (let row = 0; row < 20; row += 1) {
    expect(layout.rowAt(layout.offsetOf(row))).toBe(row);
    expect(layout.rowAt(layout.offsetOf(row + 1) - 1)).toBe(row);
  }
  expect(layout.offsetOf(9)).toBe(9 * 32 + 3 * 288);
});
