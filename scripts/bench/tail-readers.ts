/**
 * A program: many readers of one tail, in a process of their own. Each notes which events come, in which
 * order, and how long after they were sent off.
 *
 * Told `port`, `readers` and how many `events` there will be; says "ready" when every reader is live,
 * and a summary when each has seen the last event, or the time for that is over.
 */
import { connect } from "node:net";
import { crc32 } from "node:zlib";
import { toRequest } from "./http-client.ts";

/** In an event: its number, and the moment on the monotonic clock, which all processes share. */
export function toTick(number: number): string {
  return `${number}@${nowMs().toFixed(2)};`;
}

export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export interface Summary {
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
  readonly delivered: number;
  /** How many events each reader saw, and in which order (see `nextOrder`). */
  readonly seen: readonly number[];
  readonly orders: readonly number[];
}

/** Two readers with the same result saw the same numbers in the same order. */
export function nextOrder(order: number, number: number): number {
  return (Math.imul(order, 31) + number) >>> 0;
}

const MARK = Buffer.from('"tick":"');
const NEWLINE = 10;
/** Tenths of a millisecond, up to a minute. */
const delays = new Uint32Array(600_000);

/** The ticks of a piece of the stream: their numbers, and when they were sent. */
interface Ticks {
  readonly numbers: readonly number[];
  readonly sent: readonly number[];
  /** What may be the beginning of another tick. */
  readonly rest: Buffer | undefined;
}

/**
 * A million events a second come in here, mostly the same bytes for one reader after the other. So
 * what was made of a piece is kept for a moment, by its checksum: what is different is read anew.
 */
const known = new Map<number, Ticks>();
const MOST_KNOWN = 500;

function readTicks(bytes: Buffer): Ticks {
  const key = crc32(bytes) * 2 ** 20 + bytes.length;
  const before = known.get(key);
  if (before !== undefined) return before;
  const ticks = findTicks(bytes);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, ticks);
  return ticks;
}

function findTicks(bytes: Buffer): Ticks {
  const numbers: number[] = [];
  const sent: number[] = [];
  let from = 0;
  for (;;) {
    const mark = bytes.indexOf(MARK, from);
    const end = mark === -1 ? -1 : bytes.indexOf(";", mark);
    if (end === -1) {
      // Between two messages nothing is cut in half.
      const keep = mark === -1 ? Math.max(from, bytes.length - MARK.length) : mark;
      const rest = bytes.at(-1) === NEWLINE ? undefined : Buffer.from(bytes.subarray(keep));
      return { numbers, sent, rest };
    }
    const [number, moment] = bytes.toString("latin1", mark + MARK.length, end).split("@");
    numbers.push(Number(number));
    sent.push(Number(moment));
    from = end;
  }
}

class TickReader {
  seen = 0;
  order = 0;
  #rest: Buffer | undefined;

  take(chunk: Buffer): void {
    const now = nowMs();
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    const { numbers, sent, rest } = readTicks(bytes);
    this.#rest = rest;
    for (let index = 0; index < numbers.length; index += 1) {
      this.order = nextOrder(this.order, numbers[index] ?? 0);
      const delay = Math.round((now - (sent[index] ?? 0)) * 10);
      const slot = Math.min(Math.max(0, delay), delays.length - 1);
      delays[slot] = (delays[slot] ?? 0) + 1;
    }
    this.seen += numbers.length;
  }
}

function summarize(readers: readonly TickReader[]): Summary {
  const delivered = delays.reduce((sum, count) => sum + count, 0);
  const quantile = (share: number): number => {
    let left = Math.ceil(delivered * share);
    const slot = delays.findIndex((count) => (left -= count) <= 0);
    return slot / 10;
  };
  return {
    p50: quantile(0.5),
    p99: quantile(0.99),
    worst: quantile(1),
    delivered,
    seen: readers.map(({ seen }) => seen),
    orders: readers.map(({ order }) => order),
  };
}

const PATIENCE_MS = 20_000;
const LIVE = "live";

/** All sockets read into the same memory, one after the other: a buffer for each would be garbage. */
const memory = Buffer.alloc(256 * 1_024);

function open(port: number): Promise<TickReader> {
  return new Promise((resolve, reject) => {
    const reader = new TickReader();
    let head = "";
    const callback = (length: number): boolean => {
      const chunk = memory.subarray(0, length);
      if (head === LIVE) {
        reader.take(chunk);
        return true;
      }
      head += chunk.toString("latin1");
      if (!head.includes("event: caught-up")) return true;
      head = LIVE;
      resolve(reader);
      return true;
    };
    const socket = connect({ port, host: "127.0.0.1", onread: { buffer: memory, callback } });
    socket.once("connect", () =>
      socket.write(toRequest("GET", "/collab/events/tail", { accept: "text/event-stream" })),
    );
    socket.on("error", reject);
  });
}

async function main(port: number, count: number, events: number): Promise<void> {
  const readers: TickReader[] = [];
  for (let from = 0; from < count; from += 100) {
    const some = Array.from({ length: Math.min(100, count - from) }, () => open(port));
    readers.push(...(await Promise.all(some)));
  }
  process.send?.("ready");
  let quietSince = nowMs();
  let before = 0;
  const timer = setInterval(() => {
    const seen = readers.reduce((sum, reader) => sum + reader.seen, 0);
    if (seen !== before) quietSince = nowMs();
    before = seen;
    if (seen < count * events && nowMs() - quietSince < PATIENCE_MS) return;
    clearInterval(timer);
    process.send?.(summarize(readers));
  }, 200);
}

if (import.meta.main) {
  const [port = 0, count = 0, events = 0] = process.argv.slice(2).map(Number);
  await main(port, count, events);
}
