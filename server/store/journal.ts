/**
 * The log file: appended to by us, and now and then by git or a person.
 *
 *   1. One write and one fdatasync per batch; what is not whole is taken back to the byte.
 *   2. A torn tail (a last line without its end, or a last commit without its last line) was never
 *      acknowledged: it is cut and kept aside. Any other unreadable line is refused with its number.
 *   3. The place of every event is known by position, offset and a checksum of all that stands before.
 */
import type { KyrosEvent } from "#contracts/event";
import type { Disk, DiskFile, Stamp } from "./disk.ts";
import { commitPart, endsCommit, type EncodedLine } from "./log-line.ts";
import { LogIndex, type Place } from "./log-index.ts";
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

const CHUNK_BYTES = 4 << 20;

export class Journal {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #keepAside: (bytes: Buffer) => void;
  #file: DiskFile;
  #inode: bigint;
  #index: LogIndex;
  #end: Place;
  #latest: number;

  private constructor(
    disk: Disk,
    path: string,
    keepAside: (bytes: Buffer) => void,
    start: JournalStart,
  ) {
    this.#disk = disk;
    this.#path = path;
    this.#keepAside = keepAside;
    this.#file = disk.open(path, "append");
    this.#inode = this.#file.stamp().inode;
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
    /** Trusted up to here: the caller has compared the checksum. */
    start: JournalStart;
    visit: Visit;
  }): Promise<Journal> {
    const journal = new Journal(ports.disk, ports.path, ports.keepAside, ports.start);
    try {
      await journal.#readOn(ports.visit, "cut");
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
    if (stamp.inode === this.#inode && stamp.size === BigInt(this.#end.offset)) return "same";
    return stamp.inode === this.#inode && stamp.size > BigInt(this.#end.offset)
      ? "grown"
      : "replaced";
  }

  /** Takes in lines that others appended. @throws BrokenLog, and then the log stays as it was. */
  async readOn(visit: Visit): Promise<void> {
    await this.#readOn(visit, "refuse");
  }

  /** Whether the file at the path still begins with everything that was read or written so far. */
  async stillBegins(): Promise<boolean> {
    const file = this.#disk.open(this.#path, "read");
    try {
      return (await checksum(file, this.#end.offset)) === this.#end.crc;
    } finally {
      file.close();
    }
  }

  /** Follows the path to a file that begins as the old one did. */
  reopen(): void {
    const file = this.#disk.open(this.#path, "append");
    this.#file.close();
    this.#file = file;
    this.#inode = file.stamp().inode;
  }

  /**
   * The history is another one now: reads the file at the path from the beginning.
   *
   * @throws BrokenLog, and then everything is as before: the old history can still be read.
   */
  async startOver(start: Place, visit: Visit): Promise<void> {
    const old = { file: this.#file, inode: this.#inode, index: this.#index, end: this.#end };
    const latest = this.#latest;
    this.#file = this.#disk.open(this.#path, "append");
    this.#inode = this.#file.stamp().inode;
    this.#index = new LogIndex();
    this.#end = start;
    this.#latest = 0;
    try {
      await this.readOn(visit);
    } catch (error) {
      this.#file.close();
      this.#file = old.file;
      this.#inode = old.inode;
      this.#index = old.index;
      this.#end = old.end;
      this.#latest = latest;
      throw error;
    }
    old.file.close();
  }

  /** The name is gone, the bytes are not: gives them their name back. */
  async restore(): Promise<void> {
    const copy = this.#disk.open(this.#path, "new");
    try {
      for (let at = 0; at < this.#end.offset; at += CHUNK_BYTES) {
        await copy.write([await this.read(at, Math.min(CHUNK_BYTES, this.#end.offset - at))]);
      }
      await copy.sync();
    } finally {
      copy.close();
    }
    this.reopen();
  }

  read(offset: number, length: number): Promise<Buffer> {
    return this.#file.read(offset, length);
  }

  stamp(): Stamp {
    return this.#file.stamp();
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

  async #readOn(visit: Visit, torn: "cut" | "refuse"): Promise<void> {
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
    if (this.#end.offset === size) return;
    if (torn === "refuse" || stopped?.isLast === false) {
      const line = this.#end.position + commit.length + 1;
      throw new BrokenLog(this.#path, line, stopped?.reason ?? "its commit has no end");
    }
    this.#keepAside(await this.read(this.#end.offset, size - this.#end.offset));
    this.#file.truncate(this.#end.offset);
    await this.#file.sync();
  }
}
