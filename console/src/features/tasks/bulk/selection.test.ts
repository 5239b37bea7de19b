import { beforeEach, expect, it } from "vitest";
import { choose, clearSelection, selectAlso, selection, shownOrder } from "./selection.ts";

const chosen = () => [...selection.get()];

beforeEach(() => {
  clearSelection();
  shownOrder.set(["T-1", "T-2", "T-3", "T-4", "T-5"]);
});

it("a card is chosen once, and let go by choosing it again", () => {
  choose("T-2", false);
  choose("T-3", false);
  choose("T-2", false);
  expect(chosen()).toEqual(["T-3"]);
});

it("a range goes from the card chosen last to the other one, in either direction", () => {
  choose("T-4", false);
  choose("T-2", true);
  expect(chosen()).toEqual(["T-4", "T-2", "T-3"]);
  choose("T-5", true);
  expect(chosen()).toEqual(["T-4", "T-2", "T-3", "T-5"]);
});

it("a range without a beginning in sight is its end alone", () => {
  choose("T-3", true);
  expect(chosen()).toEqual(["T-3"]);
  clearSelection();
  choose("T-9", false);
  choose("T-2", true);
  expect(chosen()).toEqual(["T-9", "T-2"]);
});

it("what is added stays beside what was chosen before", () => {
  choose("T-1", false);
  selectAlso(["T-4", "T-5"]);
  expect(chosen()).toEqual(["T-1", "T-4", "T-5"]);
});
