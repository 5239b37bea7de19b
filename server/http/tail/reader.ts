/**
 * One open stream. It holds a place in the log and pulls from there whenever its connection has
 * room, so what it costs does not depend on how far behind it is (S17).
 */
import type { Place } from "../../store/places.ts";
import type { EventLog, LogEntry } from "../../store/port.ts";
import { monotonicMs } from "../../kernel/stopwatch.ts";
import { Gatherer } from "../../store/gather.ts";
import type { OpenSink, Sink } from "./sink.ts";
import { bookmark, portions, type TailMode } from "./messages.ts";
import type { KyrosEvent, TailMark } from "#contracts/event";

export interface Subscription {
  /** Where to read on from. */
  readonly from: Place;
  readonly mode: TailMode;
  /** Readers with the same key and mode are sent the same bytes. */
  readonly filterKey: string;
  readonly wants: (event: KyrosEvent) => boolean;
}

/** What the reader asks of the hub it belongs to. */
export interface Home {
  readonly log: EventLog;
  /** Takes the reader among the live ones, if nothing is missing between it and them. */
  join(reader: Reader): boolean;
  leave(reader: Reader): void;
  mark(cursor: string): TailMark;
  /** Reading the log failed. */
  report(error: unknown): void;
}

/** Events encoded at a time for a reader on its own. */
const SLICE = 500;
const QUIET_MS = 5_000;

const encoder = new TextEncoder();

export class Reader {
  readonly subscription: Subscription;
  /** Everything up to this sequence was sent. Kept up to date while the reader is not live. */
  position: number;
  /** Handed what is new together with others. */
  isLive = false;
  wasLive = false;
  /** Since when its connection has had no room, on the monotonic clock. */
  fullSinceMs: number | undefined;

  readonly #home: Home;
  readonly #gatherer: Gatherer;
  readonly #sink: Sink;
  #hasEnded = false;
  #source: AsyncIterator<readonly LogEntry[]> | undefined;
  #pending: readonly LogEntry[] = [];
  #isPulling = false;
  /** Asked to pull since the last look: a call that comes while pulling ends must not get lost. */
  #isWanted = false;
  #sentMs = monotonicMs();

  constructor(home: Home, subscription: Subscription, openSink: OpenSink) {
    this.#home = home;
    this.subscription = subscription;
    this.position = subscription.from.sequence;
    this.#gatherer = new Gatherer(subscription.wants);
    this.#sink = openSink({ onRoom: () => this.#onRoom(), onGone: () => this.#end() });
  }

  get hasRoom(): boolean {
    return !this.#hasEnded && this.#sink.hasRoom;
  }

  say(text: string): void {
    this.send(encoder.encode(text));
  }

  send(bytes: Uint8Array): void {
    if (this.#hasEnded) return;
    this.#sink.write(bytes);
    this.#sentMs = monotonicMs();
    if (!this.hasRoom) this.fullSinceMs ??= this.#sentMs;
  }

  /** Sends what is missing until the reader is live, has no room, or is gone. */
  pull(): void {
    this.#isWanted = true;
    if (this.#isPulling) return;
    this.#isPulling = true;
    this.#pullOn().catch((error: unknown) => {
      this.#home.report(error);
      this.breakOff();
    });
  }

  /** Says a last word and closes. */
  close(text: string): void {
    if (this.#hasEnded) return;
    this.say(text);
    this.#end();
    this.#sink.end();
  }

  /** Without a word, and whatever is still on its way. */
  breakOff(): void {
    this.#end();
    this.#sink.destroy();
  }

  #onRoom(): void {
    this.fullSinceMs = undefined;
    if (!this.isLive) this.pull();
  }

  async #pullOn(): Promise<void> {
    try {
      while (this.#isWanted) {
        this.#isWanted = false;
        await this.#pullWhileRoom();
      }
    } finally {
      this.#isPulling = false;
    }
  }

  async #pullWhileRoom(): Promise<void> {
    while (this.hasRoom) {
      if (this.#pending.length === 0 && this.#home.join(this)) return;
      const entries = await this.#next();
      if (entries.length > 0) this.#sendOn(entries);
    }
  }

  async #next(): Promise<readonly LogEntry[]> {
    if (this.#pending.length === 0) this.#pending = await this.#load();
    const slice = this.#pending.slice(0, SLICE);
    this.#pending = this.#pending.slice(SLICE);
    return slice;
  }

  /** From the file what has left memory; a scan that was begun is read to its end, lest any come twice. */
  async #load(): Promise<readonly LogEntry[]> {
    const recent = this.#source === undefined ? this.#home.log.recent(this.position) : undefined;
    if (recent !== undefined) return recent;
    this.#source ??= this.#home.log.scan({ after: this.position })[Symbol.asyncIterator]();
    const next = await this.#source.next();
    if (next.done !== true) return next.value;
    this.#source = undefined;
    return [];
  }

  #sendOn(entries: readonly LogEntry[]): void {
    const found = this.#gatherer.take(entries);
    const last = entries.at(-1);
    this.position = last?.sequence ?? this.position;
    if (found.length > 0) {
      this.say(portions(found, this.subscription.mode));
    } else if (last?.endsCommit === true && monotonicMs() - this.#sentMs > QUIET_MS) {
      this.say(bookmark(this.#home.mark(last.cursor)));
    }
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#pending = [];
    void this.#source?.return?.();
    this.#home.leave(this);
  }
}
