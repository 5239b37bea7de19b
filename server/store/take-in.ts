/**
 * Taking in what others did to the folder, before each batch: lines appended to the log, a log that
 * was rewritten, state files that were edited, and edits that our own replacing buried.
 *
 * What is found becomes events with the actor `file`, written like any other batch. Only when that is
 * durable does it count as seen: a full disk or a kill in between loses no edit.
 */
import type { Kind } from "#contracts/state";
import type { Instant } from "../kernel/instant.ts";
import { sleep } from "../kernel/timers.ts";
import type { Capture } from "./captures.ts";
import { StoredCollection } from "./collection.ts";
import type { AdoptedEvent } from "./draft.ts";
import { errorCode } from "./disk.ts";
import type { Versions } from "./disputes.ts";
import { editsBetween, splitLateEdits, toEvents } from "./external.ts";
import { toLogEntry, type FileEventLog } from "./event-log.ts";
import { Memory } from "./idempotency.ts";
import { BrokenLog, type Journal } from "./journal.ts";
import type { KindDefinitions } from "./kind.ts";
import { Ledger, nameOf } from "./ledger.ts";
import { changesOf } from "./log-line.ts";
import type { LogEntry } from "./port.ts";
import type { SetAside } from "./set-aside.ts";
import type { Snapshot } from "./snapshot.ts";
import type { StateBase, StateFiles } from "./state-files.ts";

export interface Folder {
  readonly files: StateFiles;
  readonly journal: Journal;
  readonly log: FileEventLog;
  readonly kinds: KindDefinitions;
  readonly aside: SetAside;
}

export interface TakenIn {
  readonly events: readonly AdoptedEvent[];
  /** Files to be written although no record changed. */
  readonly rewrite: readonly Kind[];
}

/** What the state files say now that they did not say before. */
export async function takeInFiles(
  folder: Folder,
  snapshot: Snapshot,
  now: Instant,
): Promise<TakenIn> {
  const taken = { events: [], rewrite: [] };
  for (const kind of folder.files.changed(now)) {
    await takeInFile(folder, kind, snapshot, now, taken);
  }
  return taken;
}

async function takeInFile(
  { files, kinds, aside }: Folder,
  kind: Kind,
  snapshot: Snapshot,
  now: Instant,
  taken: { readonly events: AdoptedEvent[]; readonly rewrite: Kind[] },
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
    const { adopt, conflicting } = splitLateEdits(edits, found.entries, base, current);
    taken.events.push(...toEvents(adopt));
    if (conflicting.length > 0) {
      const path = await aside.keep(files.path(kind), kind);
      taken.events.push(setAside(kind, path, conflicting, CONFLICT));
    }
    files.settle(kind, StoredCollection.of(found.entries.values(), 0));
    // Also where nothing differs: only a file of ours shows by its stamp that nobody wrote to it.
    taken.rewrite.push(kind);
  } else if (JSON.stringify(found) !== JSON.stringify(wasInvalid)) {
    const { file, line, column, detail } = found;
    taken.events.push({
      event: "state_rejected",
      target: `state:${kind}`,
      details: { file, line, column, detail },
    });
  }
}

/** Edits that were made in what our own replacing buried. After the files, which were saved later. */
export async function takeInBuried(
  folder: Folder,
  snapshot: Snapshot,
  now: Instant,
): Promise<TakenIn> {
  const events: AdoptedEvent[] = [];
  for (const capture of folder.files.captures.unexpected(now)) {
    events.push(...(await readBuried(folder, capture, snapshot, now)));
  }
  return { events, rewrite: [] };
}

async function readBuried(
  { files, kinds, aside }: Folder,
  capture: Capture<StateBase>,
  snapshot: Snapshot,
  now: Instant,
): Promise<AdoptedEvent[]> {
  const { kind, base, path } = capture;
  const { captures } = files;
  const stamp = captures.stamp(capture);
  const bytes = await captures.read(capture);
  const found = files.parse(kind, bytes, now, base);
  // Half a save: the other half may come within the moment.
  if (!found.ok && captures.mayStillBeWritten(capture, now)) return [];
  files.afterwards(() => captures.seen(capture, stamp, now));
  if (!found.ok) {
    // Somebody else's file that vanished while we wrote may be anything, such as a lock or a backup.
    if (!capture.isTarget && !looksLikeState(bytes, kind)) return [];
    const reason = `the file could not be read: line ${found.line}, column ${found.column}: ${found.detail}`;
    return [setAside(kind, await aside.keep(path, kind), [], reason)];
  }
  const edits = editsBetween(kinds[kind], base, found.entries);
  const current = snapshot.collection(kind);
  const { adopt, conflicting } = splitLateEdits(edits, found.entries, base, current);
  const events = toEvents(adopt);
  if (conflicting.length === 0) return events;
  return [...events, setAside(kind, await aside.keep(path, kind), conflicting, CONFLICT)];
}

/** Whether somebody meant this to be a state file, however badly it came out. */
function looksLikeState(bytes: Buffer, kind: Kind): boolean {
  return bytes.includes('"items"') && bytes.includes(`"${kind}"`);
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

export type LogTakenIn =
  | { readonly what: "nothing" }
  | { readonly what: "grown"; readonly entries: LogEntry[]; readonly versions: Versions }
  | { readonly what: "rewritten"; readonly ledger: Ledger; readonly memory: Memory };

/** Git takes a file away before it writes the new one, and both take a moment. */
const PATIENCE_MS = [20, 40, 80];
const QUIET_MS = 60;

/**
 * Takes in what others did to the log.
 *
 * @throws BrokenLog when it cannot be read; nothing may be written then.
 */
export async function takeInLog({ journal }: Folder): Promise<LogTakenIn> {
  if (journal.look() === "same") return { what: "nothing" };
  for (const ms of PATIENCE_MS) {
    try {
      if (journal.look() !== "missing") return await readLog(journal);
    } catch (error) {
      // Gone again, or half written: somebody may be in the middle of it.
      if (!(error instanceof BrokenLog) && errorCode(error) !== "ENOENT") throw error;
    }
    await sleep(ms);
  }
  if (journal.look() !== "missing") return readLog(journal);
  await journal.restore();
  return { what: "nothing" };
}

async function readLog(journal: Journal): Promise<LogTakenIn> {
  if (!(await journal.follow())) {
    // An editor empties the file before it writes it. And whoever rewrites the log, as git does, is
    // about to rewrite the state files as well.
    await sleep(QUIET_MS);
    if (!(await journal.follow())) return startOver(journal);
  }
  return { what: "grown", ...(await readOn(journal)) };
}

async function startOver(journal: Journal): Promise<LogTakenIn> {
  const memory = new Memory();
  const ledger = new Ledger(memory);
  await journal.startOver(({ event, end }) => ledger.visit(event, end.position));
  return { what: "rewritten", ledger, memory };
}

/** @param own lines that are ours: only what others say about records is of interest. */
export async function readOn(
  journal: Journal,
  own: readonly LogEntry[] = [],
): Promise<{ entries: LogEntry[]; versions: Versions }> {
  const entries: LogEntry[] = [];
  const versions = new Map<string, number>();
  const ownIds = new Set(own.map(({ event }) => event.id));
  await journal.readOn((line) => {
    entries.push(toLogEntry(line));
    if (ownIds.has(line.event.id)) return;
    for (const { kind, id, version } of changesOf(line.event)) {
      const name = nameOf(kind, id);
      versions.set(name, Math.max(version, versions.get(name) ?? 0));
    }
  });
  return { entries, versions };
}
