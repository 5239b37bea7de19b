/**
 * The records at open, from the state files and what the log vouches for:
 *
 *   same in both                        it stands
 *   the file stands before the last     the process ended between log and file: done again (S2)
 *   two batches of the log, or, if it
 *   is large, before its last seconds
 *   the file stands there, but was      both, field by field; where they touch the same one, the
 *   edited since                        edit, which says so
 *   the file is gone                    written again from the log, or gone with its records
 *   the file cannot be read             the log gives the last good state to serve (S11)
 *   the log goes back to before what    somebody went back, as git does: taken in like an edit, so
 *   an earlier run gave out             that no version is given twice (S12)
 *   anything else                       somebody's edit, taken in with an event (S5, S12)
 */
import type { Kind, RecordOf } from "#contracts/state";
import type { Instant } from "../kernel/instant.ts";
import { redo } from "./change.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { StoredCollection } from "./collection.ts";
import type { AdoptedEvent } from "./draft.ts";
import { createEntry, type StoredEntry } from "./entry.ts";
import { isMarginal, toEdit, toEvents, type Edit } from "./external.ts";
import type { KindDefinition } from "./kind.ts";
import { mayLag } from "./follower.ts";
import { mergeFields, tellOf, type Told } from "./late-edits.ts";
import { LONGEST_LAG_MS, nameOf, type Lag, type Ledger, type Vouched } from "./ledger.ts";
import { changeMarks, Replay } from "./replay.ts";
import type { Collections } from "./snapshot.ts";
import type { Trusted } from "./state-files.ts";
import type { Folder } from "./take-in.ts";

export interface Recovered {
  readonly collections: Collections;
  readonly events: readonly AdoptedEvent[];
  /** Files that have to be written although no record changes. */
  readonly rewrite: readonly Kind[];
}

interface RecoveredKind<R> {
  readonly entries: StoredEntry<R>[];
  readonly events: AdoptedEvent[];
  readonly rewrite: boolean;
  /** What the file holds, where that is not the same. */
  readonly inFile?: StoredCollection<R>;
}

export async function recover(
  folder: Folder,
  told: {
    readonly ledger: Ledger;
    readonly checkpoint: Checkpoint | undefined;
    /** What the sequence is ahead of the position in the log. */
    readonly lift: number;
  },
  now: Instant,
): Promise<Recovered> {
  const { ledger, checkpoint, lift } = told;
  const events: AdoptedEvent[] = [];
  const rewrite: Kind[] = [];
  const one = async <K extends Kind>(kind: K) => {
    const found = await recoverKind(folder, kind, ledger, trustedBy(checkpoint, kind), now);
    events.push(...found.events);
    if (found.rewrite) rewrite.push(kind);
    const collection = StoredCollection.of(found.entries, lift + ledger.revision(kind));
    folder.files.settle(kind, found.inFile ?? collection);
    return collection;
  };
  const collections: Collections = {
    tasks: await one("tasks"),
    agents: await one("agents"),
    locks: await one("locks"),
  };
  return { collections, events, rewrite };
}

function trustedBy(checkpoint: Checkpoint | undefined, kind: Kind): Trusted | undefined {
  if (checkpoint === undefined) return undefined;
  const { files, records } = checkpoint;
  return {
    trusted: files[kind],
    contentOf: (id) => records[nameOf(kind, id)]?.[1] ?? undefined,
  };
}

async function recoverKind<K extends Kind>(
  folder: Folder,
  kind: K,
  ledger: Ledger,
  trusted: Trusted | undefined,
  now: Instant,
): Promise<RecoveredKind<RecordOf[K]>> {
  const definition = folder.kinds[kind];
  const isKnown = !ledger.living(kind)[Symbol.iterator]().next().done;
  const found = await folder.files.load(kind, now, undefined, trusted);
  if (found === "missing") {
    if (!isKnown) return { entries: [], events: [], rewrite: true };
    if (definition.whenMissing === "restore") {
      return { entries: await fromLog(folder, kind), events: [], rewrite: true };
    }
    // Each file is there before the first batch is: to be gone is never to be behind.
    return { ...(await compare(folder, kind, new Map(), ledger, "none", now)), rewrite: true };
  }
  if (found.ok) {
    const lag = mayLag(folder.files.sizeBytes(kind)) ? LONGEST_LAG_MS : "last batches";
    const inFile = StoredCollection.of(found.entries.values(), 0);
    return { ...(await compare(folder, kind, found.entries, ledger, lag, now)), inFile };
  }
  const { file, line, column, detail } = found;
  const rejected = {
    event: "state_rejected",
    target: `state:${kind}`,
    details: { file, line, column, detail },
  };
  return { entries: await fromLog(folder, kind), events: [rejected], rewrite: false };
}

async function compare<K extends Kind>(
  folder: Folder,
  kind: K,
  inFile: ReadonlyMap<string, StoredEntry<RecordOf[K]>>,
  ledger: Ledger,
  lag: Lag,
  now: Instant,
): Promise<RecoveredKind<RecordOf[K]>> {
  const definition: KindDefinition<K> = folder.kinds[kind];
  const entries: StoredEntry<RecordOf[K]>[] = [];
  const edited = new Map<string, StoredEntry<RecordOf[K]> | undefined>();
  let rewrite = false;
  for (const id of new Set([...inFile.keys(), ...ledger.living(kind)])) {
    const entry = inFile.get(id);
    const vouched = ledger.get(kind, id);
    const isOlder = ledger.isBefore(kind, id);
    if (entry !== undefined && entry.content === vouched?.content && !isOlder) {
      // A version is ours to give, whatever stands in the file.
      const known = withVersion(definition, entry, vouched.version);
      if (known !== entry) rewrite = true;
      entries.push(known);
      continue;
    }
    const again = isOlder
      ? "nothing pending"
      : redoPending(definition, id, entry, ledger, lag, now);
    if (again !== "nothing pending") {
      if (again !== undefined) entries.push(again);
      rewrite = true;
      continue;
    }
    edited.set(id, entry);
  }
  const edits: Edit[] = [];
  const told = await tellOf(folder, kind, knownTo(ledger, kind, edited, lag));
  for (const [id, entry] of edited) {
    const found = toLateEdit(definition, id, entry, ledger.get(kind, id), told.get(id), now);
    if ("change" in found) edits.push(found);
    else entries.push(found);
  }
  return { entries, events: toEvents(edits), rewrite: rewrite || edits.length < edited.size };
}

/**
 * The records of which the log can say what changed, each with the version that the file shows where
 * the last commits may just not have reached it.
 */
function knownTo(
  ledger: Ledger,
  kind: Kind,
  edited: ReadonlyMap<string, { readonly version: number } | undefined>,
  lag: Lag,
): Map<string, number | undefined> {
  const known = new Map<string, number | undefined>();
  for (const [id, entry] of edited) {
    const isTold = ledger.get(kind, id)?.content !== undefined && !ledger.isBefore(kind, id);
    if (entry === undefined || !isTold) continue;
    const isLate = ledger.mayShow(kind, id, entry.version, lag);
    known.set(id, isLate ? entry.version : undefined);
  }
  return known;
}

/** The edit; or the record as the log tells it, where the editor came to the same. */
function toLateEdit<K extends Kind>(
  definition: KindDefinition<K>,
  id: string,
  entry: StoredEntry<RecordOf[K]> | undefined,
  vouched: Vouched | undefined,
  told: Told<RecordOf[K]> | undefined,
  now: Instant,
): Edit | StoredEntry<RecordOf[K]> {
  const last = told?.last && createEntry(definition, id, told.last);
  // A log that was merged from two branches may lead elsewhere than it says.
  const before = last?.content === vouched?.content ? last : undefined;
  const { after, overruled } = mergeLate(definition, entry, before, told?.shown, now);
  if (after !== undefined && after.content === before?.content) return after;
  const edit = toEdit(definition, id, before, after);
  const isKnown = vouched?.content !== undefined;
  const what = after === undefined ? "deleted" : isKnown ? "changed" : "created";
  return { ...edit, what, overruled, atLeast: vouched === undefined ? edit.atLeast : 1 };
}

function mergeLate<K extends Kind>(
  definition: KindDefinition<K>,
  entry: StoredEntry<RecordOf[K]> | undefined,
  last: StoredEntry<RecordOf[K]> | undefined,
  shown: RecordOf[K] | undefined,
  now: Instant,
): { after: StoredEntry<RecordOf[K]> | undefined; overruled: readonly string[] } {
  const asEdited = { after: entry, overruled: [] };
  if (entry === undefined || last === undefined || shown === undefined) return asEdited;
  const { merged, overruled } = mergeFields(shown, last.record, entry.record);
  const read = definition.read(entry.id, { ...merged, version: last.version }, now);
  // What does not go together is the editor's: the file is the truth.
  if (!read.ok) return asEdited;
  return {
    after: createEntry(definition, entry.id, read.record),
    overruled: overruled.filter((name) => !isMarginal(definition, name)),
  };
}

function redoPending<K extends Kind>(
  definition: KindDefinition<K>,
  id: string,
  entry: StoredEntry<RecordOf[K]> | undefined,
  ledger: Ledger,
  lag: Lag,
  now: Instant,
): StoredEntry<RecordOf[K]> | undefined | "nothing pending" {
  const pending = ledger.pending(definition.kind, id, entry, lag);
  if (pending.length === 0) return "nothing pending";
  let record = entry?.record;
  for (const change of pending) record = redo(definition, record, change, now);
  const again = record && createEntry(definition, id, record);
  // Where doing it again does not lead to what the log says, the file was not what it seemed to be.
  if (again?.content !== ledger.get(definition.kind, id)?.content) return "nothing pending";
  return again;
}

function withVersion<K extends Kind>(
  definition: KindDefinition<K>,
  entry: StoredEntry<RecordOf[K]>,
  version: number,
): StoredEntry<RecordOf[K]> {
  if (entry.version === version) return entry;
  return createEntry(definition, entry.id, { ...entry.record, version });
}

async function fromLog<K extends Kind>(
  { log, kinds }: Folder,
  kind: K,
): Promise<StoredEntry<RecordOf[K]>[]> {
  const replay = new Replay(kinds);
  for await (const batch of log.scan({ after: 0, containing: changeMarks(kind) })) {
    for (const { event } of batch) replay.apply(event);
  }
  const definition = kinds[kind];
  return [...replay.records(kind)].map(([id, record]) => createEntry(definition, id, record));
}
