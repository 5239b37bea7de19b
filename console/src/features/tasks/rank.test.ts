import { expect, it } from "vitest";
import * as fc from "fast-check";
import { rankBetween } from "./rank.ts";

it("there is a rank at both open ends and between any two", () => {
  expect(rankBetween("", "") > "").toBe(true);
  expect(rankBetween("", "1") < "1").toBe(true);
  expect(rankBetween("z", "") > "z").toBe(true);
});

it("a rank made between two others stands between them, again and again", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (steps) => {
      let low = "";
      let high = "";
      for (const goLow of steps) {
        const middle = rankBetween(low, high);
        expect(middle > low).toBe(true);
        expect(high === "" || middle < high).toBe(true);
        if (goLow) high = middle;
        else low = middle;
      }
    }),
  );
});
