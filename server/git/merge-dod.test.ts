import { describe, expect, test } from "vitest";
import { conflictsOf } from "#contracts/merge-conflict";
import { aTask } from "../store/testing/records.ts";
import { mergeRecord } from "./merge.ts";
import type { Fields } from "./three-way.ts";

const EARLY = "2026-01-02T10:00:00.000Z";
const LATE = "2026-01-02T11:00:00.000Z";

function mergeTasks(base: Fields | undefined, ours: Fields, theirs: Fields): Fields {
  const merged = mergeRecord("tasks", {
    base: base && aTask("T-1", base),
    ours: aTask("T-1", ours),
    theirs: aTask("T-1", theirs),
  });
  if (merged === undefined) throw new Error("the record is gone");
  return merged;
}

describe("[G3] the definition of done merges by item", () => {
  const one = { id: "d1", text: "Tests", done: false };
  const two = { id: "d2", text: "Docs", done: false };

  test("ticks, new words and new items of both sides come together", () => {
    const merged = mergeTasks(
      { dod: [one, two] },
      { dod: [{ ...one, done: true }, two, { id: "d3", text: "Ours", done: false }] },
      { dod: [one, { ...two, text: "Handbook" }] },
    );
    expect(merged["dod"]).toEqual([
      { id: "d1", text: "Tests", done: true },
      { id: "d2", text: "Handbook", done: false },
      { id: "d3", text: "Ours", done: false },
    ]);
    expect(conflictsOf(merged)).toEqual([]);
  });

  test("two new items that got the same id are two items", () => {
    const merged = mergeTasks(
      { dod: [one] },
      { dod: [one, { id: "d2", text: "Zebra", done: true }] },
      { dod: [one, { id: "d2", text: "Aardvark", done: false }] },
    );
    expect(merged["dod"]).toEqual([
      one,
      { id: "d2", text: "Aardvark", done: false },
      { id: "d3", text: "Zebra", done: true },
    ]);
    expect(conflictsOf(merged)).toEqual([]);
  });

  test("a tick finds its item again that got another id in an earlier merge", () => {
    const zebra = { id: "d2", text: "Zebra", done: false };
    const aardvark = { id: "d2", text: "Aardvark", done: false };
    const merged = mergeTasks(
      { dod: [zebra] },
      { dod: [aardvark, { ...zebra, id: "d3" }] },
      { dod: [{ ...zebra, done: true }] },
    );
    expect(merged["dod"]).toEqual([
      { id: "d3", text: "Zebra", done: true },
      { id: "d2", text: "Aardvark", done: false },
    ]);
    expect(conflictsOf(merged)).toEqual([]);
  });

  test("the same item added by both is one, ticked if either ticked it", () => {
    const merged = mergeTasks({ dod: [] }, { dod: [one] }, { dod: [{ ...one, done: true }] });
    expect(merged["dod"]).toEqual([{ id: "d1", text: "Tests", done: true }]);
    expect(conflictsOf(merged)).toEqual([]);
  });

  test("two new wordings of one item: ours stays, and both are named", () => {
    const merged = mergeTasks(
      { dod: [one] },
      { dod: [{ ...one, text: "Unit tests" }] },
      { dod: [{ ...one, text: "All tests", done: true }] },
    );
    expect(merged["dod"]).toEqual([{ id: "d1", text: "Unit tests", done: true }]);
    expect(conflictsOf(merged)).toEqual([
      { field: "dod.d1.text", ours: "Unit tests", theirs: "All tests", base: "Tests" },
    ]);
  });

  test("an item that one side took out and the other changed stays, and the conflict is named", () => {
    const ticked = { ...one, done: true };
    const merged = mergeTasks({ dod: [one, two] }, { dod: [two] }, { dod: [ticked, two] });
    expect(merged["dod"]).toEqual([ticked, two]);
    expect(conflictsOf(merged)).toEqual([{ field: "dod.d1", theirs: ticked, base: one }]);
  });

  test("an item that one side took out and the other left alone is gone, as is what both took out", () => {
    const three = { id: "d3", text: "Events", done: false };
    const merged = mergeTasks(
      { dod: [one, two, three] },
      { dod: [two] },
      { dod: [one, { ...two, done: true }] },
    );
    expect(merged["dod"]).toEqual([{ ...two, done: true }]);
    expect(conflictsOf(merged)).toEqual([]);
  });

  test("of a task that is new to both sides, too", () => {
    const ticked = { ...two, done: true };
    const merged = mergeTasks(undefined, { dod: [one, two] }, { dod: [ticked, one] });
    expect(merged["dod"]).toEqual([one, ticked]);
    expect(conflictsOf(merged)).toEqual([]);
  });

  test("an order that both changed is that of the side that saw the task last", () => {
    const three = { id: "d3", text: "Events", done: false };
    const early = { dod: [three, one, two], updated_at: EARLY };
    const late = { dod: [two, one, three], updated_at: LATE };
    const base = { dod: [one, two, three] };
    expect(mergeTasks(base, early, late)["dod"]).toEqual([two, one, three]);
    expect(mergeTasks(base, late, early)["dod"]).toEqual([two, one, three]);
  });

  test("an order that one side changed holds for what both kept", () => {
    const merged = mergeTasks(
      { dod: [one, two] },
      { dod: [two, one] },
      { dod: [one, { ...two, done: true }] },
    );
    expect(merged["dod"]).toEqual([{ ...two, done: true }, one]);
  });

  test.each([
    ["ours", [], [one, one], [two]],
    ["theirs", [], [two], [one, one]],
    ["the base", [one, one], [one], [two]],
  ])("where %s has one id twice, the lists are kept apart whole", (_, base, ours, theirs) => {
    const merged = mergeTasks({ dod: base }, { dod: ours }, { dod: theirs });
    expect(merged["dod"]).toEqual(ours);
    expect(conflictsOf(merged)).toEqual([{ field: "dod", ours, theirs, base }]);
  });
});
