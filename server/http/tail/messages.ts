/**
 * The words of the stream, as server-sent events (WHATWG HTML, section 9.2).
 *
 *   E10  The events of one commit go out together, and only the last of them carries the cursor.
 */
import {
  STREAM_MESSAGES,
  type KyrosEvent,
  type TailBye,
  type TailHello,
  type TailMark,
  type TailReset,
} from "#contracts/event";
import { publicLine } from "../../store/public-event.ts";
import type { Portion } from "../../store/gather.ts";

/** How long a reader waits before it comes back after the connection broke. */
export const RETRY_MS = 1_000;

export type TailMode = "single" | "batch";

export function hello(data: TailHello): string {
  return `retry: ${RETRY_MS}\n${message("hello", data, data.since)}`;
}

export function caughtUp(data: TailMark): string {
  return message("caught-up", data, data.cursor);
}

export function bookmark(data: TailMark): string {
  return message("bookmark", data, data.cursor);
}

/**
 * @param resumable the reader may come back with the id it has; otherwise it is given the end of the
 *   log, lest it ask for the lost place for ever.
 */
export function reset(data: TailReset, resumable: boolean): string {
  return message("reset", data, resumable ? undefined : data.cursor);
}

export function bye(data: TailBye): string {
  return `retry: ${data.retry_ms}\n${message("bye", data)}`;
}

export function portions(given: readonly Portion[], mode: TailMode): string {
  if (mode === "single") return given.map(oneByOne).join("");
  const last = given.at(-1);
  if (last === undefined) return "";
  const lines = given.flatMap(({ entries }) => entries.map(publicLine));
  return `event: batch\nid: ${last.cursor}\ndata: [${lines.join(",")}]\n\n`;
}

function oneByOne({ entries, cursor }: Portion): string {
  const last = entries.length - 1;
  return entries
    .map((entry, index) => {
      const id = index === last ? `id: ${cursor}\n` : "";
      return `${nameField(entry.event)}${id}data: ${publicLine(entry)}\n\n`;
    })
    .join("");
}

const NAMES_OF_OURS: readonly string[] = STREAM_MESSAGES;

/** A line that somebody else wrote into the log may bear any name; such an event goes without one. */
function nameField({ event }: KyrosEvent): string {
  const isPlain = /^[a-z][a-z0-9_]*$/.test(event) && !NAMES_OF_OURS.includes(event);
  return isPlain ? `event: ${event}\n` : "";
}

function message(name: string, data: object, id?: string): string {
  const idField = id === undefined ? "" : `id: ${id}\n`;
  return `event: ${name}\n${idField}data: ${JSON.stringify(data)}\n\n`;
}
