/**
 * The log: appended to by us, and now and then by git or a person.
 *
 *   1. One write and one fdatasync per batch; what is not whole is taken back to the byte.
 *   2. A torn tail (a last line without its end, a last commit without its last line, a last batch
 *      with holes) was never acknowledged: it is cut and kept aside. Any other unreadable line is
 *      refused with its number.
 *   3. The place of every event is known by position, offset and a checksum of all that stands before.
 *   4. Reading what others wrote succeeds as a whole, or leaves everything as it was.
 *
 * In which of its files a place stands is the matter of `segments.ts`.
 */
import { join } from "node:path";
import type { KyrosEvent } from "#contracts/event";
import { newToken } from "../kernel/ids.ts";
import type { Disk } from "./disk.ts";
import { unconfirmed } from "./fatal-fault.ts";
import { commitPart, decodeLine, endsCommit, type EncodedLine } from "./log-line.ts";
import { LogIndex, START, type Place } from "./log-index.ts";
import type { ReadLine } from "./log-reader.ts";
import { Segments, type Segment } from "./segments.ts";

export class BrokenLog extends Error {
  override readonly name = "BrokenLog";
  readonly line: number;

  constructor(path: string, line: number, reason: string) {
    super(
      `${path}, line ${line}: ${reason}. Mend the line; nothing is written until it can be read.`,
    );
    this.line = line;
  }
}

/** Sees each event that is read from the file, in order. */
export type Visit = (line: ReadLine) => void;

export interface JournalStart {
  readonly place: Place;
  readonly index: LogIndex;
  /** The time of the last event before the place. */
  readonly latest: number;
}

const BEGINNING = (): JournalStart => ({ place: START, index: new LogIndex(), latest: 0 });
const CHUNK_BYTES = 4 << 20;
const TEMPORARY = ".kyros-tmp";

/** A batch is never larger; what is, was not torn by a power cut. */
const LARGEST_TORN_BYTES = 256 << 20;

export class Journal {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #segmentBytes: number;
  #segments: Segments;
  #index: LogIndex;
  #end: Place;
  #latest: number;
  #history = 0;

  private constructor(
    where: { disk: Disk; folder: string; segmentBytes: number },
    segments: Segments,
    start: JournalStart,
  ) {
    this.#disk = where.disk;
    this.#folder = where.folder;
    this.#segmentBytes = where.segmentBytes;
    this.#segments = segments;
    this.#index = start.index;
    this.#end = start.place;
    this.#latest = start.latest;
  }

  /** @throws BrokenLog */
  static async open(ports: {
    disk: Disk;
    folder: string;
    segments: Segments;
    /** A file of the log that has this many bytes is closed. */
    segmentBytes: number;
    /** Keeps the bytes of a torn tail. */
    keepAside: (bytes: Buffer) => void;
    /** Trusted up to here: the caller has compared the checksum. Undefined: from the beginning. */
    start: JournalStart | undefined;
    visit: Visit;
  }): Promise<Journal> {
    const { disk, folder, segments, start = BEGINNING() } = ports;
    const journal = new Journal(ports, segments, start);
    try {
      for (const name of disk.list(folder)) {
        if (name.endsWith(TEMPORARY)) disk.unlink(join(folder, name));
      }
      // The file may be new: its name has to outlive a power cut as its lines do.
      await disk.syncFolder(folder);
      const broken = await journal.#readOn(ports.visit);
      if (broken !== undefined) await journal.#cut(broken, ports.keepAside);
    } catch (error) {
      journal.close();
      throw error;
    }
    return journal;
  }

  get end(): Place {
    return this.#end;
  }

  get index(): LogIndex {
    return this.#index;
  }

  /** Another number for each history: after a change, what was read before says nothing any more. */
  get history(): number {
    return this.#history;
  }

  /** The time of the last event. */
  get latest(): number {
    return this.#latest;
  }

  /** What is known of each file of the log. */
  get segments(): readonly Segment[] {
    return this.#segments.known;
  }

  /** Where a person finds the line that stands behind so many others. */
  whereIs(position: number): {
    readonly path: string;
    readonly name: string;
    readonly line: number;
  } {
    return this.#segments.whereIs(position);
  }

  /**
   * Between batches: goes on in a new file when the last one is full.
   *
   * @throws FatalFault when it is not known whether the new file's name will last.
   */
  async rotate(): Promise<void> {
    if (this.#end.offset - this.#segments.closedSize < this.#segmentBytes) return;
    if (!this.#segments.extend(this.#end)) return;
    await this.#disk.syncFolder(this.#folder).catch((error: unknown) => {
      throw unconfirmed(error);
    });
  }

  /** Writes; not yet durable. When it fails, some of the bytes may stand there: take them back. */
  append(lines: readonly EncodedLine[]): Promise<void> {
    return this.#segments.append(lines.map((line) => line.bytes));
  }

  sync(): Promise<void> {
    return this.#segments.syncData();
  }

  /** Undoes an append that was not confirmed. */
  takeBack(): void {
    this.#segments.truncate(this.#end.offset);
  }

  /**
   * After the sync: the lines are part of the log. Answers false when somebody else appended at the
   * same moment, so that the lines stand elsewhere than thought; read on to see where.
   */
  confirm(lines: readonly EncodedLine[]): boolean {
    const bytes = lines.reduce((sum, line) => sum + line.bytes.length, 0);
    if (this.#segments.size !== this.#end.offset + bytes) return false;
    for (const line of lines) {
      const offset = this.#end.offset + line.bytes.length;
      this.#step(line.event, { position: this.#end.position + 1, offset, crc: line.crc });
    }
    return true;
  }

  /** What others did to the log since we last looked. */
  look(): "same" | "grown" | "replaced" | "missing" {
    return this.#segments.look(this.#end.offset);
  }

  /** Takes in lines that others appended. @throws BrokenLog */
  async readOn(visit: Visit): Promise<void> {
    const index = new LogIndex(this.#index.blocks);
    const start = { place: this.#end, index, latest: this.#latest };
    const ahead = this.#another(this.#segments, start);
    await ahead.#readAll(visit);
    this.#become(ahead);
  }

  /**
   * Whether the files in the folder still begin with everything that was read or written so far. If so,
   * they are the log from now on.
   */
  async follow(): Promise<boolean> {
    const segments = Segments.open(this.#disk, this.#folder, "existing");
    if (!(await segments.beginsWith(this.segments, this.#end))) {
      segments.close();
      return false;
    }
    this.#segments.close();
    this.#segments = segments;
    return true;
  }

  /** The history is another one now: reads the folder from the beginning. @throws BrokenLog */
  async startOver(visit: Visit): Promise<void> {
    const segments = Segments.open(this.#disk, this.#folder, "existing");
    const anew = this.#another(segments, BEGINNING());
    try {
      await anew.#readAll(visit);
    } catch (error) {
      segments.close();
      throw error;
    }
    this.#segments.close();
    this.#become(anew);
    this.#history += 1;
  }

  /** Names are gone, the bytes are not: gives them their names back, unless somebody else did. */
  async restore(): Promise<void> {
    for (const { path, from, until } of this.#segments.missing()) {
      const temporary = `${path}.${newToken()}${TEMPORARY}`;
      const copy = this.#disk.open(temporary, "new");
      try {
        const end = Math.min(until, this.#end.offset);
        for (let at = from; at < end; at += CHUNK_BYTES) {
          await copy.write([await this.read(at, Math.min(CHUNK_BYTES, end - at))]);
        }
        await copy.sync();
        this.#disk.link(temporary, path);
      } finally {
        copy.close();
        this.#disk.unlink(temporary);
      }
    }
    await this.#disk.syncFolder(this.#folder);
    await this.follow();
  }

  read(offset: number, length: number): Promise<Buffer> {
    return this.#segments.read(offset, length);
  }

  close(): void {
    this.#segments.close();
  }

  #another(segments: Segments, start: JournalStart): Journal {
    const where = { disk: this.#disk, folder: this.#folder, segmentBytes: this.#segmentBytes };
    return new Journal(where, segments, start);
  }

  #step(event: KyrosEvent, end: Place): void {
    const time = Date.parse(event.ts);
    this.#index.add(this.#end, time);
    this.#latest = time;
    this.#end = end;
  }

  #become(other: Journal): void {
    this.#segments = other.#segments;
    this.#index = other.#index;
    this.#end = other.#end;
    this.#latest = other.#latest;
  }

  async #readAll(visit: Visit): Promise<void> {
    const broken = await this.#readOn(visit);
    if (broken !== undefined) throw this.#brokenLog(broken);
  }

  #brokenLog({ place, reason }: Broken): BrokenLog {
    const { path, line } = this.whereIs(place);
    return new BrokenLog(path, line, reason);
  }

  /** Reads whole commits up to the end of the log, or to where it is broken. */
  async #readOn(visit: Visit): Promise<Broken | undefined> {
    let commit: ReadLine[] = [];
    const take = () => {
      for (const line of commit) {
        this.#step(line.event, line.end);
        visit(line);
      }
      commit = [];
    };
    const { end, stopped } = await this.#segments.readOn(this.#end, (line) => {
      // A merge may have cut a commit of another branch short; what follows it is a new one.
      if (commit.length > 0 && commitPart(line.event).index === 0) take();
      commit.push(line);
      if (endsCommit(line.event)) take();
    });
    if (stopped === undefined && commit.length === 0) return undefined;
    const { reason, isLast } = stopped ?? { reason: "its commit has no end", isLast: true };
    return { place: end.position, reason, isLast };
  }

  async #cut(broken: Broken, keepAside: (bytes: Buffer) => void): Promise<void> {
    const length = this.#segments.size - this.#end.offset;
    if (this.#end.offset < this.#segments.closedSize) throw this.#brokenLog(broken);
    if (!broken.isLast && length > LARGEST_TORN_BYTES) throw this.#brokenLog(broken);
    const rest = await this.read(this.#end.offset, length);
    if (!broken.isLast && !isTornBatch(rest)) throw this.#brokenLog(broken);
    keepAside(rest);
    this.#segments.truncate(this.#end.offset);
    await this.#segments.syncData();
  }
}

interface Broken {
  /** How many lines stand before the unreadable one. */
  readonly place: number;
  readonly reason: string;
  /** No line follows the unreadable one. */
  readonly isLast: boolean;
}

/**
 * Of a batch that was not synced yet, a power cut may keep later parts and lose earlier ones, which
 * then read as zeros. No line holds a zero otherwise; and what follows it is of the same moment, since
 * no batch is begun before the one before it is durable.
 */
function isTornBatch(bytes: Buffer): boolean {
  if (!bytes.includes(0)) return false;
  const events = bytes.toString("utf8").split("\n").map(decodeLine);
  const moments = events.flatMap((event) => (typeof event === "string" ? [] : [event.ts]));
  return new Set(moments).size <= 1;
}
