import { describe, expect, it } from "vitest";
import { retryDelay } from "./tail.ts";

describe("the time until the next attempt", () => {
  it("grows with each failure, to 15 seconds and no more", () => {
    expect([0, 1, 2, 3, 20].map((failures) => retryDelay(failures, 1))).toEqual([
      500, 1_000, 2_000, 4_000, 15_000,
    ]);
  });

  it("is never nothing, and differs between browsers", () => {
    expect(retryDelay(3, 0)).toBe(250);
    expect(retryDelay(3, 0.5)).toBe(2_125);
  });
});
