/**
 * The log's bytes. They stand in files of bounded size and are read as one: everything else in the
 * store speaks of places in the whole log, and only this module knows in which file a place is.
 *
 *   events.jsonl, events-000002.jsonl, events-000003.jsonl, …   the last is written to, the others are closed
 *
 *   1. No file is ever renamed or emptied: the log goes on in a new one. So a reader that has the list
 *      of a moment ago misses nothing but the newest, and git sees closed files unchanged.
 *   2. The new file's name is durable before the first line is written to it.
 *   3. A line never goes over the end of a file, and no commit of ours does.
 *   4. A closed file whose stamp is the same holds the same bytes: it is not read again to find out.
 */
import { basename, join } from "node:path";
import { sameStamp, type Disk, type DiskFile, type Stamp } from "./disk.ts";
import { checksum, readLines, type ReadLine, type ReadResult } from "./log-reader.ts";
import { START, type Place } from "./log-index.ts";

/** Below the 100 MB above which the large forges refuse a file. */
export const SEGMENT_BYTES = 64 << 20;

const FIRST = "events.jsonl";
const NAME = /^events(?:-(\d{6,}))?\.jsonl$/;

/** What is known of one file of the log. */
export interface Segment {
  /** What stands before its first line. */
  readonly start: Place;
  /** Of a closed file: as it was when it was read or written last. */
  readonly stamp: Stamp;
}

interface OpenSegment {
  readonly path: string;
  readonly number: number;
  readonly file: DiskFile;
  readonly base: number;
  /** Once all before it was read. */
  start: Place | undefined;
  stamp: Stamp;
}

export class Segments {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #open: OpenSegment[];

  private constructor(disk: Disk, folder: string, open: OpenSegment[]) {
    this.#disk = disk;
    this.#folder = folder;
    this.#open = open;
  }

  /**
   * @param how `append` makes the first file where there is none.
   * @throws ENOENT where there is none and none is to be made.
   */
  static open(disk: Disk, folder: string, how: "append" | "existing" | "read"): Segments {
    const numbers = numbersIn(disk.list(folder));
    const open: OpenSegment[] = [];
    let base = 0;
    try {
      for (const number of numbers.length === 0 ? [1] : numbers) {
        const path = join(folder, nameOf(number));
        const file = disk.open(path, how);
        const stamp = file.stamp();
        open.push({ path, number, file, base, start: base === 0 ? START : undefined, stamp });
        base += Number(stamp.size);
      }
    } catch (error) {
      for (const { file } of open) file.close();
      throw error;
    }
    return new Segments(disk, folder, open);
  }

  /** How many bytes the log has at this moment. */
  get size(): number {
    const { base, file } = this.#last;
    return base + Number(file.stamp().size);
  }

  /** How many bytes stand in the files before the last. */
  get closedSize(): number {
    return this.#last.base;
  }

  /** All that is known, file by file; of the last one, the stamp says nothing. */
  get known(): readonly Segment[] {
    return this.#open.flatMap(({ start, stamp }) =>
      start === undefined ? [] : [{ start, stamp }],
    );
  }

  async read(offset: number, length: number, into?: Buffer): Promise<Buffer> {
    const end = offset + length;
    const pieces: Buffer[] = [];
    for (const segment of this.#open) {
      const [from, until] = [Math.max(offset, segment.base), Math.min(end, this.#endOf(segment))];
      if (from >= until) continue;
      const isAll = until - from === length;
      const piece = segment.file.read(from - segment.base, until - from, isAll ? into : undefined);
      pieces.push(await piece);
    }
    const [only] = pieces;
    return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
  }

  /** Reads on from a place to the end, or to the first line that cannot be read. */
  async readOn(from: Place, onLine: (line: ReadLine) => void): Promise<ReadResult> {
    let end = from;
    for (const segment of this.#open) {
      if (this.#endOf(segment) < end.offset) continue;
      if (segment.base === end.offset) segment.start = end;
      const isLast = segment === this.#last;
      const until = isLast ? this.size : this.#endOf(segment);
      const read = await readLines(this, end, { until }, onLine);
      end = read.end;
      if (read.stopped === undefined) continue;
      return { end, stopped: { ...read.stopped, isLast: isLast && read.stopped.isLast } };
    }
    return { end };
  }

  /** Where a person finds the line that stands behind so many others. */
  whereIs(position: number): {
    readonly path: string;
    readonly name: string;
    readonly line: number;
  } {
    const found = this.#open.findLast(
      ({ start }) => start !== undefined && start.position <= position,
    );
    const { path, start = START } = found ?? this.#last;
    return { path, name: `events/${basename(path)}`, line: position - start.position + 1 };
  }

  /**
   * Whether the log still begins with what is known of it: the same bytes up to `end`, in the same
   * files.
   */
  async beginsWith(known: readonly Segment[], end: Place): Promise<boolean> {
    if (this.size < end.offset) return false;
    const starts = new Map([...known.map(({ start }) => start), end].map((at) => [at.offset, at]));
    for (const segment of this.#open) {
      if (segment.base > end.offset) break;
      segment.start = starts.get(segment.base);
      // The same bytes in other files: nothing that happens by itself, and nothing to build on.
      if (segment.start === undefined) return false;
    }
    const { start } = known[this.#untouched(known)] ?? { start: START };
    return (await checksum(this, start, end.offset)) === end.crc;
  }

  /** What others did to the files, of which so many bytes are known. */
  look(size: number): "same" | "grown" | "replaced" | "missing" {
    let isMissing = false;
    let isGrown = this.#disk.stamp(this.#nextPath) !== undefined;
    for (const segment of this.#open) {
      const stamp = this.#disk.stamp(segment.path);
      if (stamp === undefined) {
        isMissing = true;
      } else if (segment === this.#last) {
        const known = BigInt(size - segment.base);
        if (stamp.inode !== segment.stamp.inode || stamp.size < known) return "replaced";
        isGrown ||= stamp.size > known;
      } else if (!sameStamp(stamp, segment.stamp)) {
        return "replaced";
      }
    }
    if (isMissing) return "missing";
    return isGrown ? "grown" : "same";
  }

  append(pieces: readonly Buffer[]): Promise<void> {
    return this.#last.file.write(pieces);
  }

  syncData(): Promise<void> {
    return this.#last.file.syncData();
  }

  /** Cuts the last file. @param size of the whole log; not below what stands in the closed files. */
  truncate(size: number): void {
    this.#last.file.truncate(size - this.closedSize);
  }

  /**
   * The log goes on in a new file, durable once the folder is synced; or in one that somebody made first,
   * whose lines then stand before ours. Answers false where there is no room: it goes on where it is.
   *
   * @param end of the last file, which is closed.
   */
  extend(end: Place): boolean {
    const path = this.#nextPath;
    let file: DiskFile;
    try {
      file = this.#disk.open(path, "append");
    } catch {
      return false;
    }
    const last = this.#last;
    last.stamp = last.file.stamp();
    const stamp = file.stamp();
    this.#open.push({ path, number: last.number + 1, file, base: end.offset, start: end, stamp });
    return true;
  }

  /** The files whose names are gone while their bytes are not. */
  missing(): { path: string; from: number; until: number }[] {
    return this.#open
      .filter(({ path }) => this.#disk.stamp(path) === undefined)
      .map((segment) => ({ path: segment.path, from: segment.base, until: this.#endOf(segment) }));
  }

  close(): void {
    for (const { file } of this.#open) file.close();
  }

  get #last(): OpenSegment {
    const last = this.#open.at(-1);
    if (last === undefined) throw new Error("a log has at least one file");
    return last;
  }

  get #nextPath(): string {
    return join(this.#folder, nameOf(this.#last.number + 1));
  }

  /** How many of the closed files are as they were. */
  #untouched(known: readonly Segment[]): number {
    const changed = known.findIndex(({ stamp }, index) => {
      const [segment, next] = [this.#open[index], this.#open[index + 1]];
      const isKnown = next !== undefined && known[index + 1]?.start.offset === next.base;
      return !isKnown || !sameStamp(stamp, segment?.stamp);
    });
    return Math.max(0, changed);
  }

  #endOf(segment: OpenSegment): number {
    return this.#open[this.#open.indexOf(segment) + 1]?.base ?? Infinity;
  }
}

function nameOf(number: number): string {
  return number === 1 ? FIRST : `events-${String(number).padStart(6, "0")}.jsonl`;
}

/** Whether a file in the folder of the log is part of it. */
function numbersIn(names: readonly string[]): number[] {
  return names
    .flatMap((name) => {
      const match = NAME.exec(name);
      return match === null ? [] : [match[1] === undefined ? 1 : Number(match[1])];
    })
    .filter((number, index, all) => all.indexOf(number) === index)
    .toSorted((a, b) => a - b);
}
