/** Reading: one task, and "nothing changed" for a whole board, beside a route that does nothing else. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { newPath, type Bench } from "../bench.ts";
import { Connection, etagOf, toRequest } from "../http-client.ts";
import { Board, startKyros } from "../kyros.ts";
import { cpuMs, freePort, start, until } from "../process.ts";
import { perSecond, type Figure } from "../report.ts";
import { callsPerSecond, inTurns, median, medianRatio } from "../rounds.ts";

const CLIENTS = 32;

interface Turn {
  readonly perSecond: number;
  readonly cpuUsEach: number;
}

export async function readRows(bench: Bench): Promise<Figure[]> {
  const turnMs = bench.isShort ? 500 : 800;
  const board = await Board.create(await startKyros(bench, newPath(bench, "read")), 10_000);
  const { port, pid } = board.server;
  const clients = await Connection.openMany(port, CLIENTS);
  const [probe] = clients as [Connection];
  const one = toRequest("GET", `/collab/tasks/${board.ids[4_999]}`);
  const task = await probe.expect(200, one);
  const state = await probe.expect(200, toRequest("GET", "/collab/state/tasks"));
  const none = toRequest("GET", "/collab/state/tasks", { "if-none-match": etagOf(state) });
  const bare = await startBare(bench, task.body, etagOf(task));
  const bareClients = await Connection.openMany(bare.port, CLIENTS);
  const bareRequest = toRequest("GET", "/tasks/B-5000");

  const turn = (pidOf: number, from: Connection[], status: number, request: string) => () =>
    readTurn(pidOf, from, turnMs, status, request);
  const contestants = {
    bare: turn(bare.pid, bareClients, 200, bareRequest),
    task: turn(pid, clients, 200, one),
    unchanged: turn(pid, clients, 304, none),
  };
  await inTurns(1, contestants);
  const turns = await inTurns(bench.rounds, contestants);
  for (const connection of [...clients, ...bareClients]) connection.close();
  await Promise.all([board.server.stop(), bare.stop()]);
  return [
    toFigure("GET one task with its ETag", turns.task, turns.bare),
    toFigure("304 for the board of 10,000 tasks", turns.unchanged, turns.bare),
  ];
}

function toFigure(figure: string, ours: readonly Turn[], bare: readonly Turn[]): Figure {
  const rate = (turns: readonly Turn[]) => turns.map((turn) => turn.perSecond);
  const cpu = (turns: readonly Turn[]) => turns.map((turn) => turn.cpuUsEach);
  const ratio = medianRatio(rate(ours), rate(bare));
  const busy = median(ours.map((turn) => (turn.perSecond * turn.cpuUsEach) / 1e6));
  return {
    figure,
    goal: "≥ 0.8",
    measured: perSecond(median(rate(ours))),
    against: `bare Hono route ${perSecond(median(rate(bare)))}`,
    ratio,
    met: ratio >= 0.8,
    notes: [
      `server CPU for each: ${median(cpu(ours)).toFixed(1)} µs, bare ${median(cpu(bare)).toFixed(1)} µs ` +
        `(by CPU the ratio is ${medianRatio(cpu(bare), cpu(ours)).toFixed(2)}); the server was ${Math.round(busy * 100)} % busy`,
    ],
    rounds: { ours, bare },
  };
}

async function readTurn(
  pid: number,
  clients: readonly Connection[],
  turnMs: number,
  status: number,
  request: string,
): Promise<Turn> {
  const before = cpuMs(pid);
  const began = performance.now();
  const rate = await callsPerSecond(clients, turnMs, (client) => client.expect(status, request));
  const calls = (rate * (performance.now() - began)) / 1_000;
  return { perSecond: rate, cpuUsEach: ((cpuMs(pid) - before) / calls) * 1_000 };
}

async function startBare(bench: Bench, body: Buffer, etag: string) {
  const port = await freePort();
  const file = newPath(bench, "task.json");
  writeFileSync(file, body);
  const path = fileURLToPath(new URL("../bare-route.ts", import.meta.url));
  const program = start(newPath(bench, "bare.log"), process.execPath, [
    path,
    String(port),
    file,
    etag,
  ]);
  await until(async () => {
    (await Connection.open(port)).close();
    return true;
  });
  return { port, pid: program.pid, stop: () => program.stop() };
}
