/** What two states of the board have and have not in common, record by record and field by field. Pure. */
import { conflictsOf, type MergeConflict } from "#contracts/merge-conflict";
import { KINDS, type Kind } from "#contracts/state";
import { compareIds } from "../kernel/natural-order.ts";
import { namesOf, same, valueOf, type Fields } from "./three-way.ts";

export type Records = Readonly<Record<Kind, ReadonlyMap<string, Fields>>>;

export interface RecordDiff {
  readonly kind: Kind;
  readonly id: string;
  readonly what: "added" | "removed" | "changed";
  /** As it is afterwards; of one that is gone, as it was. */
  readonly record: Fields;
  /** Of one that is in both. A value that is missing was, or is, not there. */
  readonly fields: readonly FieldDiff[];
  /** What earlier merges left open in it. */
  readonly conflicts: readonly MergeConflict[];
}

export interface FieldDiff {
  readonly field: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** They follow from the other changes, or change all the time. */
const KEPT: readonly string[] = [
  "version",
  "updated_at",
  "last_seen",
  "heartbeat_at",
  "expires_at",
  "conflicts",
];

export function diffBoards(before: Records, after: Records): readonly RecordDiff[] {
  return KINDS.flatMap((kind) => diffKind(kind, before[kind], after[kind]));
}

function diffKind(
  kind: Kind,
  before: ReadonlyMap<string, Fields>,
  after: ReadonlyMap<string, Fields>,
): RecordDiff[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .toSorted(compareIds)
    .flatMap((id): RecordDiff[] => {
      const [old, now] = [before.get(id), after.get(id)];
      const record = now ?? old;
      if (record === undefined) return [];
      const conflicts = now === undefined ? [] : conflictsOf(now);
      const shown = { kind, id, record, conflicts };
      if (old === undefined) return [{ ...shown, what: "added", fields: [] }];
      if (now === undefined) return [{ ...shown, what: "removed", fields: [] }];
      const fields = diffFields(old, now);
      const isSame =
        fields.length === 0 && same(valueOf(old, "conflicts"), valueOf(now, "conflicts"));
      return isSame ? [] : [{ ...shown, what: "changed", fields }];
    });
}

function diffFields(old: Fields, now: Fields): FieldDiff[] {
  return namesOf(old, now)
    .filter((field) => !KEPT.includes(field) && !same(valueOf(old, field), valueOf(now, field)))
    .map((field) => ({
      field,
      ...(Object.hasOwn(old, field) && { before: old[field] }),
      ...(Object.hasOwn(now, field) && { after: now[field] }),
    }));
}
