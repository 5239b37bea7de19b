import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Task } from "#contracts/task";
import { compareIds } from "../kernel/natural-order.ts";
import { kinds } from "../kinds.ts";
import { StoredCollection } from "./collection.ts";
import { createEntry } from "./entry.ts";
import { aTask } from "./testing/records.ts";

const entry = (id: string, title: string) => createEntry(kinds.tasks, id, aTask(id, { title }));

/** Enough different ids for several pages, few enough to meet again. */
const id = fc.nat(150).map((number) => `T-${number}`);
const steps = fc.array(
  fc.record({ id, title: fc.option(fc.constantFrom("a", "b", "c"), { nil: undefined }) }),
  { maxLength: 300 },
);

function text(collection: StoredCollection<Task>): string {
  return Buffer.concat(collection.toFile("tasks")).toString();
}

describe("a collection does what a map does", () => {
  test("after any steps: the same records, found by id and listed in order", () => {
    fc.assert(
      fc.property(fc.array(id), steps, (before, changes) => {
        const model = new Map(before.map((each) => [each, entry(each, "start")]));
        let collection = StoredCollection.of(model.values(), 0);
        for (const step of changes) {
          const after = step.title === undefined ? undefined : entry(step.id, step.title);
          collection = collection.with(step.id, after, collection.revision + 1);
          if (after === undefined) model.delete(step.id);
          else model.set(step.id, after);
        }
        expect(collection.size).toBe(model.size);
        const sorted = [...model.keys()].toSorted(compareIds);
        expect([...collection.entries()].map((each) => each.id)).toEqual(sorted);
        for (let number = 0; number <= 150; number += 1) {
          expect(collection.get(`T-${number}`)).toBe(model.get(`T-${number}`));
        }
      }),
      { numRuns: 60 },
    );
  });

  test("the file it gives is the same as if it were written anew, and reads back as its records", () => {
    fc.assert(
      fc.property(steps, (changes) => {
        let collection = StoredCollection.of<Task>([], 0);
        for (const [index, step] of changes.entries()) {
          const after = step.title === undefined ? undefined : entry(step.id, step.title);
          collection = collection.with(step.id, after, index);
          // Now and then, so that pages keep their bytes and lose them again.
          if (index % 7 === 0) collection.toFile("tasks");
        }
        const records = [...collection.entries()].map((each) => [each.id, each.record] as const);
        const whole = { kind: "tasks", schema: 1, items: Object.fromEntries(records) };
        expect(text(collection)).toBe(`${JSON.stringify(whole, null, 2)}\n`);
      }),
      { numRuns: 60 },
    );
  });

  test("also one of a thousand records, put in one by one, wherever their place is", () => {
    const numbers = Array.from({ length: 1_000 }, (_, index) => (index * 617) % 1_000);
    const collection = numbers.reduce(
      (before, number) => before.with(`T-${number}`, entry(`T-${number}`, "x"), 7),
      StoredCollection.of<Task>([], 0),
    );
    const items = Array.from({ length: 1_000 }, (_, number) => [
      `T-${number}`,
      aTask(`T-${number}`, { title: "x" }),
    ]);
    const whole = { kind: "tasks", schema: 1, items: Object.fromEntries(items) as object };
    expect(text(collection)).toBe(`${JSON.stringify(whole, null, 2)}\n`);
    expect(numbers.filter((number) => collection.get(`T-${number}`) === undefined)).toEqual([]);
    const anew = StoredCollection.of(collection.entries(), 7);
    expect(text(anew)).toBe(text(collection));
    expect(anew.etag).toBe(collection.etag);
  });

  test("an earlier version of it stays as it was", () => {
    const ids = Array.from({ length: 200 }, (_, index) => `T-${index}`);
    const first = StoredCollection.of(
      ids.map((each) => entry(each, "old")),
      1,
    );
    const before = text(first);
    let later = first;
    for (const each of ids) later = later.with(each, entry(each, "new"), 2);
    for (const each of ids) later = later.with(each, undefined, 3);
    expect(later.size).toBe(0);
    expect(text(first)).toBe(before);
    expect(first.get("T-7")?.record.title).toBe("old");
  });
});

describe("the ETag of a collection", () => {
  test("depends on its records and its revision, not on the way that led there", () => {
    fc.assert(
      fc.property(fc.uniqueArray(id), (all) => {
        const entries = all.map((each) => entry(each, "x"));
        const oneByOne = entries.reduce(
          (collection, each) => collection.with(each.id, each, 9),
          StoredCollection.of<Task>([entry("T-999", "gone")], 9),
        );
        const whole = StoredCollection.of(entries.toReversed(), 9);
        expect(oneByOne.with("T-999", undefined, 9).etag).toBe(whole.etag);
      }),
      { numRuns: 60 },
    );
  });

  test("changes with any record and with the revision", () => {
    const one = StoredCollection.of([entry("T-1", "a"), entry("T-2", "a")], 5);
    const others = [
      one.with("T-1", entry("T-1", "b")),
      one.with("T-1", undefined),
      one.with("T-3", entry("T-3", "a")),
      one.with("T-1", entry("T-1", "a"), 6),
      // The titles changed places: a mere sum over contents would not see it.
      StoredCollection.of([entry("T-1", "b"), entry("T-2", "a")], 5),
      StoredCollection.of([entry("T-1", "a"), entry("T-2", "b")], 5),
    ];
    const tags = new Set([one.etag, ...others.slice(0, 4).map(({ etag }) => etag)]);
    expect(tags.size).toBe(5);
    expect(others[4]?.etag).not.toBe(others[5]?.etag);
    expect(others[0]?.etag).toBe(others[4]?.etag);
  });

  test("without a record there is an ETag as well, and a file", () => {
    const none = StoredCollection.of<Task>([], 3);
    expect(none.etag).toBe('"c3-0"');
    expect(text(none)).toBe('{\n  "kind": "tasks",\n  "schema": 1,\n  "items": {}\n}\n');
  });
});
