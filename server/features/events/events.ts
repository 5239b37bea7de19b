/** What can be done with events, apart from streaming them. */
import type {
  AppendAnswer,
  AppendCommand,
  EventPage,
  EventQuery,
  LogAnswer,
  LogCommand,
  TailPoll,
  TailQuery,
} from "#contracts/event";
import type { ProblemCode } from "#contracts/problem";
import type { Principal } from "../../kernel/principal.ts";
import type { Refusal } from "../../kernel/refusal.ts";
import type { Terms } from "../../kernel/terms.ts";
import { accept, type Committed, type LogEntry, type Store } from "../../store/port.ts";
import type { NoPlace, Place } from "../../store/places.ts";
import { toMarkdown } from "./human-log.ts";
import { list, matching, poll, startOf, toRange, type Range } from "./reading.ts";

export interface Events {
  append(
    principal: Principal,
    command: AppendCommand,
    terms: Terms,
  ): Promise<Committed<AppendAnswer>>;
  list(query: EventQuery): Promise<EventPage | Refusal<ProblemCode>>;
  /** Waits up to `wait_ms` for something new; `signal` ends the wait. */
  poll(query: TailQuery, lastEventId: string | undefined, signal: AbortSignal): Promise<TailPoll>;
  start(query: TailQuery, lastEventId: string | undefined): Promise<Place | NoPlace>;
  humanLog(principal: Principal, command: LogCommand, terms: Terms): Promise<Committed<LogAnswer>>;
}

/** Where the human log is written to. */
export interface HumanLogFile {
  /** Its path from the collaboration folder. */
  readonly name: string;
  append(markdown: string): Promise<void>;
}

/** More than this nobody reads; the newest are told. */
const MOST_TOLD = 10_000;

export function createEvents(ports: {
  readonly store: Pick<Store, "commit" | "events">;
  readonly humanLogFile: HumanLogFile;
}): Events {
  const { store, humanLogFile } = ports;
  const { events: log } = store;

  async function append(
    principal: Principal,
    command: AppendCommand,
    { idempotency }: Terms,
  ): Promise<Committed<AppendAnswer>> {
    const events = Array.isArray(command) ? command : [command];
    const by = { actor: principal.id, idempotency };
    const committed = await store.commit(() => accept(() => null, events), by);
    if (!committed.ok) return committed;
    return { ...committed, value: { ok: true, ids: [...committed.eventIds] } };
  }

  async function tellAll(
    range: Range,
    command: LogCommand,
  ): Promise<{ markdown: string; events: number }> {
    const told: LogEntry[] = [];
    for await (const entry of matching(log, range, command, true)) {
      told.push(entry);
      if (told.length === MOST_TOLD) break;
    }
    const events = told.toReversed().map((entry) => entry.event);
    return { markdown: toMarkdown(events), events: events.length };
  }

  /**
   * Writing is noted in the log, and with the note stands what was told of. So a repetition of the
   * request tells the same once more, and writes nothing. A crash between the note and the file costs
   * the file a chapter that can be asked for again.
   */
  async function humanLog(
    principal: Principal,
    command: LogCommand,
    { idempotency }: Terms,
  ): Promise<Committed<LogAnswer>> {
    const range = await toRange(log, command);
    if ("code" in range) return range;
    const { name } = humanLogFile;
    if (command.write !== true) {
      const value = { ...(await tellAll(range, command)), written: null };
      return { ok: true, value, replayed: false, cursor: log.headCursor, eventIds: [] };
    }
    const note = { event: "note", target: `log:${name}`, details: { written: name } };
    const by = { actor: principal.id, idempotency };
    const committed = await store.commit(() => accept(() => range, [note]), by);
    if (!committed.ok) return committed;
    const told = await tellAll(committed.value, command);
    if (!committed.replayed) await humanLogFile.append(`${told.markdown}\n`);
    return { ...committed, value: { ...told, written: name } };
  }

  return {
    append,
    humanLog,
    list: (query) => list(log, query),
    poll: (query, lastEventId, signal) => poll(log, query, lastEventId, signal),
    start: (query, lastEventId) => startOf(log, query, lastEventId),
  };
}
