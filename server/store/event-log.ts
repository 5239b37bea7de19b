/** The log as readers see it: what is durable, in order, from memory where it is recent. */
import type { Instant } from "../kernel/instant.ts";
import type { Journal } from "./journal.ts";
import { Listeners } from "./listeners.ts";
import { START, type Block } from "./log-index.ts";
import { endsCommit, ORIGIN, parseCursor, toCursor } from "./log-line.ts";
import { readLines, type ReadLine } from "./log-reader.ts";
import { StoreFault, type EventLog, type LogEntry } from "./port.ts";

/** Tails that are this far behind read from the file; so memory does not grow with the log. */
const MOST_RECENT = 8_192;
const MOST_RECENT_CHARS = 16 << 20;

export class FileEventLog implements EventLog {
  readonly #journal: Journal;
  readonly #listeners = new Listeners();
  #recent: LogEntry[] = [];
  #recentChars = 0;
  #head: number;
  #headCursor: string;

  constructor(journal: Journal) {
    this.#journal = journal;
    this.#head = journal.end.position;
    this.#headCursor = toCursor(journal.end.position, journal.end.crc);
  }

  get head(): number {
    return this.#head;
  }

  get headCursor(): string {
    return this.#headCursor;
  }

  /** Makes durable events visible. */
  publish(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      this.#recent.push(entry);
      this.#recentChars += entry.line.length;
    }
    this.#forget();
    const last = entries.at(-1);
    if (last === undefined) return;
    this.#head = last.sequence;
    this.#headCursor = last.cursor;
    this.#listeners.tell(undefined);
  }

  /** The history was rewritten by someone else: every reader starts over. */
  reset(reason: string): void {
    this.#recent = [];
    this.#recentChars = 0;
    this.#head = this.#journal.end.position;
    this.#headCursor = toCursor(this.#journal.end.position, this.#journal.end.crc);
    this.#listeners.tell(reason);
  }

  async resolve(cursor: string): Promise<{ sequence: number } | { reset: string }> {
    const place = parseCursor(cursor);
    if (place === undefined) return { reset: "this is not a cursor of this server" };
    if (cursor === ORIGIN || cursor === this.#headCursor) return { sequence: place.position };
    if (place.position === 0 || place.position > this.#head) {
      return { reset: "the log does not reach this far: it was shortened or replaced" };
    }
    const recent = this.#recent[place.position - (this.#recent[0]?.sequence ?? Infinity)];
    const crc =
      recent === undefined
        ? await this.#crcBehind(place.position)
        : parseCursor(recent.cursor)?.crc;
    return crc === place.crc
      ? { sequence: place.position }
      : { reset: "what stood before this place was rewritten" };
  }

  async before(moment: Instant): Promise<number> {
    const block = this.#journal.index.firstReaching(moment);
    if (block === undefined) return this.#head;
    for await (const entries of this.scan({ after: block.position })) {
      const first = entries.find((entry) => Date.parse(entry.event.ts) >= moment);
      if (first !== undefined) return first.sequence - 1;
    }
    return this.#head;
  }

  async *scan(range: {
    after: number;
    upTo?: number;
    backwards?: boolean;
    containing?: readonly string[];
  }): AsyncIterable<readonly LogEntry[]> {
    const upTo = Math.min(range.upTo ?? this.#head, this.#head);
    const after = Math.max(0, range.after);
    if (after >= upTo) return;
    const containing = range.containing?.map((text) => Buffer.from(text));
    const { index, history } = this.#journal;
    const first = index.indexOf(after);
    const last = index.indexOf(upTo - 1);
    const blocks = index.blocks.slice(first, last + 1);
    for (const block of range.backwards === true ? blocks.toReversed() : blocks) {
      const entries = await this.#readBlock(block, containing);
      if (this.#journal.history !== history) throw rewritten();
      const wanted = entries.filter(({ sequence }) => sequence > after && sequence <= upTo);
      if (wanted.length > 0) yield range.backwards === true ? wanted.toReversed() : wanted;
    }
  }

  recent(after: number): readonly LogEntry[] | undefined {
    if (after >= this.#head) return [];
    const first = this.#recent[0]?.sequence ?? Infinity;
    return after + 1 >= first ? this.#recent.slice(after + 1 - first) : undefined;
  }

  subscribe: EventLog["subscribe"] = (listener) => this.#listeners.add(listener);

  onBug: EventLog["onBug"] = (report) => this.#listeners.reportTo(report);

  #forget(): void {
    const tooMany = this.#recent.length > 2 * MOST_RECENT;
    if (!tooMany && this.#recentChars <= 2 * MOST_RECENT_CHARS) return;
    // Halving now and then is cheaper than dropping one line for each that comes.
    let dropped = tooMany ? MOST_RECENT : this.#recent.length >> 1;
    // A commit is kept or dropped as a whole.
    while (dropped > 0 && this.#recent[dropped - 1]?.endsCommit === false) dropped += 1;
    this.#recent = this.#recent.slice(dropped);
    this.#recentChars = this.#recent.reduce((sum, entry) => sum + entry.line.length, 0);
  }

  async #crcBehind(position: number): Promise<number | undefined> {
    const { index } = this.#journal;
    const block = index.blocks[index.indexOf(position - 1)] ?? START;
    let crc: number | undefined;
    await readLines(this.#journal, block, { until: this.#endOf(block) }, (line) => {
      if (line.end.position === position) crc = line.end.crc;
    });
    return crc;
  }

  async #readBlock(block: Block, containing: readonly Buffer[] | undefined): Promise<LogEntry[]> {
    const until = this.#endOf(block);
    const entries: LogEntry[] = [];
    if (containing !== undefined && !(await this.#mayContain(block, until, containing))) return [];
    const { end, stopped } = await readLines(
      this.#journal,
      block,
      { until, containing },
      (line) => {
        entries.push(toLogEntry(line));
      },
    );
    if (stopped === undefined) return entries;
    // Somebody wrote into the middle of it. To leave the line out would be to hide it.
    const { name, line } = this.#journal.whereIs(end.position);
    throw new StoreFault(
      "store-unavailable",
      `The log cannot be read: ${name}, line ${line}: ${stopped.reason}. Mend the line.`,
    );
  }

  /** A look at the bytes as a whole spares the reading of their lines. */
  async #mayContain(block: Block, until: number, texts: readonly Buffer[]): Promise<boolean> {
    const bytes = await this.#journal.read(block.offset, until - block.offset);
    return texts.some((text) => bytes.includes(text));
  }

  #endOf(block: { readonly position: number }): number {
    const { index, end } = this.#journal;
    return index.blocks[index.indexOf(block.position) + 1]?.offset ?? end.offset;
  }
}

function rewritten(): StoreFault {
  return new StoreFault(
    "store-unavailable",
    "The log was rewritten by someone else while it was read. Read it again from the beginning.",
  );
}

export function toLogEntry(line: ReadLine): LogEntry {
  return {
    sequence: line.end.position,
    cursor: toCursor(line.end.position, line.end.crc),
    event: line.event,
    line: line.text,
    endsCommit: endsCommit(line.event),
  };
}
