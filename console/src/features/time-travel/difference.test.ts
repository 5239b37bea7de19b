import { expect, it } from "vitest";
import { aTask } from "../../testing/records.ts";
import { differenceOf } from "./difference.ts";

it("tells what was created, deleted and changed, in order of number", () => {
  const before = { "T-2": aTask({ id: "T-2" }), "T-9": aTask({ id: "T-9" }) };
  const after = {
    "T-9": aTask({ id: "T-9", status: "done", position: "z" }),
    "T-10": aTask({ id: "T-10" }),
  };
  expect(differenceOf(before, after).map(({ id, kind, fields }) => [id, kind, fields])).toEqual([
    ["T-2", "removed", []],
    ["T-9", "changed", ["status"]],
    ["T-10", "added", []],
  ]);
});

it("a card that only stands elsewhere in its column is no difference", () => {
  const before = { "T-1": aTask({ id: "T-1", position: "a" }) };
  expect(differenceOf(before, { "T-1": aTask({ id: "T-1", position: "b" }) })).toEqual([]);
});
