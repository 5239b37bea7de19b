import canonicalize from "canonicalize";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { sameJson } from "./canonical.ts";

test("two values are the same JSON exactly when their canonical forms are", () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  const pair = fc.oneof(
    fc.tuple(value, value),
    value.map((one) => [one, JSON.parse(JSON.stringify(one)) as unknown] as const),
  );
  fc.assert(
    fc.property(pair, ([a, b]) => {
      expect(sameJson(a, b)).toBe(canonicalize(a) === canonicalize(b));
    }),
  );
});

test("the order of members does not count, and an undefined member is none", () => {
  expect(sameJson({ a: 1, b: [2] }, { b: [2], c: undefined, a: 1 })).toBe(true);
});

test("a name that every object inherits is a name like any other", () => {
  expect(sameJson(JSON.parse('{"__proto__": {}}'), { other: {} })).toBe(false);
  expect(sameJson({ toString: "a" }, { valueOf: "a" })).toBe(false);
});
