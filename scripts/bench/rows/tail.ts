/** A thousand readers of one tail, and a thousand events a second for each of them. */
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { EventPage } from "#contracts/event";
import { sleep } from "../../../server/kernel/timers.ts";
import { newPath, type Bench } from "../bench.ts";
import { Connection, toRequest } from "../http-client.ts";
import { startKyros } from "../kyros.ts";
import { cpuMs, start } from "../process.ts";
import { ms, type Figure } from "../report.ts";
import { nextOrder, nowMs, toTick, type Summary } from "../tail-readers.ts";

const READERS = 1_000;
const PER_SECOND = 1_000;
/** Events in one request, as a worker that reports progress would send them. */
const TOGETHER = 10;
const GOAL_MS = 100;

interface Run extends Omit<Summary, "seen" | "orders"> {
  readonly readers: number;
  readonly serverBusy: number;
  readonly readersBusy: number;
}

export async function tailRows(bench: Bench): Promise<Figure[]> {
  const seconds = bench.isShort ? 4 : 10;
  const alone = await tail(bench, 1, seconds);
  const all = await tail(bench, READERS, seconds);
  const runs = [alone, all];
  // Where the machine does not bear all of them: how many it does.
  for (
    let readers = READERS / 2;
    readers >= 125 && all.p99 > GOAL_MS && !bench.isShort;
    readers /= 2
  ) {
    const run = await tail(bench, readers, seconds);
    runs.push(run);
    if (run.p99 <= GOAL_MS) break;
  }
  return [
    {
      figure: "tail, 1,000 readers, 1,000 events/s, p99",
      goal: "≤ 100 ms, none lost",
      measured: ms(all.p99),
      against: `1 reader ${ms(alone.p99)}`,
      ratio: all.p99 / alone.p99,
      met: all.p99 <= GOAL_MS,
      notes: runs.map(toNote),
      rounds: runs,
    },
  ];
}

function toNote({ readers, delivered, p50, p99, worst, serverBusy, readersBusy }: Run): string {
  return (
    `${readers} reader${readers === 1 ? "" : "s"}: ${delivered.toLocaleString("en")} events delivered, none lost, ` +
    `p50 ${ms(p50)}, p99 ${ms(p99)}, worst ${ms(worst)}; the server was ${Math.round(serverBusy * 100)} % busy, the readers ${Math.round(readersBusy * 100)} %`
  );
}

/** @throws Error when a reader missed an event, or got one twice or out of order. */
async function tail(bench: Bench, readers: number, seconds: number): Promise<Run> {
  const server = await startKyros(bench, newPath(bench, "tail"));
  const events = seconds * PER_SECOND;
  const path = fileURLToPath(new URL("../tail-readers.ts", import.meta.url));
  const program = start(newPath(bench, "readers.log"), process.execPath, [
    path,
    ...[server.port, readers, events].map(String),
  ]);
  await once(program.child, "message");
  const summary = once(program.child, "message") as Promise<[Summary]>;
  const before = [cpuMs(server.pid), cpuMs(program.pid)] as const;
  const began = nowMs();
  await produce(server.port, events);
  const [result] = await summary;
  const took = nowMs() - began;
  const serverBusy = (cpuMs(server.pid) - before[0]) / took;
  const readersBusy = (cpuMs(program.pid) - before[1]) / took;
  const order = await orderInLog(server.port, events);
  await program.stop();
  await server.stop();
  const right = result.seen.filter((seen, at) => seen === events && result.orders[at] === order);
  const { seen: _, orders: __, ...delays } = result;
  if (right.length === readers) return { ...delays, readers, serverBusy, readersBusy };
  throw new Error(
    `of ${readers} readers only ${right.length} got all ${events} events, each once, in the order of the log`,
  );
}

/** What the log says: each event is there once, and this is their order. */
async function orderInLog(port: number, events: number): Promise<number> {
  const connection = await Connection.open(port);
  const numbers = new Set<number>();
  let order = 0;
  let cursor: string | null = null;
  do {
    const from: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const request = toRequest("GET", `/collab/events?event=progress&limit=1000${from}`);
    const page = JSON.parse((await connection.expect(200, request)).body.toString()) as EventPage;
    for (const { details } of page.items) {
      const number = Number.parseInt(String(details["tick"]), 10);
      numbers.add(number);
      order = nextOrder(order, number);
    }
    cursor = page.next_cursor;
  } while (cursor !== null);
  connection.close();
  if (numbers.size !== events) throw new Error(`the log has ${numbers.size} of ${events} events`);
  return order;
}

/** In step with the clock, whatever the server does: a slow one does not slow its load down. */
async function produce(port: number, events: number): Promise<void> {
  const everyMs = (1_000 * TOGETHER) / PER_SECOND;
  const idle = await Connection.openMany(port, 64);
  const sending: Promise<void>[] = [];
  const began = nowMs();
  for (let sent = 0; sent < events; sent += TOGETHER) {
    const due = began + (sent / TOGETHER) * everyMs;
    while (nowMs() < due) await sleep(Math.max(0, due - nowMs() - 0.5));
    const connection = idle.pop() ?? (await Connection.open(port));
    sending.push(sendTicks(connection, sent).then(() => void idle.push(connection)));
  }
  await Promise.all(sending);
  for (const connection of idle) connection.close();
}

async function sendTicks(connection: Connection, after: number): Promise<void> {
  const events = Array.from({ length: TOGETHER }, (_, index) => ({
    event: "progress",
    actor: "worker-1",
    target: "task:T-100",
    details: { tick: toTick(after + index + 1), note: "a few words about how far it has got" },
  }));
  await connection.expect(200, toRequest("POST", "/collab/events", {}, JSON.stringify(events)));
}
