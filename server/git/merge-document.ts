/** The three-way merge of a state file, record by record. Pure. */
import { conflictsOf, type MergeConflict } from "#contracts/merge-conflict";
import type { Kind, RecordOf } from "#contracts/state";
import type { Instant } from "../kernel/instant.ts";
import { compareIds } from "../kernel/natural-order.ts";
import { StoredCollection } from "../store/collection.ts";
import { parseDocument, type Invalid } from "../store/document.ts";
import { createEntry, type StoredEntry } from "../store/entry.ts";
import type { KindDefinition } from "../store/kind.ts";
import { keepApart, mergeRecord } from "./merge.ts";
import { isNoneOf, mapSides, toFields, type Sides } from "./three-way.ts";

export type MergedDocument =
  | {
      readonly ok: true;
      /** As the store writes it. */
      readonly bytes: Buffer;
      /** What this merge left open. What earlier ones did is in the records, and no news. */
      readonly conflicts: readonly { readonly id: string; readonly conflict: MergeConflict }[];
    }
  | { readonly ok: false; readonly side: keyof Sides<unknown>; readonly invalid: Invalid };

type Entry<K extends Kind> = StoredEntry<RecordOf[K]>;

/** @param sides the bytes of the file; git gives an empty base where both sides made it. */
export function mergeDocuments<K extends Kind>(
  definition: KindDefinition<K>,
  sides: Sides<Buffer>,
  now: Instant,
): MergedDocument {
  const read = (bytes: Buffer, known?: ReadonlyMap<string, Entry<K>>) =>
    parseDocument(definition, bytes, { now, ...(known !== undefined && { known }) });
  const base = sides.base.length === 0 ? NOTHING : read(sides.base);
  if (!base.ok) return { ok: false, side: "base", invalid: base };
  const ours = read(sides.ours, base.entries);
  if (!ours.ok) return { ok: false, side: "ours", invalid: ours };
  const theirs = read(sides.theirs, base.entries);
  if (!theirs.ok) return { ok: false, side: "theirs", invalid: theirs };

  const all = { base: base.entries, ours: ours.entries, theirs: theirs.entries };
  const ids = new Set([...ours.entries.keys(), ...theirs.entries.keys()]);
  const merged = [...ids].toSorted(compareIds).flatMap((id) => {
    const found = mapSides<ReadonlyMap<string, Entry<K>>, Entry<K> | undefined>(all, (side) =>
      side.get(id),
    );
    const entry = mergeEntry(definition, id, found, now);
    return entry === undefined ? [] : [{ entry, open: newIn(entry, found) }];
  });
  const collection = StoredCollection.of(
    merged.map(({ entry }) => entry),
    0,
  );
  return {
    ok: true,
    bytes: Buffer.concat(collection.toFile(definition.kind)),
    conflicts: merged.flatMap(({ entry: { id }, open }) =>
      open.map((conflict) => ({ id, conflict })),
    ),
  };
}

const NOTHING = { ok: true, entries: new Map<string, never>() } as const;

function mergeEntry<K extends Kind>(
  definition: KindDefinition<K>,
  id: string,
  { base, ours, theirs }: Sides<Entry<K> | undefined>,
  now: Instant,
): Entry<K> | undefined {
  if (base?.etag === theirs?.etag || ours?.etag === theirs?.etag) return ours;
  if (base?.etag === ours?.etag) return theirs;
  const sides = mapSides({ base, ours, theirs }, (entry) => entry && toFields(entry.record));
  const merged = mergeRecord(definition.kind, sides);
  if (merged === undefined) return undefined;
  const first = definition.read(id, merged, now);
  if (first.ok) return createEntry(definition, id, first.record);
  // Each side fits the schema, their union may not: too many labels, for example.
  const misfits = new Set(first.issues.map(({ pointer }) => pointer.split("/")[1] ?? ""));
  const second = definition.read(
    id,
    [...misfits].reduce((record, field) => keepApart(record, field, sides), merged),
    now,
  );
  if (second.ok) return createEntry(definition, id, second.record);
  throw new Error(`${id} does not fit its schema after the merge: ${second.issues[0]?.detail}`);
}

function newIn(
  entry: { readonly record: object },
  { ours, theirs }: Sides<{ readonly record: object } | undefined>,
): readonly MergeConflict[] {
  const before = [ours, theirs].flatMap((side) => (side && conflictsOf(side.record)) ?? []);
  return conflictsOf(entry.record).filter(isNoneOf(before));
}
