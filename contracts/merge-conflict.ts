/**
 * What a merge of two branches could not decide. It stands in the record that it is about, in the list
 * `conflicts`, until somebody takes it out. `ours` and `theirs` are git's words: the branch that was
 * merged into, and the one that was merged.
 */
export type MergeConflict = FieldConflict | DeletionConflict;

/** Both sides changed one field. A member that is missing: there was nothing on that side. */
export interface FieldConflict {
  /** `title`, or for an item of the definition of done `dod.d1` or `dod.d1.text`. */
  readonly field: string;
  /** What stands in the field now. */
  readonly ours?: unknown;
  readonly theirs?: unknown;
  readonly base?: unknown;
}

/** One side deleted the record and the other changed it: it is still there. */
export interface DeletionConflict {
  readonly deleted_by: "ours" | "theirs";
}

/** The open conflicts of a record; what a person wrote there in another form is left out. */
export function conflictsOf(record: object): readonly MergeConflict[] {
  const conflicts: unknown = "conflicts" in record ? record.conflicts : undefined;
  return Array.isArray(conflicts) ? conflicts.filter(isConflict) : [];
}

function isConflict(value: unknown): value is MergeConflict {
  if (typeof value !== "object" || value === null) return false;
  if ("field" in value) return typeof value.field === "string";
  return "deleted_by" in value && (value.deleted_by === "ours" || value.deleted_by === "theirs");
}
