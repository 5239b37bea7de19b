/**
 * What the page knows: records, the log it has seen, and how fresh all of it is.
 *
 *   1. Listen first, then take the snapshot, then apply what was heard meanwhile: versions make the
 *      overlap harmless, and no event can fall between the two.
 *   2. Everything heard within one frame becomes visible together.
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

export const KEPT_EVENTS = 100_000;

export interface ConnectionState {
  readonly status: Connection;
  /** When the next attempt starts, by this machine's clock. */
  readonly retryAt: number | undefined;
  /** Since when the page may be behind. */
  readonly offlineSince: number | undefined;
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
}

export type Live = ReturnType<typeof createLive>;

export function createLive({ client, openTail }: { client: Client; openTail: OpenTail }) {
  const ring = new EventRing(KEPT_EVENTS);
  const records = createStore(NO_RECORDS);
  /** False until the first snapshot of every kind is there. */
  const loaded = createStore(false);
  const log = createStore<LogState>({ ring, received: 0, lagMs: undefined, gaps: [] });
  const bookmarks = createStore(0);
  const connection = createStore<ConnectionState>({
    status: "connecting",
    retryAt: undefined,
    offlineSince: undefined,
  });

  let tail: Tail | undefined;
  let snapshotDue: string | undefined = "start";
  /** Snapshots under way: what is heard meanwhile waits, and is applied on top of them. */
  let fetching = 0;
  let pending: string[] = [];
  let scheduled = false;

  const hear = (message: TailMessage) => {
    switch (message.type) {
      case "status":
        return connection.update((known) => toConnection(known, message.status, message.retryAt));
      case "hello":
        correctClock(serverTimeOf(message.data));
        if (message.resumed && snapshotDue === undefined) noteGap("Connection restored");
        return void syncIfDue();
      case "batch":
        pending.push(message.data);
        return schedule();
      case "bookmark":
        return bookmarks.update((count) => count + 1);
      case "reset":
        snapshotDue = message.reason;
        return noteGap("The server asked for a fresh start; events may be missing here");
    }
  };

  const noteGap = (text: string) =>
    log.update((known) => ({
      ...known,
      gaps: [...known.gaps, { beforeIndex: ring.firstIndex + ring.size, text }].slice(-50),
    }));

  const schedule = () => {
    if (scheduled || fetching > 0) return;
    scheduled = true;
    onNextFrame(() => {
      scheduled = false;
      if (fetching === 0) drain();
    });
  };

  const drain = () => {
    const texts = pending;
    pending = [];
    if (texts.length === 0) return;
    const events = texts.flatMap((text) => JSON.parse(text) as KyrosEvent[]);
    const applied = applyEvents(records.get(), events);
    records.set(applied.records);
    ring.append(events);
    const last = events.at(-1);
    log.update((known) => ({
      ...known,
      received: known.received + events.length,
      lagMs: last === undefined ? known.lagMs : Math.max(0, serverNow() - Date.parse(last.ts)),
    }));
    if (applied.gaps.size > 0) void refresh([...applied.gaps]);
  };

  const syncIfDue = async () => {
    if (snapshotDue === undefined || fetching > 0) return;
    try {
      await fetchKinds(["tasks", "agents", "locks"]);
      snapshotDue = undefined;
      loaded.set(true);
    } catch {
      // The stream is up but the snapshot failed: the next hello or bookmark tries again.
    }
  };
  bookmarks.subscribe(() => void syncIfDue());

  const fetchKinds = async (kinds: readonly Kind[]) => {
    fetching += 1;
    try {
      const answers = await Promise.all(
        kinds.map((kind) => client.call("getState", { params: { kind } })),
      );
      records.update((known) =>
        answers.reduce(
          (next, { body }) => (body === undefined ? next : withSnapshot(next, body as StateAnswer)),
          known,
        ),
      );
    } finally {
      fetching -= 1;
      if (pending.length > 0) schedule();
    }
  };

  /** Fresh snapshots of these kinds; resolves quietly when the server cannot be reached. */
  const refresh = async (kinds: readonly Kind[]) => {
    if (snapshotDue !== undefined) return;
    try {
      await fetchKinds(kinds);
    } catch {
      // Offline is shown by the stream itself.
    }
  };

  return {
    records,
    loaded,
    log,
    /** Counts the server's signs of life: a moment to look again at what is not in the log. */
    bookmarks,
    connection,
    refresh,
    start() {
      tail ??= openTail(hear);
    },
    stop() {
      tail?.close();
      tail = undefined;
    },
    retryNow: () => tail?.retryNow(),
    /** Takes in what the server answered to a call of this page. */
    learn<K extends Kind>(kind: K, id: string, record: RecordOf[K], etag: string) {
      records.update((known) => withRecord(known, kind, id, record, etag));
    },
    forget(kind: Kind, id: string) {
      records.update((known) => withoutRecord(known, kind, id));
    },
    etag: (kind: Kind, id: string) => records.get().etags.get(`${kind}:${id}`),
  };
}

function toConnection(
  known: ConnectionState,
  status: Connection,
  retryAt: number | undefined,
): ConnectionState {
  const fresh = status === "live";
  const offlineSince = status === "offline" ? (known.offlineSince ?? Date.now()) : known.offlineSince;
  return { status, retryAt, offlineSince: fresh ? undefined : offlineSince };
}

function serverTimeOf(hello: string): number {
  const { ts, time, server_time: named } = JSON.parse(hello) as Record<string, unknown>;
  return Date.parse(String(named ?? time ?? ts));
}

/** Frames stop in a hidden tab; the page must still not pile up what it hears. */
function onNextFrame(run: () => void): void {
  if (document.hidden) setTimeout(run, 250);
  else requestAnimationFrame(run);
}
