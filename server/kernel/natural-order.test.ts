import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareIds } from "./natural-order.ts";

const ids = fc.oneof(
  fc.stringMatching(/^[A-Z]{1,2}-[0-9a-z]{1,4}$/),
  fc.stringMatching(/^[a0-9]{0,6}$/),
  fc.string({ unit: "binary", maxLength: 5 }),
);

describe("the order of ids", () => {
  test.each([
    ["T-9", "T-10"],
    ["T-09", "T-10"],
    ["T-1", "T-1a"],
    ["OPS-100", "T-1"],
    ["T-99999999999999999999", "T-100000000000000000000"],
    ["a", "b"],
    ["", "a"],
    ["T-", "T-0"],
  ])("%j stands before %j", (a, b) => {
    expect(compareIds(a, b)).toBeLessThan(0);
    expect(compareIds(b, a)).toBeGreaterThan(0);
  });

  test("is total: only the same id is equal, and the other way round is the opposite", () => {
    fc.assert(
      fc.property(ids, ids, (a, b) => {
        const order = Math.sign(compareIds(a, b));
        expect(order === 0).toBe(a === b);
        expect(Math.sign(compareIds(b, a)) + order).toBe(0);
      }),
      { numRuns: 2_000 },
    );
  });

  test("is transitive", () => {
    fc.assert(
      fc.property(ids, ids, ids, (a, b, c) => {
        const [first, second, third] = [a, b, c].toSorted(compareIds) as [string, string, string];
        expect(compareIds(first, second)).toBeLessThanOrEqual(0);
        expect(compareIds(second, third)).toBeLessThanOrEqual(0);
        expect(compareIds(first, third)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 5_000 },
    );
  });
});
