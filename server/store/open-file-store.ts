/**
 * Opens a collaboration folder: takes the lock, reads the log (or, with a checkpoint, the end of it),
 * redoes what a crash left undone, and takes in what was edited while no server ran.
 */
import { join } from "node:path";
import { isKind, KINDS } from "#contracts/state";
import type { Clock } from "../kernel/clock.ts";
import type { Instant } from "../kernel/instant.ts";
import { readCheckpoint, type Checkpoint } from "./checkpoint.ts";
import { realDisk, type Disk } from "./disk.ts";
import type { AdoptedEvent } from "./draft.ts";
import { FileEventLog } from "./event-log.ts";
import { FolderStore, type FileStore } from "./file-store.ts";
import { Memory } from "./idempotency.ts";
import { acquireInstanceLock, waitForInstanceLock } from "./instance-lock.ts";
import { Journal, type JournalStart } from "./journal.ts";
import type { KindDefinitions } from "./kind.ts";
import { Ledger } from "./ledger.ts";
import { LogIndex, START } from "./log-index.ts";
import { checksum } from "./log-reader.ts";
import { recover } from "./recover.ts";
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
}

/**
 * @throws FolderInUse when another process owns the folder.
 * @throws BrokenLog when a line of the log that is not a torn tail cannot be read.
 */
export async function openFileStore(options: OpenOptions): Promise<FileStore> {
  const { folder: root, kinds, clock, disk = realDisk } = options;
  const paths = foldersOf(root);
  for (const path of Object.values(paths)) disk.makeFolder(path);
  const lock = await waitForInstanceLock(
    () => acquireInstanceLock(disk, paths.private, root, clock.now()),
    options.patienceMs ?? 0,
  );
  try {
    const files = new StateFiles(disk, paths.state, paths.private, kinds);
    files.sweep();
    const memory = new Memory();
    const last = readCheckpoint(disk, paths.private);
    const checkpoint = await usable(last, disk, root);
    const ledger = toLedger(checkpoint, memory);
    const journal = await openJournal(disk, root, checkpoint, ledger, clock);
    if (checkpoint?.place.position === journal.end.position) ledger.settle();
    const log = new FileEventLog(journal);
    const folder: Folder = { files, journal, log, kinds, privateFolder: paths.private };
    const found = await recover(folder, ledger, checkpoint, clock.now());
    const snapshot = new Snapshot({
      collections: found.collections,
      position: journal.end.position,
      crc: journal.end.crc,
      lift: liftOf(last, journal.end.position),
    });
    const lastVersions = new Map(
      [...ledger.records].map(([name, { version }]) => [name, version] as const),
    );
    const store = new FolderStore({ disk, folder, lock, clock, memory, lastVersions, snapshot });
    await store.adopt([...found.events, ...buried(folder, clock.now())], found.rewrite);
    if (options.watch === true) {
      store.watch(watchFolders([paths.state, paths.events], () => store.hint()));
    }
    return store;
  } catch (error) {
    lock.release();
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

export function logPath(root: string): string {
  return join(root, "events", "events.jsonl");
}

/** The checkpoint, if the log still begins with what it was made from. */
async function usable(
  checkpoint: Checkpoint | undefined,
  disk: Disk,
  root: string,
): Promise<Checkpoint | undefined> {
  const size = disk.stamp(logPath(root))?.size ?? 0n;
  if (checkpoint === undefined || size < BigInt(checkpoint.place.offset)) return undefined;
  const file = disk.open(logPath(root), "read");
  try {
    const crc = await checksum(file, checkpoint.place.offset);
    return crc === checkpoint.place.crc ? checkpoint : undefined;
  } finally {
    file.close();
  }
}

function toLedger(checkpoint: Checkpoint | undefined, memory: Memory): Ledger {
  if (checkpoint === undefined) return new Ledger(memory);
  for (const answer of checkpoint.answers) memory.add(answer);
  return new Ledger(memory, {
    records: new Map(
      Object.entries(checkpoint.records).map(([name, [version, content]]) => [
        name,
        { version, content: content ?? undefined },
      ]),
    ),
    revisions: new Map(KINDS.map((kind) => [kind, checkpoint.revisions[kind] ?? 0])),
  });
}

/** So that the sequence goes on growing when somebody shortened the log while no server ran. */
function liftOf(last: Checkpoint | undefined, position: number): number {
  return last === undefined ? 0 : Math.max(last.lift, last.lift + last.place.position - position);
}

function openJournal(
  disk: Disk,
  root: string,
  checkpoint: Checkpoint | undefined,
  ledger: Ledger,
  clock: Clock,
): Promise<Journal> {
  const start: JournalStart =
    checkpoint === undefined
      ? { place: START, index: new LogIndex(), latest: 0 }
      : { place: checkpoint.place, index: toIndex(checkpoint), latest: checkpoint.latest };
  return Journal.open({
    disk,
    path: logPath(root),
    start,
    visit: ({ event, end }) => ledger.visit(event, end.position),
    keepAside(bytes) {
      const quarantine = join(foldersOf(root).private, "quarantine");
      disk.makeFolder(quarantine);
      disk.writeText(join(quarantine, `torn-${clock.now()}.jsonl`), bytes);
    },
  });
}

function toIndex(checkpoint: Checkpoint): LogIndex {
  return new LogIndex(
    checkpoint.blocks.map(([position, offset, crc, latest]) => ({ position, offset, crc, latest })),
  );
}

/** Edits that a process buried and did not live to take in. */
function buried({ files, privateFolder }: Folder, now: Instant): AdoptedEvent[] {
  return files.captures.leftovers().flatMap(({ path, kind, untouched }) => {
    if (untouched || !isKind(kind)) {
      files.captures.drop(path);
      return [];
    }
    const aside = files.setAside({ path, kind }, privateFolder, now);
    return [
      setAside(kind, aside, [], "the server was killed in the moment in which this was saved"),
    ];
  });
}
