/**
 * The log file: appended to by us, and now and then by git or a person.
 *
 *   1. One write and one fdatasync per batch; what is not whole is taken back to the byte.
 *   2. A torn tail (a last line without its end, a last commit without its last line, a last batch
 *      with holes) was never acknowledged: it is cut and kept aside. Any other unreadable line is
 *      refused with its number.
 *   3. The place of every event is known by position, offset and a checksum of all that stands before.
 *   4. Reading what others wrote succeeds as a whole, or leaves everything as it was.
 */
import { dirname, join } from "node:path";
import type { KyrosEvent } from "#contracts/event";
import { newToken } from "../kernel/ids.ts";
import type { Disk, DiskFile } from "./disk.ts";
import { commitPart, decodeLine, endsCommit, type EncodedLine } from "./log-line.ts";
import { LogIndex, START, type Place } from "./log-index.ts";
import { checksum, readLines, type ReadLine } from "./log-reader.ts";

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
  readonly #path: string;
  #file: DiskFile;
  #inode: bigint;
  #index: LogIndex;
  #end: Place;
  #latest: number;
  #history = 0;

  private constructor(disk: Disk, path: string, file: DiskFile, start: JournalStart) {
    this.#disk = disk;
    this.#path = path;
    this.#file = file;
    this.#inode = file.stamp().inode;
    this.#index = start.index;
    this.#end = start.place;
    this.#latest = start.latest;
  }

  /** @throws BrokenLog */
  static async open(ports: {
    disk: Disk;
    path: string;
    /** Keeps the bytes of a torn tail. */
    keepAside: (bytes: Buffer) => void;
    /** Trusted up to here: the caller has compared the checksum. Undefined: from the beginning. */
    start: JournalStart | undefined;
    visit: Visit;
  }): Promise<Journal> {
    const { disk, path, start = BEGINNING() } = ports;
    for (const name of disk.list(dirname(path))) {
      if (name.endsWith(TEMPORARY)) disk.unlink(join(dirname(path), name));
    }
    const journal = new Journal(disk, path, disk.open(path, "append"), start);
    try {
      // The file may be new: its name has to outlive a power cut as its lines do.
      await disk.syncFolder(dirname(path));
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

  /** Writes; not yet durable. When it fails, some of the bytes may stand there: take them back. */
  append(lines: readonly EncodedLine[]): Promise<void> {
    return this.#file.write(lines.map((line) => line.bytes));
  }

  sync(): Promise<void> {
    return this.#file.syncData();
  }

  /** Undoes an append that was not confirmed. */
  takeBack(): void {
    this.#file.truncate(this.#end.offset);
  }

  /**
   * After the sync: the lines are part of the log. Answers false when somebody else appended at the
   * same moment, so that the lines stand elsewhere than thought; read on to see where.
   */
  confirm(lines: readonly EncodedLine[]): boolean {
    const bytes = lines.reduce((sum, line) => sum + line.bytes.length, 0);
    if (this.#file.stamp().size !== BigInt(this.#end.offset + bytes)) return false;
    for (const line of lines) {
      const offset = this.#end.offset + line.bytes.length;
      this.#step(line.event, { position: this.#end.position + 1, offset, crc: line.crc });
    }
    return true;
  }

  /** What others did to the file since we last looked. */
  look(): "same" | "grown" | "replaced" | "missing" {
    const stamp = this.#disk.stamp(this.#path);
    if (stamp === undefined) return "missing";
    if (stamp.inode !== this.#inode) return "replaced";
    if (stamp.size === BigInt(this.#end.offset)) return "same";
    return stamp.size > BigInt(this.#end.offset) ? "grown" : "replaced";
  }

  /** Takes in lines that others appended. @throws BrokenLog */
  async readOn(visit: Visit): Promise<void> {
    const index = new LogIndex(this.#index.blocks);
    const start = { place: this.#end, index, latest: this.#latest };
    const ahead = new Journal(this.#disk, this.#path, this.#file, start);
    await ahead.#readAll(visit);
    this.#become(ahead);
  }

  /**
   * Whether the file at the path still begins with everything that was read or written so far. If so,
   * it is the file from now on.
   */
  async follow(): Promise<boolean> {
    const file = this.#disk.open(this.#path, "existing");
    if ((await checksum(file, this.#end.offset)) !== this.#end.crc) {
      file.close();
      return false;
    }
    this.#file.close();
    this.#file = file;
    this.#inode = file.stamp().inode;
    return true;
  }

  /** The history is another one now: reads the file at the path from the beginning. @throws BrokenLog */
  async startOver(visit: Visit): Promise<void> {
    const file = this.#disk.open(this.#path, "existing");
    const anew = new Journal(this.#disk, this.#path, file, BEGINNING());
    try {
      await anew.#readAll(visit);
    } catch (error) {
      file.close();
      throw error;
    }
    this.#file.close();
    this.#become(anew);
    this.#history += 1;
  }

  /** The name is gone, the bytes are not: gives them their name back, unless somebody else did. */
  async restore(): Promise<void> {
    const temporary = `${this.#path}.${newToken()}${TEMPORARY}`;
    const copy = this.#disk.open(temporary, "new");
    try {
      for (let at = 0; at < this.#end.offset; at += CHUNK_BYTES) {
        await copy.write([await this.read(at, Math.min(CHUNK_BYTES, this.#end.offset - at))]);
      }
      await copy.sync();
      this.#disk.link(temporary, this.#path);
    } finally {
      copy.close();
      this.#disk.unlink(temporary);
    }
    await this.#disk.syncFolder(dirname(this.#path));
    await this.follow();
  }

  read(offset: number, length: number): Promise<Buffer> {
    return this.#file.read(offset, length);
  }

  close(): void {
    this.#file.close();
  }

  #step(event: KyrosEvent, end: Place): void {
    const time = Date.parse(event.ts);
    this.#index.add(this.#end, time);
    this.#latest = time;
    this.#end = end;
  }

  #become(other: Journal): void {
    this.#file = other.#file;
    this.#inode = other.#inode;
    this.#index = other.#index;
    this.#end = other.#end;
    this.#latest = other.#latest;
  }

  async #readAll(visit: Visit): Promise<void> {
    const broken = await this.#readOn(visit);
    if (broken !== undefined) throw this.#brokenLog(broken);
  }

  #brokenLog({ line, reason }: Broken): BrokenLog {
    return new BrokenLog(this.#path, line, reason);
  }

  /** Reads whole commits up to the end of the file, or to where it is broken. */
  async #readOn(visit: Visit): Promise<Broken | undefined> {
    const size = Number(this.#file.stamp().size);
    let commit: ReadLine[] = [];
    const take = () => {
      for (const line of commit) {
        this.#step(line.event, line.end);
        visit(line);
      }
      commit = [];
    };
    const { stopped } = await readLines(this, this.#end, { until: size }, (line) => {
      // A merge may have cut a commit of another branch short; what follows it is a new one.
      if (commit.length > 0 && commitPart(line.event).index === 0) take();
      commit.push(line);
      if (endsCommit(line.event)) take();
    });
    if (this.#end.offset === size) return undefined;
    const line = this.#end.position + commit.length + 1;
    const { reason, isLast } = stopped ?? { reason: "its commit has no end", isLast: true };
    return { line, reason, isLast, size };
  }

  async #cut(broken: Broken, keepAside: (bytes: Buffer) => void): Promise<void> {
    const length = broken.size - this.#end.offset;
    if (!broken.isLast && length > LARGEST_TORN_BYTES) throw this.#brokenLog(broken);
    const rest = await this.read(this.#end.offset, length);
    if (!broken.isLast && !isTornBatch(rest)) throw this.#brokenLog(broken);
    keepAside(rest);
    this.#file.truncate(this.#end.offset);
    await this.#file.sync();
  }
}

interface Broken {
  readonly line: number;
  readonly reason: string;
  /** No line follows the unreadable one. */
  readonly isLast: boolean;
  readonly size: number;
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
