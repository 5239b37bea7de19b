/**
 * One open stream. It holds a place in the log and pulls from there whenever its connection has
 * room, so what it costs does not depend on how far behind it is (S17).
 */
import type { Place } from "../../store/places.ts";
import type { EventLog, LogEntry } from "../../store/port.ts";
import { monotonicMs } from "../../kernel/stopwatch.ts";
import { Gatherer } from "../../store/gather.ts";
import { bookmark, portions, type TailMode } from "./messages.ts";
import type { KyrosEvent, TailMark } from "#contracts/event";

export interface Subscription {
  /** Where to read on from. */
  readonly from: Place;
  readonly mode: TailMode;
  /** Readers with the same key and mode are sent the same bytes. */
  readonly filterKey: string;
  readonly wants: (event: KyrosEvent) => boolean;
  /** Breaks the connection: for a reader that has stopped reading. */
  readonly abort: () => void;
}

/** What the reader asks of the hub it belongs to. */
export interface Home {
  readonly log: EventLog;
  /** Takes the reader among the live ones, if nothing is missing between it and them. */
  join(reader: Reader): boolean;
  leave(reader: Reader): void;
  mark(cursor: string): TailMark;
}

/** Buffered for one connection, besides what its socket takes. */
const BUFFER_BYTES = 256 * 1024;
/** Events encoded at a time for a reader on its own. */
const SLICE = 500;
const QUIET_MS = 5_000;

const encoder = new TextEncoder();

export class Reader {
  readonly subscription: Subscription;
  readonly stream: ReadableStream<Uint8Array>;
  /** Everything up to this sequence was sent. Kept up to date while the reader is not live. */
  position: number;
  wasLive = false;
  /** Since when its connection has had no room, on the monotonic clock. */
  fullSinceMs: number | undefined;

  readonly #home: Home;
  readonly #gatherer: Gatherer;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #source: AsyncIterator<readonly LogEntry[]> | undefined;
  #pending: readonly LogEntry[] = [];
  #isPulling = false;
  /** Asked to pull since the last look: a call that comes while pulling ends must not get lost. */
  #isWanted = false;
  #sentMs = monotonicMs();

  constructor(home: Home, subscription: Subscription) {
    this.#home = home;
    this.subscription = subscription;
    this.position = subscription.from.sequence;
    this.#gatherer = new Gatherer(subscription.wants);
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#onRoom(),
        cancel: () => this.#end(),
      },
      { highWaterMark: BUFFER_BYTES, size: (chunk) => chunk.byteLength },
    );
  }

  get hasEnded(): boolean {
    return this.#controller === undefined;
  }

  get hasRoom(): boolean {
    return (this.#controller?.desiredSize ?? 0) > 0;
  }

  say(text: string): void {
    this.send(encoder.encode(text));
  }

  send(bytes: Uint8Array): void {
    this.#controller?.enqueue(bytes);
    this.#sentMs = monotonicMs();
    if (!this.hasRoom) this.fullSinceMs ??= this.#sentMs;
  }

  /** Sends what is missing until the reader is live, has no room, or is gone. */
  pull(): void {
    this.#isWanted = true;
    if (this.#isPulling) return;
    this.#isPulling = true;
    this.#pullOn().catch((error: unknown) => this.fail(error));
  }

  /** Says a last word and closes. */
  close(text: string): void {
    const controller = this.#controller;
    if (controller === undefined) return;
    this.say(text);
    this.#end();
    controller.close();
  }

  fail(error: unknown): void {
    const controller = this.#controller;
    this.#end();
    controller?.error(error);
  }

  #onRoom(): void {
    this.fullSinceMs = undefined;
    this.pull();
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
    if (this.hasEnded) return;
    this.#controller = undefined;
    this.#pending = [];
    void this.#source?.return?.();
    this.#home.leave(this);
  }
}
