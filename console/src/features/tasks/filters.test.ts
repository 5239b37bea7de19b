import { expect, it } from "vitest";
import { aTask, recordsOf } from "../../testing/records.ts";
import { activeFilters, matches, parseFilter, withFilter } from "./filters.ts";

const found = (
  search: string,
  task: ReturnType<typeof aTask>,
  others = [] as ReturnType<typeof aTask>[],
) => matches(task, parseFilter(new URLSearchParams(search)), recordsOf([task, ...others]));

it("every word of the text must occur, in id, title, labels or description", () => {
  const task = aTask({ id: "T-7", title: "Price rounding", labels: ["pay"], description: "EUR" });
  expect(found("q=pay eur t-7", task)).toBe(true);
  expect(found("q=pay usd", task)).toBe(false);
});

it("none finds what nobody is assigned to", () => {
  expect(found("assignee=none", aTask({ id: "T-1" }))).toBe(true);
  expect(found("assignee=none", aTask({ id: "T-1", assignee: "ada" }))).toBe(false);
});

it("archived tasks are shown only when asked for, and then alone", () => {
  expect(found("", aTask({ id: "T-1", archived: true }))).toBe(false);
  expect(found("archived=true", aTask({ id: "T-1", archived: true }))).toBe(true);
  expect(found("archived=true", aTask({ id: "T-1" }))).toBe(false);
});

it("blocked finds a stated block and an open dependency", () => {
  const waiting = aTask({ id: "T-1", depends_on: ["T-2"] });
  expect(found("blocked=true", waiting, [aTask({ id: "T-2" })])).toBe(true);
  expect(found("blocked=true", waiting, [aTask({ id: "T-2", status: "done" })])).toBe(false);
});

it("unknown types and priorities in a link are passed over", () => {
  expect(parseFilter(new URLSearchParams("type=bugfix,virus&priority=urgent"))).toMatchObject({
    type: ["bugfix"],
    priority: [],
  });
});

it("a filter goes into the URL and comes back, beside what else stands there", () => {
  const next = withFilter(new URLSearchParams("view=list"), {
    q: "a b",
    label: ["x", "y"],
    ready: true,
  });
  expect(next.toString()).toBe("view=list&q=a+b&label=x%2Cy&ready=true");
  expect(activeFilters(parseFilter(next))).toBe(3);
  expect(withFilter(next, { q: "", label: [], ready: false }).toString()).toBe("view=list");
});
