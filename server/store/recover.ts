/**
 * The records at open, from the state files and what the log vouches for:
 *
 *   same in both                        it stands
 *   the file stands before the last     the process ended between log and file: done again (S2)
 *   two batches of the log, or, if it
 *   is large, before its last seconds
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
import { toEdit, toEvents, type Edit } from "./external.ts";
import type { KindDefinition } from "./kind.ts";
import { mayLag } from "./follower.ts";
import { LONGEST_LAG_MS, nameOf, type Lag, type Ledger } from "./ledger.ts";
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
    return { ...compare(definition, new Map(), ledger, "none", now), rewrite: true };
  }
  if (found.ok) {
    const lag = mayLag(folder.files.sizeBytes(kind)) ? LONGEST_LAG_MS : "last batches";
    const inFile = StoredCollection.of(found.entries.values(), 0);
    return { ...compare(definition, found.entries, ledger, lag, now), inFile };
  }
  const { file, line, column, detail } = found;
  const rejected = {
    event: "state_rejected",
    target: `state:${kind}`,
    details: { file, line, column, detail },
  };
  return { entries: await fromLog(folder, kind), events: [rejected], rewrite: false };
}

function compare<K extends Kind>(
  definition: KindDefinition<K>,
  inFile: ReadonlyMap<string, StoredEntry<RecordOf[K]>>,
  ledger: Ledger,
  lag: Lag,
  now: Instant,
): RecoveredKind<RecordOf[K]> {
  const { kind } = definition;
  const entries: StoredEntry<RecordOf[K]>[] = [];
  const edits: Edit[] = [];
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
    const edit = toEdit(definition, id, undefined, entry);
    const known = vouched?.content !== undefined;
    const what = entry === undefined ? "deleted" : known ? "changed" : "created";
    edits.push({ ...edit, what, atLeast: vouched === undefined ? edit.atLeast : 1 });
  }
  return { entries, events: toEvents(edits), rewrite };
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
