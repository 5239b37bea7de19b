/** What holds for every merge of every three records. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Kind, RecordOf } from "#contracts/state";
import { toInstant } from "../kernel/instant.ts";
import { kinds } from "../kinds.ts";
import { StoredCollection } from "../store/collection.ts";
import { parseDocument } from "../store/document.ts";
import { createEntry } from "../store/entry.ts";
import type { KindDefinition } from "../store/kind.ts";
import { mergeRecord } from "./merge.ts";
import { mergeDocuments } from "./merge-document.ts";
import { lostChanges } from "./testing/lost-changes.ts";
import { exchanged, inOneOrder, someAgent, someLease, someTask } from "./testing/some-records.ts";
import type { Fields, Sides } from "./three-way.ts";

const NOW = toInstant(Date.UTC(2026, 5, 1));
const RUNS = { numRuns: 2_000 };

function three(one: fc.Arbitrary<Fields>): fc.Arbitrary<Sides<Fields | undefined>> {
  const side = fc.option(one, { nil: undefined, freq: 8 });
  return fc.record({ base: side, ours: side, theirs: side });
}

/** After a merge that left conflicts open, one more that meets them. */
function threeAgain(kind: Kind, one: fc.Arbitrary<Fields>) {
  return fc.tuple(three(one), three(one), fc.boolean(), fc.boolean()).map(([first, then, o, t]) => {
    const base = mergeRecord(kind, first);
    return { base, ours: o ? base : then.ours, theirs: t ? then.theirs : first.theirs };
  });
}

const CASES: readonly (readonly [Kind, fc.Arbitrary<Fields>])[] = [
  ["tasks", someTask],
  ["agents", someAgent],
  ["locks", someLease],
];

describe.each(CASES)("%s", (kind, record) => {
  test("[G7] no change of either side is lost: it is there, or it is named", () => {
    fc.assert(
      fc.property(fc.oneof(three(record), threeAgain(kind, record)), ({ base, ours, theirs }) => {
        const merged = mergeRecord(kind, { base, ours, theirs });
        const lost = {
          ofOurs: lostChanges(kind, base, ours, merged),
          ofTheirs: lostChanges(kind, base, theirs, merged),
        };
        expect(lost).toEqual({ ofOurs: [], ofTheirs: [] });
      }),
      RUNS,
    );
  });

  test("[G7] with the sides exchanged the result is the same, but for which is called ours", () => {
    fc.assert(
      fc.property(three(record), ({ base, ours, theirs }) => {
        const one = mergeRecord(kind, { base, ours, theirs });
        const other = mergeRecord(kind, { base, ours: theirs, theirs: ours });
        expect(one && exchanged(one)).toEqual(other && inOneOrder(other));
      }),
      RUNS,
    );
  });

  test("[G1] a side that changed nothing has no say, and what both have is the result", () => {
    fc.assert(
      fc.property(three(record), ({ base, ours }) => {
        expect(content(mergeRecord(kind, { base, ours, theirs: base }))).toEqual(content(ours));
        expect(content(mergeRecord(kind, { base, ours: base, theirs: ours }))).toEqual(
          content(ours),
        );
        expect(content(mergeRecord(kind, { base, ours, theirs: ours }))).toEqual(content(ours));
      }),
    );
  });

  test("[G4] the merged file is a valid state file, written exactly as the store writes it", () => {
    fc.assert(
      fc.property(three(record), ({ base, ours, theirs }) => {
        const sides = {
          base: toFile(kind, base),
          ours: toFile(kind, ours),
          theirs: toFile(kind, theirs),
        };
        const merged = mergeDocuments(kinds[kind], sides, NOW);
        if (!merged.ok) throw new Error(merged.invalid.detail);
        expect(rewritten(kinds[kind], merged.bytes)).toBe(merged.bytes.toString());
      }),
    );
  });
});

function content(record: Fields | undefined): unknown {
  return record && { ...record, version: 0 };
}

function toFile(kind: Kind, record: Fields | undefined): Buffer {
  const id = String(record?.["id"] ?? record?.["lock_id"]);
  return Buffer.from(
    JSON.stringify({ kind, schema: 1, items: record === undefined ? {} : { [id]: record } }),
  );
}

function rewritten<K extends Kind>(definition: KindDefinition<K>, bytes: Buffer): string {
  const document = parseDocument(definition, bytes, { now: NOW });
  if (!document.ok) throw new Error(document.detail);
  const entries = [...document.entries].map(([id, { record }]: [string, { record: RecordOf[K] }]) =>
    createEntry(definition, id, record),
  );
  return Buffer.concat(StoredCollection.of(entries, 0).toFile(definition.kind)).toString();
}
