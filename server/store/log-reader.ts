/** Reads the log file line by line, in large pieces, and keeps the sum of what it passed. */
import { crc32 } from "node:zlib";
import type { KyrosEvent } from "#contracts/event";
import { decodeLine } from "./log-line.ts";
import type { Place } from "./log-index.ts";

export interface ReadLine {
  readonly event: KyrosEvent;
  readonly text: string;
  readonly start: Place;
  readonly end: Place;
}

export interface ReadResult {
  /** Behind the last line that could be read. */
  readonly end: Place;
  /** Why reading stopped before the end. `isLast`: no line follows the unreadable one. */
  readonly stopped?: { readonly reason: string; readonly isLast: boolean };
}

interface Source {
  read(offset: number, length: number, into?: Buffer): Promise<Buffer>;
}

interface Options {
  /** Read to here, a byte offset. */
  readonly until: number;
  /** Lines without any of these bytes are passed over without being decoded. */
  readonly containing?: readonly Buffer[] | undefined;
}

const CHUNK_BYTES = 1 << 20;
const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

export async function readLines(
  source: Source,
  from: Place,
  { until, containing }: Options,
  onLine: (line: ReadLine) => void,
): Promise<ReadResult> {
  let place = from;
  let rest: Buffer = Buffer.alloc(0);
  for (let at = from.offset; at < until; at += CHUNK_BYTES) {
    const chunk = await source.read(at, Math.min(CHUNK_BYTES, until - at));
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (
      let newline = bytes.indexOf(NEWLINE);
      newline !== -1;
      newline = bytes.indexOf(NEWLINE, start)
    ) {
      const line = bytes.subarray(start, newline + 1);
      const end = {
        position: place.position + 1,
        offset: place.offset + line.length,
        crc: crc32(line, place.crc),
      };
      if (containing === undefined || containing.some((text) => line.includes(text))) {
        // Git on Windows may have put carriage returns there.
        const textEnd = bytes[newline - 1] === CARRIAGE_RETURN ? newline - 1 : newline;
        const text = bytes.toString("utf8", start, textEnd);
        const event = decodeLine(text);
        if (typeof event === "string") {
          return { end: place, stopped: { reason: event, isLast: end.offset >= until } };
        }
        onLine({ event, text, start: place, end });
      }
      place = end;
      start = newline + 1;
    }
    rest = bytes.subarray(start);
  }
  if (rest.length === 0) return { end: place };
  return { end: place, stopped: { reason: "the last line has no end", isLast: true } };
}

/** CRC-32 of all up to an offset, by what it is up to a place before it. */
export async function checksum(source: Source, from: Place, until: number): Promise<number> {
  let { crc } = from;
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, until - from.offset));
  for (let at = from.offset; at < until; at += CHUNK_BYTES) {
    crc = crc32(await source.read(at, Math.min(CHUNK_BYTES, until - at), buffer), crc);
  }
  return crc;
}
