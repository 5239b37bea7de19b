/** Readers of the tail, each with its own way of losing the connection; each keeps a transcript. */
import { setTimeout as sleep } from "node:timers/promises";
import { EventSourceParserStream, type EventSourceMessage } from "eventsource-parser/stream";
import { createClient, toSearch } from "#contracts/client";
import type { KyrosEvent } from "#contracts/event";
import type { Run } from "./clients.ts";
import type { Said, Transcript } from "./judge-tails.ts";

export interface Reader extends Transcript {
  readonly said: Said[];
  /** How many events stand before the first it asks for. */
  readonly from: number;
}

/** Where a reader begins: a cursor or a time, and how many events stand before it. */
export interface Beginning {
  readonly since: string;
  readonly from: number;
}

interface Habit {
  readonly query?: Readonly<Record<string, string>>;
  /** The reader itself hangs up after up to so long. */
  readonly cutsAfterMs?: number;
  /** It stops reading for up to so long, again and again. */
  readonly stallsForMs?: number;
}

export const HABITS: Readonly<Record<string, Habit>> = {
  steady: {},
  "in batches": { query: { batch: "1" } },
  "filtered by event": { query: { event: "task_updated,lease_acquired" } },
  "filtered by target": { query: { target: "task:R-1", batch: "1" } },
  "cut off": { cutsAfterMs: 800 },
  "cut off, filtered, in batches": {
    cutsAfterMs: 800,
    query: { batch: "1", event: "lease_released" },
  },
  stalling: { stallsForMs: 1_500 },
};

function wantsOf({ event, target }: Readonly<Record<string, string>> = {}) {
  const events = event?.split(",");
  return (found: KyrosEvent) =>
    (events === undefined || events.includes(found.event)) &&
    (target === undefined || found.target === target);
}

/** Reads from a cursor on, over as many connections as it takes. */
export function streamReader(
  run: Run,
  name: string,
  { since, from }: Beginning,
): { reader: Reader; done: Promise<void> } {
  const habit = HABITS[name] ?? {};
  const reader: Reader = { reader: name, wants: wantsOf(habit.query), said: [], from };
  const url = `${run.baseUrl}/collab/events/tail${toSearch({ since, ...habit.query })}`;
  async function go(): Promise<void> {
    let cursor: string | undefined;
    while (!run.end.aborted) {
      const hangUp = new AbortController();
      const timer =
        habit.cutsAfterMs === undefined
          ? undefined
          : setTimeout(() => hangUp.abort(), Math.random() * habit.cutsAfterMs);
      try {
        const signal = AbortSignal.any([hangUp.signal, run.end]);
        const onOpen = () => reader.said.push({ what: "opened", cursor });
        for await (const message of connect(url, cursor, signal, onOpen)) {
          const said = toSaid(message);
          if (said === undefined) continue;
          reader.said.push(said);
          if (said.what !== "reset") cursor = said.cursor ?? cursor;
          if (habit.stallsForMs !== undefined && Math.random() < 0.005)
            await sleep(Math.random() * habit.stallsForMs);
        }
      } catch {
        // The connection is gone, by whichever side.
      } finally {
        clearTimeout(timer);
      }
      await sleep(Math.random() * 100);
    }
  }
  return { reader, done: go() };
}

async function* connect(
  url: string,
  cursor: string | undefined,
  signal: AbortSignal,
  onOpen: () => void,
): AsyncGenerator<EventSourceMessage> {
  const headers: Record<string, string> = cursor === undefined ? {} : { "last-event-id": cursor };
  const { body, status } = await fetch(url, { headers, signal });
  if (status !== 200 || body === null) throw new Error(`the tail answers ${status}`);
  onOpen();
  yield* body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
}

function toSaid({ event = "", id, data }: EventSourceMessage): Said | undefined {
  if (event === "bye") return undefined;
  if (event === "reset") return { what: "reset", reason: data };
  if (event === "hello" || event === "bookmark" || event === "caught-up") {
    return id === undefined ? undefined : { what: "place", cursor: id };
  }
  const content = JSON.parse(data) as KyrosEvent | KyrosEvent[];
  return { what: "events", ids: [content].flat().map((each) => each.id), cursor: id };
}

/** By long poll; each answer is a connection of its own. */
export function pollReader(
  run: Run,
  { since, from }: Beginning,
): { reader: Reader; done: Promise<void> } {
  const reader: Reader = { reader: "by long poll", wants: () => true, said: [], from };
  const client = createClient({ baseUrl: run.baseUrl });
  async function go(): Promise<void> {
    let cursor: string | undefined;
    while (!run.end.aborted) {
      try {
        const query = { mode: "poll", since: cursor ?? since, wait_ms: 500 };
        const { body } = await client.call("tailEvents", { query, signal: run.end });
        if (body === undefined) continue;
        reader.said.push({ what: "opened", cursor });
        if (body.reset !== undefined) reader.said.push({ what: "reset", reason: body.reset });
        const ids = body.items.map(({ id }) => id);
        cursor = body.next_cursor;
        reader.said.push(
          ids.length > 0 ? { what: "events", ids, cursor } : { what: "place", cursor },
        );
      } catch {
        await sleep(Math.random() * 100);
      }
    }
  }
  return { reader, done: go() };
}
