import { describe, expect, it } from "vitest";
import { aTask } from "../../testing/records.ts";
import { changedFields, conflictingFields, same } from "./merge.ts";

describe("three-way comparison", () => {
  const now = aTask({ id: "T-1", title: "theirs", priority: "high" });

  it("different fields do not conflict", () => {
    expect(conflictingFields({ labels: [] }, { labels: ["a"] }, now)).toEqual([]);
  });

  it("the same field changed to something else conflicts", () => {
    expect(conflictingFields({ title: "seen" }, { title: "mine" }, now)).toEqual(["title"]);
  });

  it("the same field changed to the very same value does not", () => {
    expect(conflictingFields({ title: "seen" }, { title: "theirs" }, now)).toEqual([]);
  });

  it("a field that only I changed does not", () => {
    expect(conflictingFields({ priority: "high" }, { priority: "low" }, now)).toEqual([]);
  });
});

it("values are compared, not identities, and member order does not count", () => {
  expect(same([{ a: 1, b: null }], [{ b: null, a: 1 }])).toBe(true);
  expect(same({ a: undefined }, {})).toBe(false);
  expect(same([], {})).toBe(false);
});

it("bookkeeping is no change to tell people about", () => {
  const before = aTask({ id: "T-1" });
  const after = { ...before, version: 9, updated_at: "2026-02-02T00:00:00.000Z", title: "x" };
  expect(changedFields(before, after)).toEqual(["title"]);
});
