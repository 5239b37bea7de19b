/**
 * Does the log, replayed from its first line, give the state files? Reads only, takes no lock, and so
 * works beside a running server:
 *
 *   1. The files are read before the log. What stands in a file stood in the log first, so a file is
 *      never ahead. It may be behind for as long as a server takes to write it.
 *   2. Anything else may be a save under way; it counts when it is still there, and the same, after a
 *      moment.
 */
import { join } from "node:path";
import type { Kind, RecordOf } from "#contracts/state";
import type { Clock } from "../kernel/clock.ts";
import { toInstant } from "../kernel/instant.ts";
import { monotonicMs } from "../kernel/stopwatch.ts";
import { sleep } from "../kernel/timers.ts";
import { compareIds } from "../kernel/natural-order.ts";
import { sameJson } from "./canonical.ts";
import { errorCode, realDisk, type Disk } from "./disk.ts";
import { parseDocument, type Document } from "./document.ts";
import { createEntry, type StoredEntry } from "./entry.ts";
import { mayLive, readHolder } from "./holder.ts";
import type { KindDefinition, KindDefinitions } from "./kind.ts";
import { nameOf } from "./ledger.ts";
import { START } from "./log-index.ts";
import { changesOf, commitPart, endsCommit } from "./log-line.ts";
import type { ReadLine } from "./log-reader.ts";
import { foldersOf } from "./open-file-store.ts";
import { Replay } from "./replay.ts";
import { Segments } from "./segments.ts";

export interface Verification {
  readonly events: number;
  /** How many records of each kind the files hold. */
  readonly records: Readonly<Record<Kind, number>>;
  readonly differences: readonly Difference[];
}

export interface Difference {
  readonly part: "log" | "file" | "record";
  /** `events/events.jsonl:7`, `state/tasks.json:12:3` or `tasks/T-100`. */
  readonly where: string;
  readonly what: string;
  /** What differs of a record that stands in both, presence aside. Absent values are left out. */
  readonly fields?: readonly { readonly field: string; file?: unknown; log?: unknown }[];
}

interface Options {
  readonly folder: string;
  readonly kinds: KindDefinitions;
  readonly clock: Clock;
  readonly disk?: Disk;
}

/** A server brings its files up to the log within two seconds. */
const MOST_BEHIND_MS = 3_000;
/** It takes in an edit within a quarter of one; an editor's save is quicker still. */
const SETTLED_MS = 600;
const LOOK_EVERY_MS = 200;
const MOST_LOOKS = 10;

export async function verifyFolder(options: Options): Promise<Verification> {
  let found = await look(options);
  let seenSince = new Map<string, number>();
  for (let looks = 1; looks < MOST_LOOKS && found.differences.length > 0; looks += 1) {
    const now = monotonicMs();
    seenSince = new Map(
      found.differences.map((difference) => {
        const text = JSON.stringify(difference);
        return [text, seenSince.get(text) ?? now];
      }),
    );
    if (now - Math.max(...seenSince.values()) >= SETTLED_MS) break;
    await sleep(LOOK_EVERY_MS);
    found = await look(options);
  }
  return found;
}

async function look({ folder, kinds, clock, disk = realDisk }: Options): Promise<Verification> {
  const holder = readHolder(disk, foldersOf(folder).private);
  const isServed = holder !== undefined && mayLive(holder);
  const recentSince = isServed ? clock.now() - MOST_BEHIND_MS : Number.POSITIVE_INFINITY;
  const files: { readonly [K in Kind]: FileContent<K> } = {
    tasks: await readState(folder, kinds.tasks, disk),
    agents: await readState(folder, kinds.agents, disk),
    locks: await readState(folder, kinds.locks, disk),
  };
  const log = await readLog(folder, kinds, disk, recentSince);
  const compare = <K extends Kind>(definition: KindDefinition<K>, file: FileContent<K>) =>
    compareKind(definition, file, log);
  return {
    events: log.events,
    records: {
      tasks: sizeOf(files.tasks),
      agents: sizeOf(files.agents),
      locks: sizeOf(files.locks),
    },
    differences: [
      ...log.differences,
      ...compare(kinds.tasks, files.tasks),
      ...compare(kinds.agents, files.agents),
      ...compare(kinds.locks, files.locks),
    ],
  };
}

type FileContent<K extends Kind> = Document<RecordOf[K]> | "missing";

async function readState<K extends Kind>(
  folder: string,
  definition: KindDefinition<K>,
  disk: Disk,
): Promise<FileContent<K>> {
  try {
    const bytes = await disk.read(join(foldersOf(folder).state, definition.file));
    return parseDocument(definition, bytes, { now: toInstant(0) });
  } catch (error) {
    if (errorCode(error) === "ENOENT") return "missing";
    throw error;
  }
}

function sizeOf<K extends Kind>(content: FileContent<K>): number {
  return content !== "missing" && content.ok ? content.entries.size : 0;
}

interface Log {
  readonly events: number;
  readonly differences: readonly Difference[];
  /** False where a line in the middle cannot be read: then the rest of it says nothing. */
  readonly isWhole: boolean;
  readonly replay: Replay;
  /** File and line of a line that is counted from the beginning of the log. */
  readonly whereIs: (line: number) => string;
  /** By record: the last line that changed it, and what that line says it is since. */
  readonly last: ReadonlyMap<string, Stated>;
  /** By record: what it was until a moment ago, as its file may still have it. */
  readonly recent: ReadonlyMap<string, readonly Stated[]>;
}

/** How a record stands by one line of the log; without a hash: not there. */
interface Stated {
  readonly line: number;
  readonly version: number;
  readonly hash: string | undefined;
}

const NOT_YET: Stated = { line: 0, version: 0, hash: undefined };

async function readLog(
  folder: string,
  kinds: KindDefinitions,
  disk: Disk,
  recentSince: number,
): Promise<Log> {
  const replay = new Replay(kinds);
  const last = new Map<string, Stated>();
  const recent = new Map<string, Stated[]>();
  const read = { replay, last, recent };
  const segments = openLog(folder, disk);
  if (segments === undefined) {
    return { events: 0, differences: [], isWhole: true, whereIs: () => "", ...read };
  }
  let events = 0;
  let open: ReadLine[] = [];
  const take = () => {
    for (const { event, end } of open) {
      replay.apply(event);
      for (const { kind, id, version, hash } of changesOf(event)) {
        const name = nameOf(kind, id);
        if (Date.parse(event.ts) >= recentSince) {
          recent.set(name, [...(recent.get(name) ?? []), last.get(name) ?? NOT_YET]);
        }
        last.set(name, { line: end.position, version, hash });
      }
    }
    events += open.length;
    open = [];
  };
  const whereIs = (line: number) => {
    const found = segments.whereIs(line - 1);
    return `${found.name}:${found.line}`;
  };
  try {
    const { stopped } = await segments.readOn(START, (line) => {
      // Where a merge cut a commit short, the next one begins all the same.
      if (commitPart(line.event).index === 0) take();
      open.push(line);
      if (endsCommit(line.event)) take();
    });
    const where = whereIs(events + open.length + 1);
    const isWhole = stopped?.isLast ?? true;
    return { events, differences: brokenEnd(stopped, open, where), isWhole, whereIs, ...read };
  } finally {
    segments.close();
  }
}

function openLog(folder: string, disk: Disk): Segments | undefined {
  try {
    return Segments.open(disk, foldersOf(folder).events, "read");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function brokenEnd(
  stopped: { readonly reason: string; readonly isLast: boolean } | undefined,
  open: readonly ReadLine[],
  where: string,
): Difference[] {
  const at = { part: "log", where } as const;
  if (stopped?.isLast === false) {
    return [
      { ...at, what: `${stopped.reason}. Mend the line; nothing behind it can be compared.` },
    ];
  }
  const torn = "The next start keeps it aside: it was never acknowledged.";
  if (stopped !== undefined) return [{ ...at, what: `${stopped.reason}. ${torn}` }];
  return open.length === 0 ? [] : [{ ...at, what: `the last commit has no end. ${torn}` }];
}

function compareKind<K extends Kind>(
  definition: KindDefinition<K>,
  file: FileContent<K>,
  log: Log,
): Difference[] {
  const records = log.replay.records(definition.kind);
  const where = `state/${definition.file}`;
  if (file === "missing") {
    return records.size === 0 ? [] : [{ part: "file", where, what: "the file is not there" }];
  }
  if (!file.ok) {
    return [{ part: "file", where: `${where}:${file.line}:${file.column}`, what: file.detail }];
  }
  if (!log.isWhole) return [];
  return [...new Set([...records.keys(), ...file.entries.keys()])]
    .toSorted(compareIds)
    .flatMap((id) => {
      const record = records.get(id);
      const entry = record && createEntry(definition, id, record);
      const name = nameOf(definition.kind, id);
      const found = compareRecord(definition, name, file.entries.get(id), entry, log);
      return found === undefined ? [] : [{ part: "record", where: name, ...found }];
    });
}

type Entry<K extends Kind> = StoredEntry<RecordOf[K]> | undefined;

function compareRecord<K extends Kind>(
  definition: KindDefinition<K>,
  name: string,
  inFile: Entry<K>,
  inLog: Entry<K>,
  { last, recent, whereIs }: Log,
): Pick<Difference, "what" | "fields"> | undefined {
  const isBehind = recent.get(name)?.some((stated) => states(stated, inFile)) ?? false;
  if (isBehind) return undefined;
  if (inLog === undefined) return { what: "the file has it, the log does not" };
  const vouched = last.get(name) ?? NOT_YET;
  if (vouched.hash !== inLog.content) {
    return { what: `${whereIs(vouched.line)} does not lead to the record it says it does` };
  }
  if (inFile === undefined) return { what: "the log has it, the file does not" };
  if (inFile.content === inLog.content && inFile.version === inLog.version) return undefined;
  return { what: "file and log differ", fields: fieldsThatDiffer(definition, inFile, inLog) };
}

function states(stated: Stated, entry: { version: number; content: string } | undefined): boolean {
  return (
    stated.hash === entry?.content && (entry === undefined || stated.version === entry.version)
  );
}

function fieldsThatDiffer<K extends Kind>(
  { volatile }: KindDefinition<K>,
  inFile: StoredEntry<RecordOf[K]>,
  inLog: StoredEntry<RecordOf[K]>,
): NonNullable<Difference["fields"]> {
  const file = new Map<string, unknown>(Object.entries(inFile.record));
  const log = new Map<string, unknown>(Object.entries(inLog.record));
  return [...new Set([...file.keys(), ...log.keys()])]
    .filter((field) => !volatile.includes(field) && !sameJson(file.get(field), log.get(field)))
    .map((field) => ({
      field,
      ...(file.has(field) && { file: file.get(field) }),
      ...(log.has(field) && { log: log.get(field) }),
    }));
}
