/**
 * Taking in what others did to the folder, before each batch: lines appended to the log, a log that
 * was rewritten, state files that were edited, and edits that our own replacing buried.
 *
 * What is found becomes events with the actor `file`, written like any other batch.
 */
import { KINDS, type Kind } from "#contracts/state";
import type { Instant } from "../kernel/instant.ts";
import { StoredCollection } from "./collection.ts";
import type { AdoptedEvent } from "./draft.ts";
import { editsBetween, splitLateEdits, toEdit, type Edit } from "./external.ts";
import { toLogEntry, type FileEventLog } from "./event-log.ts";
import { Memory } from "./idempotency.ts";
import type { Journal } from "./journal.ts";
import type { KindDefinitions } from "./kind.ts";
import { Ledger } from "./ledger.ts";
import { START } from "./log-index.ts";
import { changesOf } from "./log-line.ts";
import type { LogEntry } from "./port.ts";
import type { Snapshot } from "./snapshot.ts";
import type { StateFiles } from "./state-files.ts";

export interface Folder {
  readonly files: StateFiles;
  readonly journal: Journal;
  readonly log: FileEventLog;
  readonly kinds: KindDefinitions;
  readonly privateFolder: string;
}

export interface TakenIn {
  readonly events: AdoptedEvent[];
  /** Files to be written although no record changed. */
  readonly rewrite: Kind[];
}

export const BY_FILE = "file";

/** What the log and the files say now. The snapshot is the one the caller publishes afterwards. */
export async function takeInFiles(
  folder: Folder,
  snapshot: Snapshot,
  now: Instant,
): Promise<TakenIn> {
  const taken: TakenIn = { events: [], rewrite: [] };
  for (const kind of folder.files.changed()) await takeInFile(folder, kind, snapshot, now, taken);
  for (const capture of folder.files.captures.take(now)) {
    await takeInBuried(folder, capture, snapshot, now, taken);
  }
  return taken;
}

async function takeInFile(
  { files, kinds, privateFolder }: Folder,
  kind: Kind,
  snapshot: Snapshot,
  now: Instant,
  taken: TakenIn,
): Promise<void> {
  const definition = kinds[kind];
  const current = snapshot.collection(kind);
  const base = files.base(kind);
  const wasInvalid = files.invalid(kind);
  const found = await files.load(kind, now, base);
  if (found === "missing") {
    if (definition.whenMissing === "empty") {
      taken.events.push(...toEvents(editsBetween(definition, current, new Map())));
    }
    taken.rewrite.push(kind);
  } else if (found.ok) {
    const edits = editsBetween(definition, base, found.entries);
    const { adopt, conflicting } = splitLateEdits(edits, base, current);
    taken.events.push(...toEvents(adopt));
    if (conflicting.length > 0) {
      const path = files.copyAside(kind, privateFolder, now);
      taken.events.push(setAside(kind, path, conflicting, CONFLICT));
    }
    files.settle(kind, StoredCollection.of(found.entries.values(), 0));
  } else if (JSON.stringify(found) !== JSON.stringify(wasInvalid)) {
    const { file, line, column, detail } = found;
    taken.events.push({
      event: "state_rejected",
      target: `state:${kind}`,
      details: { file, line, column, detail },
    });
  }
}

async function takeInBuried(
  { files, kinds, privateFolder }: Folder,
  capture: ReturnType<StateFiles["captures"]["take"]>[number],
  snapshot: Snapshot,
  now: Instant,
  taken: TakenIn,
): Promise<void> {
  const { kind, base } = capture;
  const definition = kinds[kind];
  const bytes = await files.captures.read(capture);
  const found = files.parse(kind, bytes, now, base);
  // Somebody else's file that vanished while we wrote may be anything, such as a lock or a backup.
  if (!found.ok && capture.expected === undefined) return files.captures.done(capture);
  const edits = found.ok ? editsBetween(definition, base, found.entries) : [];
  const current = snapshot.collection(kind);
  const { adopt, conflicting } = splitLateEdits(edits, base, current);
  taken.events.push(...toEvents(adopt));
  if (found.ok && conflicting.length === 0) return files.captures.done(capture);
  const path = files.setAside(capture, privateFolder, now);
  const reason = found.ok
    ? CONFLICT
    : `the file could not be read: line ${found.line}, column ${found.column}: ${found.detail}`;
  taken.events.push(setAside(kind, path, conflicting, reason));
}

const CONFLICT = "these records were changed by somebody else at the same moment";

/** An edit that could not be taken in, and where its author finds it. */
export function setAside(
  kind: Kind,
  path: string,
  records: readonly string[],
  reason: string,
): AdoptedEvent {
  return {
    event: "edit_set_aside",
    target: `state:${kind}`,
    details: { path, records, reason },
  };
}

/**
 * Takes in what others did to the log.
 *
 * @returns the entries to publish, or why every reader has to start over; and the records whose last
 *   line in the log is not the one we wrote.
 * @throws BrokenLog when it cannot be read; nothing may be written then.
 */
export async function takeInLog(
  folder: Folder,
): Promise<
  | { what: "nothing" }
  | { what: "grown"; entries: LogEntry[]; touched: Set<string> }
  | { what: "rewritten"; ledger: Ledger; memory: Memory }
> {
  const { journal } = folder;
  const look = journal.look();
  if (look === "same") return { what: "nothing" };
  if (look === "missing") {
    await journal.restore();
    return { what: "nothing" };
  }
  if (await journal.stillBegins()) {
    if (look === "replaced") journal.reopen();
    return { what: "grown", ...(await readOn(journal)) };
  }
  const memory = new Memory();
  const ledger = new Ledger(memory);
  await journal.startOver(START, ({ event, end }) => ledger.visit(event, end.position));
  return { what: "rewritten", ledger, memory };
}

export async function readOn(
  journal: Journal,
): Promise<{ entries: LogEntry[]; touched: Set<string> }> {
  const entries: LogEntry[] = [];
  const touched = new Set<string>();
  await journal.readOn((line) => {
    entries.push(toLogEntry(line));
    for (const { kind, id } of changesOf(line.event)) touched.add(`${kind}/${id}`);
  });
  return { entries, touched };
}

/** Puts into the log, whole, the records that it now tells differently than the state does. */
export function reassert(
  kinds: KindDefinitions,
  snapshot: Snapshot,
  differs: (kind: Kind, id: string) => boolean,
): AdoptedEvent[] {
  return KINDS.flatMap((kind) => {
    const definition = kinds[kind];
    const entries = [...snapshot.collection(kind).entries()];
    return toEvents(
      entries
        .filter((entry) => differs(kind, entry.id))
        .map((entry) => toEdit(definition, entry.id, entry, entry)),
    );
  });
}

export function toEvents(edits: readonly Edit[]): AdoptedEvent[] {
  return edits.map(({ change, what, target, fields, skipped, atLeast }) => ({
    event: "state_edited",
    target,
    details: { what, ...(fields.length > 0 && { fields }), ...(skipped.length > 0 && { skipped }) },
    changes: [change],
    atLeast,
  }));
}
