import { expect, it } from "vitest";
import { parseLimits, setWipLimit, wipLimits } from "./wip-limits.ts";

it("a limit is kept in the browser, and taken away again", () => {
  setWipLimit("review", 3);
  setWipLimit("claimed", 5);
  expect(wipLimits.get()).toEqual({ review: 3, claimed: 5 });
  expect(localStorage.getItem("kyros.wip-limits")).toBe('{"review":3,"claimed":5}');
  setWipLimit("review", undefined);
  expect(wipLimits.get()).toEqual({ claimed: 5 });
});

it("what is no limit is not read as one", () => {
  const kept = { review: 0, claimed: -1, merging: 2.5, approved: "4", nowhere: 3, done: 7 };
  expect(parseLimits(kept)).toEqual({ done: 7 });
  expect(parseLimits("3")).toEqual({});
});
