/**
 * What the page knows: records, the log it has seen, and how fresh all of it is.
 *
 *   1. Listen first, then take the snapshot, then apply what was heard meanwhile: versions make the
 *      overlap harmless, and no event can fall between the two.
 *   2. Everything heard within one frame becomes visible together; under a flood, what is heard
 *      within a tenth of a second, so that the frames between stay free for the person.
 *   3. A reset or a gap leads to a fresh snapshot, never to a guess.
 */
import type { Client } from "#contracts/client";
import type { KyrosEvent } from "#contracts/event";
import type { Kind, RecordOf, StateAnswer } from "#contracts/state";
import { createStore } from "../ui/store.ts";
import { correctClock, serverNow } from "./clock.ts";
import { EventRing } from "./event-ring.ts";
import { NO_RECORDS, applyEvents, withRecord, withSnapshot, withoutRecord } from "./records.ts";
import type { OpenTail } from "./shared-tail.ts";
import type { Connection, Tail, TailMessage } from "./tail.ts";

const KEPT_EVENTS = 100_000;
const KEPT_GAPS = 50;
const HIDDEN_MS = 250;
const FLOOD_MS = 100;
/** More at once than a frame can tell anybody. */
const FLOOD = 100;
const KINDS: readonly Kind[] = ["tasks", "agents", "locks"];

export interface ConnectionState {
  readonly status: Connection;
  /** When the next attempt starts, by this machine's clock. */
  readonly retryAt: number | undefined;
}

/** A place in the list of events where the stream was interrupted. */
export interface Gap {
  /** Position in the order of arrival: the event with this index came after the gap. */
  readonly beforeIndex: number;
  readonly text: string;
}

export interface LogState {
  readonly ring: EventRing;
  /** Grows with every event that arrives. */
  readonly received: number;
  /** Between the last event's own time and its arrival. */
  readonly lagMs: number | undefined;
  readonly gaps: readonly Gap[];
  /** The place in the log behind which everything was heard; undefined until there is a stream. */
  readonly from: string | undefined;
}

export class Live {
  readonly records = createStore(NO_RECORDS);
  /** False until the first snapshot of every kind is there. */
  readonly loaded = createStore(false);
  /** Counts the server's signs of life: a moment to look again at what is not in the log. */
  readonly bookmarks = createStore(0);
  readonly connection = createStore<ConnectionState>({ status: "connecting", retryAt: undefined });
  readonly log = createStore<LogState>({
    ring: new EventRing(KEPT_EVENTS),
    received: 0,
    lagMs: undefined,
    gaps: [],
    from: undefined,
  });

  readonly #client: Client;
  readonly #openTail: OpenTail;
  #tail: Tail | undefined;
  #first: Promise<void> | undefined;
  /** Of the snapshots that were taken, by kind. */
  readonly #etags = new Map<Kind, string>();
  #isSnapshotDue = true;
  /** Snapshots under way: what is heard meanwhile waits, and is applied on top of them. */
  #fetching = 0;
  #pending: string[] = [];
  #isScheduled = false;
  #isFlooded = false;

  constructor({ client, openTail }: { client: Client; openTail: OpenTail }) {
    this.#client = client;
    this.#openTail = openTail;
  }

  /**
   * Shows a first snapshot as soon as it is there, and meanwhile begins to listen: the snapshot that
   * follows then is the one that counts, and is no more than a 304 where nothing happened between.
   */
  start(): void {
    if (this.#tail !== undefined) return;
    this.#first = this.#fetchFirst();
    this.#tail = this.#openTail((message) => this.#hear(message));
  }

  stop(): void {
    this.#tail?.close();
    this.#tail = undefined;
  }

  retryNow(): void {
    this.#tail?.retryNow();
  }

  etag(kind: Kind, id: string): string | undefined {
    return this.records.get().etags.get(`${kind}:${id}`);
  }

  /** Takes in what the server answered to a call of this page. */
  learn<K extends Kind>(kind: K, id: string, record: RecordOf[K], etag: string): void {
    this.records.update((known) => withRecord(known, kind, id, record, etag));
  }

  forget(kind: Kind, id: string): void {
    this.records.update((known) => withoutRecord(known, kind, id));
  }

  /** Fresh snapshots of these kinds; resolves quietly when the server cannot be reached. */
  async refresh(kinds: readonly Kind[]): Promise<void> {
    if (this.#isSnapshotDue) return;
    try {
      await this.#fetch(kinds);
    } catch {
      // Offline is shown by the stream itself.
    }
  }

  #hear(message: TailMessage): void {
    switch (message.type) {
      case "status":
        return this.connection.set({ status: message.status, retryAt: message.retryAt });
      case "hello":
        correctClock(serverTimeOf(message.data));
        this.log.update((known) => ({ ...known, from: known.from ?? message.from }));
        if (message.resumed && !this.#isSnapshotDue) this.#noteGap("Connection restored");
        return void this.#syncIfDue();
      case "batch":
        this.#pending.push(message.data);
        return this.#schedule();
      case "bookmark":
        this.bookmarks.update((count) => count + 1);
        return void this.#syncIfDue();
      case "reset":
        this.#isSnapshotDue = true;
        this.#etags.clear();
        return this.#noteGap("The server asked for a fresh start; events may be missing here");
    }
  }

  #noteGap(text: string): void {
    this.log.update((known) => {
      const gap = { beforeIndex: known.ring.firstIndex + known.ring.size, text };
      return { ...known, gaps: [...known.gaps, gap].slice(-KEPT_GAPS) };
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#fetching > 0) return;
    this.#isScheduled = true;
    const run = () => {
      this.#isScheduled = false;
      if (this.#fetching === 0) this.#drain();
    };
    // Frames stop in a hidden tab; the page must still not pile up what it hears.
    if (document.hidden) setTimeout(run, HIDDEN_MS);
    else if (this.#isFlooded) setTimeout(run, FLOOD_MS);
    else requestAnimationFrame(run);
  }

  #drain(): void {
    const texts = this.#pending;
    this.#pending = [];
    const events = texts.flatMap((text) => JSON.parse(text) as KyrosEvent[]);
    this.#isFlooded = events.length > FLOOD;
    const last = events.at(-1);
    if (last === undefined) return;
    const applied = applyEvents(this.records.get(), events);
    this.records.set(applied.records);
    this.log.update((known) => {
      known.ring.append(events);
      const lagMs = Math.max(0, serverNow() - Date.parse(last.ts));
      return { ...known, received: known.received + events.length, lagMs };
    });
    if (applied.gaps.size > 0) void this.refresh([...applied.gaps]);
  }

  async #fetchFirst(): Promise<void> {
    try {
      await this.#fetch(KINDS);
      this.loaded.set(true);
    } catch {
      // The stream will say that the server cannot be reached.
    }
  }

  async #syncIfDue(): Promise<void> {
    await this.#first;
    if (!this.#isSnapshotDue || this.#fetching > 0) return;
    try {
      await this.#fetch(KINDS, { unlessSame: true });
      this.#isSnapshotDue = false;
      this.loaded.set(true);
    } catch {
      // The stream is up but the snapshot failed: the next hello or bookmark tries again.
    }
  }

  async #fetch(kinds: readonly Kind[], { unlessSame = false } = {}): Promise<void> {
    this.#fetching += 1;
    try {
      const answers = await Promise.all(
        kinds.map((kind) => {
          const ifNoneMatch = unlessSame ? this.#etags.get(kind) : undefined;
          const condition = ifNoneMatch === undefined ? {} : { ifNoneMatch };
          return this.#client.call("getState", { params: { kind }, ...condition });
        }),
      );
      for (const { body } of answers) if (body !== undefined) this.#etags.set(body.kind, body.etag);
      this.records.update((known) =>
        answers.reduce(
          (next, { body }) => (body === undefined ? next : withSnapshot(next, body as StateAnswer)),
          known,
        ),
      );
    } finally {
      this.#fetching -= 1;
      if (this.#pending.length > 0) this.#schedule();
    }
  }
}

function serverTimeOf(hello: string): number {
  const { ts, time, server_time: named } = JSON.parse(hello) as Record<string, unknown>;
  const text = named ?? time ?? ts;
  return typeof text === "string" ? Date.parse(text) : Number.NaN;
}
