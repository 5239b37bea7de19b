/** What somebody else's edit of a state file means, record by record. Pure. */
import type { Kind, RecordOf } from "#contracts/state";
import type { AdoptedEvent } from "./draft.ts";
import type { StoredEntry } from "./entry.ts";
import type { KindDefinition } from "./kind.ts";
import type { Change } from "./port.ts";

/** In whose name edits are logged. */
export const BY_FILE = "file";

type Entries<R> = ReadonlyMap<string, StoredEntry<R>>;

interface Known<R> {
  get(id: string): StoredEntry<R> | undefined;
  entries(): Iterable<StoredEntry<R>>;
}

export interface Edit {
  readonly change: Change;
  readonly what: "created" | "changed" | "deleted";
  readonly target: string;
  /** Which fields differ, where both are known. */
  readonly fields: readonly string[] | undefined;
  /** Guards of the workflow that the edit passed by, since the file is the truth. */
  readonly skipped: readonly string[];
  /** The version must reach at least this. */
  readonly atLeast: number;
  /** Fields that a commit had changed as well, unseen by whoever edited them. */
  readonly overruled?: readonly string[];
}

interface Contents {
  get(id: string): { readonly content: string } | undefined;
}

/** The edits that lead from what is known to what the file holds. */
export function editsBetween<K extends Kind>(
  definition: KindDefinition<K>,
  known: Known<RecordOf[K]>,
  inFile: Entries<RecordOf[K]>,
): Edit[] {
  const edits: Edit[] = [];
  for (const [id, entry] of inFile) {
    const before = known.get(id);
    if (before?.content !== entry.content) edits.push(toEdit(definition, id, before, entry));
  }
  for (const before of known.entries()) {
    if (!inFile.has(before.id)) edits.push(toEdit(definition, before.id, before, undefined));
  }
  return edits;
}

export function toEdit<K extends Kind>(
  definition: KindDefinition<K>,
  id: string,
  before: StoredEntry<RecordOf[K]> | undefined,
  after: StoredEntry<RecordOf[K]> | undefined,
): Edit {
  const { kind } = definition;
  const shown = after ?? before;
  return {
    change: { kind, id, value: after?.record ?? null } as Change,
    what: whatHappened(before, after),
    target:
      shown === undefined ? `${kind.slice(0, -1)}:${id}` : definition.eventTarget(shown.record),
    fields:
      before === undefined || after === undefined
        ? undefined
        : changedFields(definition, before, after),
    skipped: definition.skippedGuards?.(before?.record, after?.record) ?? [],
    atLeast: before === undefined ? (after?.version ?? 1) : 1,
  };
}

function whatHappened(before: unknown, after: unknown): Edit["what"] {
  if (after === undefined) return "deleted";
  return before === undefined ? "created" : "changed";
}

/**
 * An edit that was made on an older state of the file (it slipped in while we replaced the file, or
 * the file was a moment behind): what can still be done, and which records somebody else changed.
 */
export function splitLateEdits(
  edits: readonly Edit[],
  inFile: Contents,
  base: Contents,
  current: Contents,
): { adopt: Edit[]; conflicting: string[] } {
  const content = (records: Contents, { change }: Edit) => records.get(change.id)?.content;
  // Somebody else may have come to the same, or the same save was found twice.
  const open = edits.filter((edit) => content(inFile, edit) !== content(current, edit));
  const isLate = (edit: Edit) => content(base, edit) !== content(current, edit);
  return {
    adopt: open.filter((edit) => !isLate(edit)),
    conflicting: open.filter(isLate).map((edit) => edit.change.id),
  };
}

function changedFields(
  definition: Pick<KindDefinition, "volatile">,
  before: StoredEntry<object>,
  after: StoredEntry<object>,
): string[] {
  const old = new Map(Object.entries(before.record));
  const now = new Map(Object.entries(after.record));
  return [...new Set([...old.keys(), ...now.keys()])].filter(
    (name) =>
      !isMarginal(definition, name) &&
      JSON.stringify(old.get(name)) !== JSON.stringify(now.get(name)),
  );
}

/** Ours to give, or presence: no edit of a record. */
export function isMarginal({ volatile }: Pick<KindDefinition, "volatile">, name: string): boolean {
  return name === "version" || volatile.includes(name);
}

/** How edits are written down. */
export function toEvents(edits: readonly Edit[]): AdoptedEvent[] {
  return edits.map(({ change, what, target, fields, skipped, atLeast, overruled = [] }) => ({
    event: "state_edited",
    target,
    details: {
      what,
      ...(fields !== undefined && { fields }),
      ...(overruled.length > 0 && { overruled }),
      ...(skipped.length > 0 && { skipped }),
    },
    changes: [change],
    atLeast,
  }));
}
