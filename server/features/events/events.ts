/** What can be done with events, apart from streaming them. */
import type {
  AppendAnswer,
  AppendCommand,
  EventPage,
  EventQuery,
  KyrosEvent,
  LogAnswer,
  LogCommand,
  TailPoll,
  TailQuery,
} from "#contracts/event";
import type { ProblemCode } from "#contracts/problem";
import { fromTimestamp } from "../../kernel/instant.ts";
import type { Principal } from "../../kernel/principal.ts";
import { refuse, type Refusal } from "../../kernel/refusal.ts";
import type { Terms } from "../../kernel/terms.ts";
import { sleep } from "../../kernel/timers.ts";
import { accept, type Committed, type LogEntry, type Store } from "../../store/port.ts";
import { publicEvent } from "../../store/public-event.ts";
import { toMarks, toPredicate, type EventFilter } from "./filter.ts";
import { toMarkdown } from "./human-log.ts";

type Place = { readonly sequence: number } | { readonly reset: string };

export interface Events {
  append(principal: Principal, command: AppendCommand, terms: Terms): Promise<Committed<AppendAnswer>>;
  list(query: EventQuery): Promise<EventPage | Refusal<ProblemCode>>;
  /** Waits up to `wait_ms` for something new; `signal` ends the wait. */
  poll(query: TailQuery, lastEventId: string | undefined, signal: AbortSignal): Promise<TailPoll>;
  /** Where a tail starts: a cursor beats a moment beats the end of the log. */
  start(query: TailQuery, lastEventId: string | undefined): Promise<Start | { readonly reset: string }>;
  humanLog(principal: Principal, command: LogCommand, terms: Terms): Promise<Committed<LogAnswer>>;
}

export interface Start {
  readonly sequence: number;
  /** Of that place; null before the first event. */
  readonly cursor: string | null;
}

/** Where the human log is written to. */
export interface HumanLogFile {
  /** How to call it, from the collaboration folder. */
  readonly name: string;
  append(markdown: string): Promise<void>;
}

/** A log of more events than this is no longer something that a person reads. */
const MOST_TOLD = 10_000;

export function createEvents(ports: {
  readonly store: Pick<Store, "commit" | "events">;
  readonly humanLogFile: HumanLogFile;
}): Events {
  const { store, humanLogFile } = ports;
  const { events: log } = store;

  async function placeOf(since: string): Promise<Place> {
    const isMoment = /^\d{4}-\d\d-\d\dT/.test(since);
    return isMoment ? { sequence: await log.before(fromTimestamp(since)) } : log.resolve(since);
  }

  async function start(
    { since, last_event_id }: TailQuery,
    lastEventId: string | undefined,
  ): Promise<Start | { readonly reset: string }> {
    const from = lastEventId ?? last_event_id ?? since;
    if (from === undefined) return { sequence: log.head, cursor: log.headCursor };
    const place = await placeOf(from);
    if ("reset" in place) return place;
    return { sequence: place.sequence, cursor: await cursorAt(place.sequence) };
  }

  async function cursorAt(sequence: number): Promise<string | null> {
    if (sequence === log.head) return log.headCursor;
    for await (const [entry] of log.scan({ after: sequence - 1, upTo: sequence })) {
      if (entry !== undefined) return entry.cursor;
    }
    return null;
  }

  async function rangeOf(given: {
    readonly since?: string | undefined;
    readonly until?: string | undefined;
  }): Promise<Range | Refusal<"cursor-gone">> {
    const since = given.since === undefined ? { sequence: 0 } : await placeOf(given.since);
    if ("reset" in since) return cursorGone("since", since.reset);
    const until = given.until === undefined ? { sequence: log.head } : await placeOf(given.until);
    if ("reset" in until) return cursorGone("until", until.reset);
    return { after: since.sequence, upTo: until.sequence };
  }

  async function list(query: EventQuery): Promise<EventPage | Refusal<ProblemCode>> {
    const range = await rangeOf(query);
    if ("code" in range) return range;
    const backwards = query.order === "desc";
    let { after, upTo } = range;
    if (query.cursor !== undefined) {
      const place = await log.resolve(query.cursor);
      if ("reset" in place) return cursorGone("cursor", place.reset);
      if (backwards) upTo = Math.min(upTo, place.sequence);
      else after = Math.max(after, place.sequence);
    }
    return toPage(matching(log, { after, upTo, backwards }, query), query.limit, backwards);
  }

  async function poll(
    query: TailQuery,
    lastEventId: string | undefined,
    signal: AbortSignal,
  ): Promise<TailPoll> {
    const from = await start(query, lastEventId);
    if ("reset" in from) return { items: [], next_cursor: log.headCursor, reset: from.reset };
    const wants = toPredicate(query);
    const news = new News(log);
    const deadline = AbortSignal.any([signal, news.signal]);
    try {
      let at: Start = from;
      let timeUp = query.wait_ms === 0;
      for (;;) {
        const upTo = log.head;
        const found = await collect(log, at, upTo, wants, query.limit);
        if (found.items.length > 0 || timeUp || deadline.aborted) return found;
        at = { sequence: upTo, cursor: found.next_cursor };
        timeUp = await news.wait(query.wait_ms, signal);
      }
    } finally {
      news.stop();
    }
  }

  return { list, poll, start, append, humanLog };
}
