/** Finds and follows events in the log. */
import type { EventPage, EventQuery, TailPoll, TailQuery } from "#contracts/event";
import { refuse, type Refusal } from "../../kernel/refusal.ts";
import { after as later } from "../../kernel/timers.ts";
import { Gatherer } from "../../store/gather.ts";
import type { EventLog, LogEntry } from "../../store/port.ts";
import { findPlace, headOf, type NoPlace, type Place } from "../../store/places.ts";
import { publicEvent } from "../../store/public-event.ts";
import { toMarks, toPredicate, type EventFilter } from "./filter.ts";

export interface Range {
  readonly after: number;
  readonly upTo: number;
}

/** Both ends may be cursors or moments; what is at `since` is in, what is at `until` is out. */
export async function toRange(
  log: EventLog,
  given: { readonly since?: string | undefined; readonly until?: string | undefined },
): Promise<Range | Refusal<"cursor-gone">> {
  const since = given.since === undefined ? { sequence: 0 } : await findPlace(log, given.since);
  if ("reset" in since) return cursorGone("since", since.reset);
  const until = given.until === undefined ? headOf(log) : await findPlace(log, given.until);
  if ("reset" in until) return cursorGone("until", until.reset);
  return { after: since.sequence, upTo: until.sequence };
}

export async function list(
  log: EventLog,
  query: EventQuery,
): Promise<EventPage | Refusal<"cursor-gone">> {
  const range = await toRange(log, query);
  if ("code" in range) return range;
  const page = query.cursor === undefined ? undefined : await log.resolve(query.cursor);
  if (page !== undefined && "reset" in page) return cursorGone("cursor", page.reset);
  const backwards = query.order === "desc";
  const at = page?.sequence;
  const rest = backwards
    ? { after: range.after, upTo: Math.min(range.upTo, at ?? range.upTo) }
    : { after: Math.max(range.after, at ?? 0), upTo: range.upTo };
  const items: LogEntry[] = [];
  for await (const entry of matching(log, rest, query, backwards)) {
    const last = items.at(-1);
    if (items.length < query.limit || last === undefined) {
      items.push(entry);
      continue;
    }
    // Read on behind the last one; backwards, from the one that no longer fitted.
    const next_cursor = backwards ? entry.cursor : last.cursor;
    return { items: items.map(toPublic), next_cursor };
  }
  return { items: items.map(toPublic), next_cursor: null };
}

export async function* matching(
  log: EventLog,
  range: Range,
  filter: EventFilter,
  backwards = false,
): AsyncIterable<LogEntry> {
  const wants = toPredicate(filter);
  const containing = toMarks(filter);
  const narrowed = containing === undefined ? {} : { containing };
  for await (const entries of log.scan({ ...range, backwards, ...narrowed })) {
    for (const entry of entries) if (wants(entry.event)) yield entry;
  }
}

/** Where a tail starts: what it was last sent beats what it asks for; else the end of the log. */
export async function startOf(
  log: EventLog,
  { since, last_event_id }: Pick<TailQuery, "since" | "last_event_id">,
  lastEventId: string | undefined,
): Promise<Place | NoPlace> {
  const from = lastEventId ?? last_event_id ?? since;
  return from === undefined ? headOf(log) : findPlace(log, from);
}

/** Long polling: waits until there is something, time is up, or the caller has gone. */
export async function poll(
  log: EventLog,
  query: TailQuery,
  lastEventId: string | undefined,
  signal: AbortSignal,
): Promise<TailPoll> {
  const start = await startOf(log, query, lastEventId);
  if ("reset" in start) return { items: [], next_cursor: log.headCursor, reset: start.reset };
  const watch = new Watch(log, query.wait_ms, signal);
  try {
    let at: Place = start;
    for (;;) {
      const found = await collect(log, at, query);
      if (watch.reset !== undefined) {
        return { items: [], next_cursor: log.headCursor, reset: watch.reset };
      }
      if (found.items.length > 0 || watch.isOver) {
        return {
          items: found.items.map(toPublic),
          next_cursor: found.end.cursor,
        };
      }
      at = found.end;
      await watch.change();
    }
  } finally {
    watch.stop();
  }
}

/** Whole commits only, as many as it takes to reach the limit. */
async function collect(
  log: EventLog,
  from: Place,
  query: TailQuery,
): Promise<{ items: readonly LogEntry[]; end: Place }> {
  const gatherer = new Gatherer(toPredicate(query));
  const items: LogEntry[] = [];
  let end = from;
  for await (const entries of readOn(log, from.sequence)) {
    for (const entry of entries) {
      for (const portion of gatherer.take([entry])) items.push(...portion.entries);
      if (entry.endsCommit) end = { sequence: entry.sequence, cursor: entry.cursor };
      if (items.length >= query.limit) return { items, end };
    }
  }
  return { items, end };
}

async function* readOn(log: EventLog, after: number): AsyncIterable<readonly LogEntry[]> {
  const recent = log.recent(after);
  if (recent === undefined) yield* log.scan({ after });
  else yield recent;
}

/** Remembers what happened to the log between two looks at it. */
class Watch {
  isOver: boolean;
  reset: string | undefined;
  readonly #stops: (() => void)[];
  #hasChanged = false;
  #wake = () => {};

  constructor(log: EventLog, waitMs: number, signal: AbortSignal) {
    this.isOver = waitMs === 0 || signal.aborted;
    const end = () => {
      this.isOver = true;
      this.#wake();
    };
    signal.addEventListener("abort", end);
    this.#stops = [
      () => signal.removeEventListener("abort", end),
      later(waitMs, end),
      log.subscribe((reset) => {
        this.reset ??= reset;
        this.#hasChanged = true;
        this.#wake();
      }),
    ];
  }

  async change(): Promise<void> {
    if (!this.#hasChanged && !this.isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#hasChanged = false;
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }
}

function cursorGone(name: string, reason: string): Refusal<"cursor-gone"> {
  return refuse(
    "cursor-gone",
    `${name} no longer names a place in the log: ${reason}. Start over without it.`,
  );
}

function toPublic({ event }: LogEntry) {
  return publicEvent(event);
}
