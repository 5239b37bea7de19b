/** One event, one line of the log. */
import { crc32 } from "node:zlib";
import { isKind } from "#contracts/state";
import type { KyrosEvent } from "#contracts/event";
import { isObject } from "../kernel/json.ts";
import type { LoggedChange } from "./change.ts";
import type { LogEntry } from "./port.ts";

export interface EncodedLine extends LogEntry {
  /** With its newline, as it goes to disk. */
  readonly bytes: Buffer;
  /** CRC-32 of the whole log up to and including this line. */
  readonly crc: number;
}

/**
 * A cursor is a position and the checksum of all that stands before it. History that was rewritten
 * by someone else gives another checksum, so an old cursor never names a wrong place.
 */
export function toCursor(position: number, crc: number): string {
  return `${position}.${crc.toString(16).padStart(8, "0")}`;
}

export function parseCursor(cursor: string): { position: number; crc: number } | undefined {
  const match = /^(\d{1,15})\.([0-9a-f]{8})$/.exec(cursor);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { position: Number(match[1]), crc: Number.parseInt(match[2], 16) };
}

/** The place before the first event. */
export const ORIGIN = toCursor(0, 0);

export function encodeLine(event: KyrosEvent, sequence: number, crcBefore: number): EncodedLine {
  const line = JSON.stringify(event);
  const bytes = Buffer.from(`${line}\n`);
  const crc = crc32(bytes, crcBefore);
  const cursor = toCursor(sequence, crc);
  return { sequence, cursor, event, line, endsCommit: endsCommit(event), bytes, crc };
}

/** Whatever names itself, its time and what happened is an event; else the text says what is wrong. */
export function decodeLine(line: string): KyrosEvent | string {
  if (line.trim() === "") return "the line is empty";
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return error instanceof Error ? error.message : "not JSON";
  }
  if (!isObject(value)) return "an event is a JSON object";
  const { id, ts, event, actor, target, details } = value;
  if (typeof id !== "string" || typeof ts !== "string" || typeof event !== "string") {
    return "an event has the texts id, ts and event";
  }
  if (Number.isNaN(Date.parse(ts))) return "ts is not an RFC 3339 time";
  return {
    id,
    ts,
    event,
    actor: typeof actor === "string" ? actor : "",
    target: typeof target === "string" ? target : "",
    details: isObject(details) ? details : {},
  };
}

/** Members of `details` by which the log tells what it needs itself; nobody else may write them. */
export const RESERVED_DETAILS = ["changes", "commit", "idempotency"] as const;

/** Which event of how many: written only where a commit has several. */
export interface CommitPart {
  readonly index: number;
  readonly size: number;
}

export function commitPart(event: KyrosEvent): CommitPart {
  const part = event.details["commit"];
  if (isObject(part) && isCount(part["index"]) && isCount(part["size"])) {
    return { index: part["index"], size: part["size"] };
  }
  return { index: 0, size: 1 };
}

export function endsCommit(event: KyrosEvent): boolean {
  const { index, size } = commitPart(event);
  return index >= size - 1;
}

/** The changes of an event; what does not look like one (a foreign line) is left out. */
export function changesOf(event: KyrosEvent): readonly LoggedChange[] {
  const changes: unknown = event.details["changes"];
  return Array.isArray(changes) ? changes.filter(isLoggedChange) : [];
}

function isLoggedChange(value: unknown): value is LoggedChange {
  if (!isObject(value)) return false;
  const { kind, id, version, hash, patch, value: whole } = value;
  return (
    isKind(kind) &&
    typeof id === "string" &&
    isCount(version) &&
    (hash === undefined || typeof hash === "string") &&
    (isObject(patch) || isObject(whole) || whole === null)
  );
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
