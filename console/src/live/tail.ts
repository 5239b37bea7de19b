/**
 * One live stream of events, kept open. Pure of the page: it runs in the shared worker, or in the
 * page where there is none.
 *
 *   1. It resumes behind the last cursor it was given, so a lost connection loses no event.
 *   2. Silence for 2.5 bookmarks counts as a lost connection, whatever the socket says.
 *   3. Reconnecting waits longer each time and never in step with other browsers.
 */
import { createEventSource, type EventSourceClient } from "eventsource-client";

export type Connection = "connecting" | "catching-up" | "live" | "offline";

export type TailMessage =
  | { readonly type: "status"; readonly status: Connection; readonly retryAt?: number }
  /** `from`: the place in the log behind which this listener is told everything. */
  | {
      readonly type: "hello";
      readonly data: string;
      readonly resumed: boolean;
      readonly from?: string | undefined;
    }
  /** `data` is the JSON of a list of events: parsed by the page, so that the worker stays cheap. */
  | { readonly type: "batch"; readonly data: string; readonly cursor?: string | undefined }
  | { readonly type: "bookmark"; readonly cursor?: string | undefined }
  /** What lies before is lost to the stream: take a fresh snapshot. */
  | { readonly type: "reset" };

const BOOKMARK_MS = 15_000;
const STALE_AFTER_MS = 2.5 * BOOKMARK_MS;
const RETRY_FLOOR_MS = 500;
const RETRY_CEILING_MS = 15_000;

export interface Tail {
  /** Tries at once instead of waiting for the next turn. */
  retryNow(): void;
  close(): void;
}

interface Stream {
  source: EventSourceClient | undefined;
  cursor: string | undefined;
  failures: number;
  closed: boolean;
}

export function createTail(url: string, tell: (message: TailMessage) => void): Tail {
  const stream: Stream = { source: undefined, cursor: undefined, failures: 0, closed: false };
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let silenceTimer: ReturnType<typeof setTimeout> | undefined;

  const open = () => {
    clearTimeout(retryTimer);
    if (stream.closed) return;
    const at = stream.cursor === undefined ? "" : `&since=${encodeURIComponent(stream.cursor)}`;
    stream.source = createEventSource({
      url: `${url}?batch=1${at}`,
      onMessage: ({ id, event, data }) => {
        heard();
        if (id) stream.cursor = id;
        take({ event: event ?? "message", data, id }, stream, tell);
        if (event === "bye") lose();
      },
      // Its own reconnecting knows neither jitter nor a ceiling: ours takes over.
      onDisconnect: lose,
      onScheduleReconnect: lose,
    });
    heard();
  };

  const heard = () => {
    clearTimeout(silenceTimer);
    silenceTimer = setTimeout(lose, STALE_AFTER_MS);
  };

  const lose = () => {
    if (stream.source === undefined) return;
    const { source } = stream;
    stream.source = undefined;
    source.close();
    clearTimeout(silenceTimer);
    if (stream.closed) return;
    const wait = retryDelay(stream.failures, Math.random());
    stream.failures += 1;
    tell({ type: "status", status: "offline", retryAt: Date.now() + wait });
    retryTimer = setTimeout(open, wait);
  };

  tell({ type: "status", status: "connecting" });
  open();
  return {
    retryNow() {
      if (stream.source === undefined) open();
    },
    close() {
      stream.closed = true;
      clearTimeout(retryTimer);
      clearTimeout(silenceTimer);
      stream.source?.close();
    },
  };
}

/** Exponential with full jitter above a floor; `chance` is between 0 and 1. */
export function retryDelay(failures: number, chance: number): number {
  const ceiling = Math.min(RETRY_CEILING_MS, RETRY_FLOOR_MS * 2 ** Math.min(failures, 10));
  return Math.round(RETRY_FLOOR_MS / 2 + chance * (ceiling - RETRY_FLOOR_MS / 2));
}

function take(
  { event, data, id }: { event: string; data: string; id: string | undefined },
  stream: Stream,
  tell: (message: TailMessage) => void,
): void {
  switch (event) {
    case "hello": {
      const resumed = stream.failures > 0;
      stream.failures = 0;
      // The message's own id is where the stream reads on from.
      tell({ type: "hello", data, resumed, from: id });
      return tell({ type: "status", status: "catching-up" });
    }
    case "batch":
      return tell({ type: "batch", data, cursor: id });
    case "caught-up":
      return tell({ type: "status", status: "live" });
    case "bookmark":
      return tell({ type: "bookmark", cursor: id });
    case "reset":
      // Without a new place the old one still holds: the next connection resumes there, and nothing
      // is missing.
      if (id !== undefined) tell({ type: "reset" });
  }
}
