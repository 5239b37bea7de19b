/**
 * All open streams. Readers that are live and want the same form a channel: what is new is encoded
 * once for all of them, and each is handed the same bytes. A reader that has no room leaves its
 * channel, pulls on its own from where it stopped, and joins again once it has caught up.
 *
 *   S16  A reader is handed every event behind its place, in order, once.
 *   S17  A reader that does not keep up costs the others nothing, and is cut off in the end.
 */
import type { KyrosEvent, TailMark } from "#contracts/event";
import { toTimestamp } from "../../kernel/instant.ts";
import { monotonicMs } from "../../kernel/stopwatch.ts";
import { after, every, type Cancel } from "../../kernel/timers.ts";
import type { LogEntry, Store } from "../../store/port.ts";
import { Gatherer, type Portion } from "../../store/gather.ts";
import * as messages from "./messages.ts";
import type { OpenSink } from "./sink.ts";
import { Reader, type Home, type Subscription } from "./reader.ts";

export interface HubPorts {
  readonly store: Pick<Store, "events" | "now">;
  readonly maxStreams: number;
  /** What went wrong where nobody waits for an answer. */
  readonly onFault: (fault: unknown) => void;
  readonly metrics: { streams: { set(count: number): void }; cut: { inc(): void } };
}

/**
 * New events wait this long for company. Where handing them out takes long itself, they wait in
 * proportion: so that a thousand readers leave the server time for what they read about.
 */
const GATHER_MS = 20;
const GATHER_SHARE = 2;
const MOST_GATHER_MS = 60;
const TICK_MS = 1_000;
const BOOKMARK_TICKS = 10;
/** A live reader this far behind is told to start over from the id it has. */
const MOST_BEHIND = 10_000;
const MOST_FULL_MS = 30_000;
/** For the last word to get through, before the connection is broken. */
const FAREWELL_MS = 2_000;
const LARGEST_MESSAGE = 1_000;

interface Channel {
  readonly key: string;
  readonly mode: messages.TailMode;
  readonly wants: (event: KyrosEvent) => boolean;
  /** Everything up to this sequence was sent to the live readers. */
  position: number;
  readonly live: Set<Reader>;
}

const encoder = new TextEncoder();

export class TailHub implements Home {
  readonly #ports: HubPorts;
  readonly #readers = new Set<Reader>();
  readonly #channels = new Map<string, Channel>();
  readonly #unsubscribe: () => void;
  readonly #closing = new AbortController();
  #flushTimer: Cancel | undefined;
  #nextFlushMs = 0;
  #ticker: Cancel | undefined;
  #ticks = 0;

  constructor(ports: HubPorts) {
    this.#ports = ports;
    this.#unsubscribe = this.log.subscribe((reset) => {
      if (reset === undefined) this.#flushSoon();
      else this.#resetAll(reset);
    });
  }

  get log(): Store["events"] {
    return this.#ports.store.events;
  }

  get size(): number {
    return this.#readers.size;
  }

  get isFull(): boolean {
    return this.#readers.size >= this.#ports.maxStreams;
  }

  open(subscription: Subscription, openSink: OpenSink): void {
    const reader = new Reader(this, subscription, openSink);
    this.#readers.add(reader);
    this.#ports.metrics.streams.set(this.#readers.size);
    this.#ticker ??= every(TICK_MS, () => this.#tick());
    const { cursor, server_time } = this.mark(this.log.headCursor);
    reader.say(messages.hello({ since: subscription.from.cursor, cursor, server_time }));
    reader.pull();
  }

  /** Aborts when no more streams are served: for readers that wait without one. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  close(retryMs: number): void {
    this.#closing.abort();
    this.#unsubscribe();
    this.#flush();
    const text = messages.bye({ reason: "the server is shutting down", retry_ms: retryMs });
    for (const reader of this.#readers) reader.close(text);
    this.#flushTimer?.();
  }

  join(reader: Reader): boolean {
    // Its own place stands still while it is live, and says nothing about what it was sent.
    if (reader.isLive) return true;
    const channel = this.#channelFor(reader.subscription);
    this.#flushChannel(channel);
    if (reader.position !== channel.position) return false;
    channel.live.add(reader);
    reader.isLive = true;
    if (!reader.wasLive) reader.say(messages.caughtUp(this.mark(this.log.headCursor)));
    reader.wasLive = true;
    return true;
  }

  leave(reader: Reader): void {
    this.#readers.delete(reader);
    this.#ports.metrics.streams.set(this.#readers.size);
    const channel = this.#channels.get(keyOf(reader.subscription));
    channel?.live.delete(reader);
    if (channel?.live.size === 0) this.#channels.delete(channel.key);
    if (this.#readers.size > 0) return;
    this.#ticker?.();
    this.#ticker = undefined;
  }

  mark(cursor: string): TailMark {
    return { cursor, server_time: toTimestamp(this.#ports.store.now()) };
  }

  report(error: unknown): void {
    this.#ports.onFault(error);
  }

  #channelFor(subscription: Subscription): Channel {
    const key = keyOf(subscription);
    const known = this.#channels.get(key);
    if (known !== undefined) return known;
    const { mode, wants } = subscription;
    const channel = { key, mode, wants, position: this.log.head, live: new Set<Reader>() };
    this.#channels.set(key, channel);
    return channel;
  }

  /** At once after a pause; otherwise so that events of the same few milliseconds share a message. */
  #flushSoon(): void {
    if (this.#channels.size === 0) return;
    this.#flushTimer ??= after(this.#nextFlushMs - monotonicMs(), () => this.#flush());
  }

  #flush(): void {
    this.#flushTimer = undefined;
    const began = monotonicMs();
    for (const channel of this.#channels.values()) this.#flushChannel(channel);
    const waits = GATHER_SHARE * (monotonicMs() - began);
    this.#nextFlushMs = began + Math.min(Math.max(GATHER_MS, waits), MOST_GATHER_MS);
  }

  #flushChannel(channel: Channel): void {
    const sent = channel.position;
    if (sent === this.log.head) return;
    const news = this.log.recent(sent);
    channel.position = this.log.head;
    const bytes = news === undefined ? undefined : encode(news, channel);
    for (const reader of channel.live) {
      if (bytes !== undefined && reader.hasRoom) {
        if (bytes.byteLength > 0) reader.send(bytes);
        continue;
      }
      channel.live.delete(reader);
      reader.isLive = false;
      reader.position = sent;
      if (reader.hasRoom) reader.pull();
    }
  }

  #tick(): void {
    this.#ticks += 1;
    for (const reader of this.#readers) this.#judge(reader);
    if (this.#ticks % BOOKMARK_TICKS === 0) this.#bookmark();
  }

  /** So that a reader that wants little still has a cursor near the end; and a sign of life. */
  #bookmark(): void {
    this.#flush();
    const bytes = encoder.encode(messages.bookmark(this.mark(this.log.headCursor)));
    for (const { live } of this.#channels.values()) {
      for (const reader of live) if (reader.hasRoom) reader.send(bytes);
    }
  }

  #judge(reader: Reader): void {
    const hasFallenBehind = reader.wasLive && !reader.isLive;
    const behind = hasFallenBehind ? this.log.head - reader.position : 0;
    const fullMs = reader.fullSinceMs === undefined ? 0 : monotonicMs() - reader.fullSinceMs;
    if (behind <= MOST_BEHIND && fullMs <= MOST_FULL_MS) return;
    const reason = "this reader was too slow; resume from the last id it got";
    this.#ports.metrics.cut.inc();
    reader.close(messages.reset({ reason, cursor: this.log.headCursor }, true));
    after(FAREWELL_MS, () => reader.breakOff());
  }

  #resetAll(reason: string): void {
    const text = messages.reset({ reason, cursor: this.log.headCursor }, false);
    for (const reader of this.#readers) reader.close(text);
  }
}

function keyOf({ mode, filterKey }: Subscription): string {
  return `${mode} ${filterKey}`;
}

function encode(news: readonly LogEntry[], { mode, wants }: Channel): Uint8Array {
  const found = new Gatherer(wants).take(news);
  const texts: string[] = [];
  let part: Portion[] = [];
  let size = 0;
  for (const portion of found) {
    part.push(portion);
    size += portion.entries.length;
    if (size < LARGEST_MESSAGE) continue;
    texts.push(messages.portions(part, mode));
    part = [];
    size = 0;
  }
  texts.push(messages.portions(part, mode));
  return encoder.encode(texts.join(""));
}
