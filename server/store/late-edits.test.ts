/** Edits on an older state, put together with what the log says: laws. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeFields } from "./late-edits.ts";

const names = fc.constantFrom("a", "b", "c", "d", "__proto__");
const record = fc
  .dictionary(names, fc.oneof(fc.integer({ min: 0, max: 2 }), fc.constant(null)))
  .map((fields) => Object.fromEntries(Object.entries(fields)));

function field(of: object, name: string): unknown {
  return new Map<string, unknown>(Object.entries(of)).get(name);
}

const NAMES = ["a", "b", "c", "d", "__proto__"];

describe("[S10] [S12] an edit of a file that a commit had not reached", () => {
  test("each field is the editor's where they changed it, else the log's", () => {
    fc.assert(
      fc.property(record, record, record, (base, logged, edited) => {
        const { merged } = mergeFields(base, logged, edited);
        for (const name of NAMES) {
          const isEdited = field(edited, name) !== field(base, name);
          expect(field(merged, name)).toBe(field(isEdited ? edited : logged, name));
        }
      }),
    );
  });

  test("a field is named as overruled exactly when both changed it, to something else", () => {
    fc.assert(
      fc.property(record, record, record, (base, logged, edited) => {
        const { overruled } = mergeFields(base, logged, edited);
        const both = NAMES.filter(
          (name) =>
            field(edited, name) !== field(base, name) &&
            field(logged, name) !== field(base, name) &&
            field(edited, name) !== field(logged, name),
        );
        expect(overruled.toSorted()).toEqual(both.toSorted());
      }),
    );
  });

  test("what was not edited is as the log says, whatever the log says", () => {
    expect(mergeFields({ a: 1, b: 1 }, { a: 2, c: 1 }, { a: 1, b: 1 })).toEqual({
      merged: { a: 2, c: 1 },
      overruled: [],
    });
  });

  test("a field that the editor took out is gone, one that they added is there", () => {
    expect(mergeFields({ a: 1, b: 1 }, { a: 2, b: 1 }, { a: 1, c: 3 })).toEqual({
      merged: { a: 2, c: 3 },
      overruled: [],
    });
  });
});
