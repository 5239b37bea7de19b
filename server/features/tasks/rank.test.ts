import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { between, manyBetween } from "./rank.ts";

const rank = fc.stringMatching(/^[0-9A-Za-z]{1,12}$/);

describe("a rank between two", () => {
  test.each([
    [undefined, undefined, "V00000"],
    ["V00000", undefined, "V00001"],
    ["V0000z", undefined, "V00010"],
    ["Vzzzzz", undefined, "W00000"],
    [undefined, "V00000", "Uzzzzz"],
    [undefined, "V", "Uzzzzz"],
    ["z", undefined, "z00001"],
    ["V00000", "V00001", "V00000V"],
    ["V00000", "V00002", "V00001"],
    ["a", "b", "aV"],
    ["azz", "b", "azzV"],
    ["a", "a1", "a0V"],
    [undefined, "000000", undefined],
    [undefined, "0", undefined],
    [undefined, "1", "0zzzzz"],
    ["zzzzzz", undefined, "zzzzzzV"],
    ["a", "a", undefined],
    ["a", "a0", undefined],
    ["b", "a", undefined],
  ])("of %s and %s is %s", (low, high, expected) => {
    expect(between(low, high)).toBe(expected);
  });

  test("[T15] lies strictly between, whatever two different ranks a person wrote", () => {
    fc.assert(
      fc.property(rank, rank, (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        const found = between(low, high);
        const isTooClose = high.startsWith(low) && /^0*$/.test(high.slice(low.length));
        expect(found === undefined).toBe(isTooClose);
        expect(found === undefined || (low < found && found < high)).toBe(true);
        expect(found ?? "0").toMatch(/^[0-9A-Za-z]{1,200}$/);
      }),
    );
  });

  test("lies strictly behind and before any rank", () => {
    fc.assert(
      fc.property(rank, (only) => {
        const behind = between(only, undefined);
        const before = between(undefined, only);
        expect(behind !== undefined && behind > only).toBe(true);
        expect(before === undefined ? /^0+$/.test(only) : before < only).toBe(true);
      }),
    );
  });

  test("is not found behind 200 times the last digit", () => {
    expect(between("z".repeat(200), undefined)).toBeUndefined();
  });
});

test("[T16] ten thousand cards appended one by one have ranks of six characters, in order", () => {
  const ranks: string[] = [];
  for (let at = 0; at < 10_000; at += 1) ranks.push(between(ranks.at(-1), undefined) ?? "");
  expect(ranks.toSorted()).toEqual(ranks);
  expect(new Set(ranks.map((text) => text.length))).toEqual(new Set([6]));
  expect(new Set(ranks).size).toBe(10_000);
});

test("a thousand cards moved to the very same place still find room", () => {
  let high: string | undefined = "V00001";
  for (let at = 0; at < 1_000; at += 1) high = between("V00000", high);
  expect(high).toBeDefined();
});

test("many ranks at once are as many as asked, in order, all strictly between", () => {
  fc.assert(
    fc.property(rank, rank, fc.integer({ min: 0, max: 40 }), (a, b, size) => {
      const [low, high] = a < b ? [a, b] : [b, a];
      const found = manyBetween(low, high, size);
      const all = found === undefined ? ["a", "b"] : [low, ...found, high];
      expect(found?.length ?? size).toBe(size);
      expect(all.every((text, at) => at === 0 || all[at - 1]! < text)).toBe(size > 0 || low < high);
    }),
  );
  expect(manyBetween("a", "b", 3)).toEqual(["aF", "aV", "ak"]);
});
