/**
 * A program: many readers of one tail, in a process of their own. Each notes which events come, in which
 * order, and how long after they were sent off.
 *
 * Told `port`, `readers` and how many `events` there will be; says "ready" when every reader is live,
 * and a summary when each has seen the last event, or the time for that is over.
 */
import { connect } from "node:net";
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
const [SEMICOLON, AT, ZERO, POINT, NEWLINE] = [0x3b, 0x40, 0x30, 0x2e, 0x0a];
/** Tenths of a millisecond, up to a minute. */
const delays = new Uint32Array(600_000);

/** Finds the ticks in the bytes as they come; a million a second go through here. */
class TickReader {
  seen = 0;
  order = 0;
  #rest: Buffer | undefined;

  take(chunk: Buffer): void {
    const now = nowMs();
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    let from = 0;
    for (;;) {
      const mark = bytes.indexOf(MARK, from);
      const end = mark === -1 ? -1 : bytes.indexOf(SEMICOLON, mark);
      if (end === -1) {
        // Between two messages nothing is cut in half; otherwise the rest may begin a tick.
        const keep = mark === -1 ? Math.max(from, bytes.length - MARK.length) : mark;
        this.#rest = bytes.at(-1) === NEWLINE ? undefined : bytes.subarray(keep);
        return;
      }
      this.#tick(bytes, mark + MARK.length, end, now);
      from = end;
    }
  }

  #tick(bytes: Buffer, start: number, end: number, now: number): void {
    let at = start;
    let number = 0;
    for (; bytes[at] !== AT; at += 1) number = number * 10 + (bytes[at] ?? 0) - ZERO;
    let sent = 0;
    for (at += 1; at < end; at += 1) {
      if (bytes[at] !== POINT) sent = sent * 10 + (bytes[at] ?? 0) - ZERO;
    }
    this.seen += 1;
    this.order = nextOrder(this.order, number);
    const delay = Math.round((now - sent / 100) * 10);
    const slot = Math.min(Math.max(0, delay), delays.length - 1);
    delays[slot] = (delays[slot] ?? 0) + 1;
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

function open(port: number): Promise<TickReader> {
  return new Promise((resolve, reject) => {
    const reader = new TickReader();
    const socket = connect(port, "127.0.0.1");
    let head = "";
    socket.once("connect", () =>
      socket.write(toRequest("GET", "/collab/events/tail", { accept: "text/event-stream" })),
    );
    socket.on("error", reject);
    socket.on("data", (chunk: Buffer) => {
      if (head !== "live") {
        head += chunk.toString("latin1");
        if (!head.includes("event: caught-up")) return;
        head = "live";
        resolve(reader);
        return;
      }
      reader.take(chunk);
    });
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
    process.send?.(summarize(readers), () => process.exit(0));
  }, 200);
}

if (import.meta.main) {
  const [port = 0, count = 0, events = 0] = process.argv.slice(2).map(Number);
  await main(port, count, events);
}
