/**
 * Opens a collaboration folder: takes the lock, reads the log (or, with a checkpoint, the end of it),
 * redoes what a crash left undone, and takes in what was edited while no server ran.
 */
import { dirname, join } from "node:path";
import { isKind, KINDS } from "#contracts/state";
import type { Clock } from "../kernel/clock.ts";
import { newToken } from "../kernel/ids.ts";
import { readCheckpoint, type Checkpoint } from "./checkpoint.ts";
import { realDisk, type Disk } from "./disk.ts";
import type { AdoptedEvent } from "./draft.ts";
import { FileEventLog } from "./event-log.ts";
import { FolderStore, type FileStore } from "./file-store.ts";
import { cannotOpen } from "./health.ts";
import { Memory } from "./idempotency.ts";
import { acquireInstanceLock, waitForInstanceLock, type InstanceLock } from "./instance-lock.ts";
import { Journal, type JournalStart } from "./journal.ts";
import type { KindDefinitions } from "./kind.ts";
import { Ledger } from "./ledger.ts";
import { LogIndex } from "./log-index.ts";
import { recover } from "./recover.ts";
import { SEGMENT_BYTES, Segments } from "./segments.ts";
import { SetAside } from "./set-aside.ts";
import { Snapshot } from "./snapshot.ts";
import { StateFiles } from "./state-files.ts";
import { setAside, type Folder } from "./take-in.ts";
import { watchFolders } from "./watch.ts";

export interface OpenOptions {
  /** The collaboration folder; made, with empty state, when it is not there. */
  readonly folder: string;
  readonly kinds: KindDefinitions;
  readonly clock: Clock;
  readonly disk?: Disk;
  /** Notice edits as they happen. A command that holds the folder for a moment need not. */
  readonly watch?: boolean;
  /** How long to wait for a command that has the folder. */
  readonly patienceMs?: number;
  /** A file of the log that has this many bytes is closed, and the log goes on in a new one. */
  readonly segmentBytes?: number;
  /** Another proof of ownership, where the disk is not the machine's own. */
  readonly acquireLock?: typeof acquireInstanceLock;
}

/**
 * @throws FolderInUse when another process owns the folder.
 * @throws BrokenLog when a line of the log that is not a torn tail cannot be read.
 * @throws StoreFault when the disk does not let it be opened.
 */
export async function openFileStore(options: OpenOptions): Promise<FileStore> {
  try {
    return await open(options);
  } catch (error) {
    throw cannotOpen(options.folder, error);
  }
}

async function open(options: OpenOptions): Promise<FileStore> {
  const { folder: root, clock, disk = realDisk } = options;
  const { acquireLock = acquireInstanceLock } = options;
  const paths = foldersOf(root);
  for (const path of Object.values(paths)) disk.makeFolder(path);
  const lock = await waitForInstanceLock(
    () => acquireLock(disk, paths.private, root, clock.now()),
    options.patienceMs ?? 0,
  );
  try {
    // What stands in the folders is durable only if they are.
    for (const path of [root, dirname(root)]) await disk.syncFolder(path);
    return await openLocked(options, disk, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openLocked(
  options: OpenOptions,
  disk: Disk,
  lock: InstanceLock,
): Promise<FileStore> {
  const { folder: root, kinds, clock } = options;
  const paths = foldersOf(root);
  const files = new StateFiles(disk, paths.state, paths.private, kinds);
  files.sweep();
  const memory = new Memory();
  const last = readCheckpoint(disk, paths.private);
  const segments = Segments.open(disk, paths.events, "append");
  const checkpoint = await usable(last, segments);
  const ledger = toLedger(checkpoint, last, memory);
  const journal = await openJournal(options, disk, segments, checkpoint, ledger);
  try {
    const log = new FileEventLog(journal);
    const aside = new SetAside(disk, paths.private);
    const folder: Folder = { files, journal, log, kinds, aside };
    const lift = liftOf(last, journal.end.position);
    const found = await recover(folder, { ledger, checkpoint, lift }, clock.now());
    const { position, crc } = journal.end;
    const snapshot = new Snapshot({ collections: found.collections, position, crc, lift });
    const store = new FolderStore({
      disk,
      folder,
      lock,
      clock,
      memory,
      lastVersions: ledger.versions(),
      snapshot,
      privateFolder: paths.private,
    });
    const leftovers = await buried(folder, paths.state);
    await store.adopt({ events: [...found.events, ...leftovers.events], rewrite: found.rewrite });
    leftovers.drop();
    if (options.watch === true) {
      store.watch(watchFolders([paths.state, paths.events], () => store.hint()));
    }
    return store;
  } catch (error) {
    journal.close();
    throw error;
  }
}

export function foldersOf(root: string) {
  return {
    state: join(root, "state"),
    events: join(root, "events"),
    private: join(root, ".kyros"),
  };
}

/** The checkpoint, if the log still begins with what it was made from. */
async function usable(
  checkpoint: Checkpoint | undefined,
  segments: Segments,
): Promise<Checkpoint | undefined> {
  if (checkpoint === undefined) return undefined;
  const isSame = await segments.beginsWith(checkpoint.segments, checkpoint.place);
  return isSame ? checkpoint : undefined;
}

function toLedger(
  checkpoint: Checkpoint | undefined,
  last: Checkpoint | undefined,
  memory: Memory,
): Ledger {
  const records = new Map(
    Object.entries(last?.records ?? {}).map(([name, [version, content]]) => [
      name,
      { version, content: content ?? undefined },
    ]),
  );
  if (checkpoint === undefined) return new Ledger(memory, { former: records });
  for (const answer of checkpoint.answers) memory.add(answer);
  return new Ledger(memory, {
    records,
    revisions: new Map(KINDS.map((kind) => [kind, checkpoint.revisions[kind] ?? 0])),
  });
}

/** So that the sequence goes on growing when somebody shortened the log while no server ran. */
function liftOf(last: Checkpoint | undefined, position: number): number {
  return last === undefined ? 0 : Math.max(last.lift, last.lift + last.place.position - position);
}

function openJournal(
  { folder: root, clock, segmentBytes = SEGMENT_BYTES }: OpenOptions,
  disk: Disk,
  segments: Segments,
  checkpoint: Checkpoint | undefined,
  ledger: Ledger,
): Promise<Journal> {
  const start: JournalStart | undefined = checkpoint && {
    place: checkpoint.place,
    index: toIndex(checkpoint),
    latest: checkpoint.latest,
  };
  return Journal.open({
    disk,
    folder: foldersOf(root).events,
    segments,
    segmentBytes,
    start,
    visit: ({ event, end }) => ledger.visit(event, end.position),
    keepAside(bytes) {
      const quarantine = join(foldersOf(root).private, "quarantine");
      disk.makeFolder(quarantine);
      disk.writeText(join(quarantine, `torn-${clock.now()}-${newToken()}.jsonl`), bytes);
    },
  });
}

function toIndex(checkpoint: Checkpoint): LogIndex {
  return new LogIndex(
    checkpoint.blocks.map(([position, offset, crc, latest]) => ({ position, offset, crc, latest })),
  );
}

/** Edits that a process buried and did not live to take in. */
async function buried(
  { files, aside }: Folder,
  stateFolder: string,
): Promise<{ events: AdoptedEvent[]; drop: () => void }> {
  const leftovers = files.captures.leftovers(stateFolder);
  const events: AdoptedEvent[] = [];
  for (const { path, kind } of leftovers) {
    if (!isKind(kind)) continue;
    const reason = "the server was killed in the moment in which this was saved";
    events.push(setAside(kind, await aside.keep(path, kind), [], reason));
  }
  return {
    events,
    drop() {
      for (const { path } of leftovers) files.captures.drop(path);
    },
  };
}
