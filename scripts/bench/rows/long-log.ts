/**
 * A log of five million events in many files: what a server holds in memory while it is written, how
 * long opening takes, and how soon what lies far back is read.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createParser } from "eventsource-parser";
import { STREAM_MESSAGES, type EventPage } from "#contracts/event";
import { newPath, type Bench } from "../bench.ts";
import { Connection, toRequest } from "../http-client.ts";
import { startKyros, type Server } from "../kyros.ts";
import { residentBytes } from "../process.ts";
import { ms, type Figure } from "../report.ts";
import { median } from "../rounds.ts";
import { forgetCheckpoint, openOnce, writeHistory } from "./open.ts";

const EVENTS = 5_000_000;
const ROUNDS = 5;
/** What a tail says besides events. */
const OUR_WORDS: readonly string[] = STREAM_MESSAGES;

export async function longLogRows(bench: Bench): Promise<Figure[]> {
  const events = bench.isShort ? 1_000_000 : EVENTS;
  const folder = newPath(bench, "long-log");
  const server = await startKyros(bench, folder);
  const whileWriting: number[] = [];
  await writeHistory(server, events, () => whileWriting.push(mib(server)));
  const middle = await momentBehindHalf(server, events);
  await server.stop();
  const files = readdirSync(join(folder, "events")).length;

  const opened = [];
  for (let round = 0; round < ROUNDS; round += 1) opened.push(await openOnce(bench, folder));
  const reading = await readFarBack(bench, folder, middle);
  forgetCheckpoint(folder);
  const anew = await openOnce(bench, folder);

  const name = events.toLocaleString("en");
  const resident = median(opened.map(({ residentMib }) => residentMib));
  return [
    {
      goal: "–",
      figure: `memory while ${name} events are written, after each million`,
      measured: whileWriting.map((each) => `${Math.round(each)} MiB`).join(", "),
      against: `${files} files`,
      rounds: whileWriting,
    },
    {
      goal: "–",
      figure: `open ${name} events`,
      measured: `${ms(median(opened.map(({ readyAfterMs }) => readyAfterMs)))}, ${Math.round(resident)} MiB`,
      against: `without a checkpoint ${ms(anew.readyAfterMs)}, ${Math.round(anew.residentMib)} MiB`,
      rounds: opened,
    },
    {
      goal: "–",
      figure: "far back: a page of events, the state as it was, the tail from the beginning",
      measured: `${ms(reading.pageMs)}, ${ms(reading.stateMs)}, ${Math.round(reading.tailPerSecond).toLocaleString("en")} events/s`,
      against: `at its most ${Math.round(reading.peakMib)} MiB`,
      rounds: [reading],
    },
  ];
}

function mib({ pid }: Server, which: "VmRSS" | "VmHWM" = "VmRSS"): number {
  return residentBytes(pid, which) / (1 << 20);
}

/** A moment with half of the history before it. */
async function momentBehindHalf(server: Server, events: number): Promise<string> {
  const connection = await Connection.open(server.port);
  const page = async (query: string) => {
    const answer = await connection.expect(200, toRequest("GET", `/collab/events?${query}`));
    return JSON.parse(answer.body.toString()) as EventPage;
  };
  const [first] = (await page("limit=1")).items;
  const [last] = (await page("limit=1&order=desc")).items;
  connection.close();
  if (first === undefined || last === undefined) throw new Error(`no history of ${events} events`);
  return new Date((Date.parse(first.ts) + Date.parse(last.ts)) / 2).toISOString();
}

async function readFarBack(bench: Bench, folder: string, moment: string) {
  const server = await startKyros(bench, folder);
  const connection = await Connection.open(server.port);
  const time = async (path: string) => {
    const began = performance.now();
    await connection.expect(200, toRequest("GET", path));
    return performance.now() - began;
  };
  const pageMs = await time(`/collab/events?limit=100&since=${moment}`);
  const stateMs = await time(`/collab/state/tasks?at=${moment}`);
  connection.close();
  const tailPerSecond = await followAll(server);
  const peakMib = mib(server, "VmHWM");
  await server.stop();
  return { pageMs, stateMs, tailPerSecond, peakMib };
}

/** Reads the tail from the first event to the last. */
async function followAll({ port }: Server): Promise<number> {
  const ended = new AbortController();
  const began = performance.now();
  const { body } = await fetch(`http://127.0.0.1:${port}/collab/events/tail?since=0.00000000`, {
    signal: ended.signal,
  });
  if (body === null) throw new Error("the tail has no body");
  let events = 0;
  let isCaughtUp = false;
  const parser = createParser({
    onEvent({ event = "" }) {
      if (event === "caught-up") isCaughtUp = true;
      else if (!OUR_WORDS.includes(event)) events += 1;
    },
  });
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    parser.feed(text);
    if (isCaughtUp) break;
  }
  ended.abort();
  return events / ((performance.now() - began) / 1_000);
}
