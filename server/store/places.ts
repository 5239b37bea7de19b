/** Places in the log, by the ways in which callers name them. */
import { fromTimestamp, toInstant } from "../kernel/instant.ts";
import { ORIGIN } from "./log-line.ts";
import type { EventLog } from "./port.ts";

/** Right behind an event; reading on from here gives what came after it. */
export interface Place {
  readonly sequence: number;
  readonly cursor: string;
}

export interface NoPlace {
  /** Why the cursor names none any more. */
  readonly reset: string;
}

/** @param text a cursor, or an RFC 3339 moment: the place before everything from that moment on. */
export async function findPlace(log: EventLog, text: string): Promise<Place | NoPlace> {
  const moment = /^\d{4}-\d\d-\d\dT/.test(text) ? fromTimestamp(text) : Number.NaN;
  if (!Number.isNaN(moment)) return placeAt(log, await log.before(toInstant(moment)));
  const found = await log.resolve(text);
  return "reset" in found ? found : { sequence: found.sequence, cursor: text };
}

export function headOf(log: EventLog): Place {
  return { sequence: log.head, cursor: log.headCursor };
}

async function placeAt(log: EventLog, sequence: number): Promise<Place> {
  if (sequence === log.head) return headOf(log);
  for await (const [entry] of log.scan({ after: sequence - 1, upTo: sequence })) {
    if (entry !== undefined) return { sequence, cursor: entry.cursor };
  }
  return { sequence: 0, cursor: ORIGIN };
}
