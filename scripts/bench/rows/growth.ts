/**
 * How each cost grows with the board: PATCH, claim, list, opening, memory at 100 to 50,000 tasks. Each
 * board has a server of its own, and they take turns; drawn as docs/images/growth.svg.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { sleep } from "../../../server/kernel/timers.ts";
import { ROOT } from "../../tree.ts";
import { newPath, type Bench } from "../bench.ts";
import { Connection, toRequest } from "../http-client.ts";
import { Board, startKyros } from "../kyros.ts";
import { drawPanels } from "../panels.ts";
import { cpuMs, residentBytes } from "../process.ts";
import { ms, type Figure } from "../report.ts";
import { inTurns, median, timeEach } from "../rounds.ts";

const SIZES = [100, 1_000, 10_000, 50_000] as const;
const WARMING = 300;
/** What is left to write when the last PATCH was answered belongs to it. */
const SETTLE_MS = 400;

export async function growthRows(bench: Bench): Promise<Figure[]> {
  const boards: Served[] = [];
  for (const tasks of SIZES) boards.push(await serve(bench, tasks));
  const turns = await inTurns(
    bench.rounds,
    Object.fromEntries(boards.map((served) => [served.tasks, () => turn(served, bench.isShort)])),
  );
  const sizes: Size[] = [];
  for (const served of boards) {
    const { openMs, residentMib } = await openAgain(bench, served);
    const of = (name: keyof Turn) => median((turns[served.tasks] ?? []).map((each) => each[name]));
    const times = { patchMs: of("patchMs"), claimMs: of("claimMs"), listMs: of("listMs") };
    sizes.push({ tasks: served.tasks, ...times, cpuMs: of("cpuMs"), openMs, residentMib });
  }
  const path = join(ROOT, "docs/images/growth.svg");
  writeFileSync(path, draw(sizes));
  return sizes.map((size) => ({
    figure: `${size.tasks.toLocaleString("en")} tasks: PATCH, its CPU, claim, list`,
    goal: "–",
    measured: [size.patchMs, size.cpuMs, size.claimMs, size.listMs].map(ms).join(", "),
    against: `open ${ms(size.openMs)}, ${Math.round(size.residentMib)} MiB`,
    ratio: size.patchMs / (sizes[0]?.patchMs ?? Number.NaN),
    rounds: turns[size.tasks],
  }));
}

interface Served {
  readonly tasks: number;
  readonly board: Board;
  readonly connection: Connection;
}

interface Turn {
  readonly patchMs: number;
  readonly cpuMs: number;
  readonly claimMs: number;
  readonly listMs: number;
}

interface Size extends Turn {
  readonly tasks: number;
  readonly openMs: number;
  readonly residentMib: number;
}

async function serve(bench: Bench, tasks: number): Promise<Served> {
  const board = await Board.create(
    await startKyros(bench, newPath(bench, `growth-${tasks}`)),
    tasks,
  );
  const connection = await Connection.open(board.server.port);
  await timeEach(WARMING, () => patch({ board, connection }));
  return { tasks, board, connection };
}

async function turn(served: Served, isShort: boolean): Promise<Turn> {
  const { pid } = served.board.server;
  const count = isShort ? 30 : 80;
  const before = cpuMs(pid);
  const patchMs = median(await timeEach(count, () => patch(served)));
  await sleep(SETTLE_MS);
  const cpuEach = (cpuMs(pid) - before) / count;
  const listTimes: number[] = [];
  for (let at = 0; at < count / 4; at += 1) {
    // A list of a board that nobody touched since the last one would be the same again.
    await patch(served);
    listTimes.push(...(await timeEach(1, () => list(served))));
  }
  await sleep(SETTLE_MS);
  // So few that a board of a hundred has enough urgent ones for every round.
  const claimMs = median(await timeEach(3, () => claim(served)));
  return { patchMs, cpuMs: cpuEach, claimMs, listMs: median(listTimes) };
}

async function openAgain(bench: Bench, { board, connection }: Served) {
  connection.close();
  await board.server.stop();
  const again = await startKyros(bench, board.server.folder);
  const residentMib = residentBytes(again.pid, "VmRSS") / (1 << 20);
  await again.stop();
  return { openMs: again.readyAfterMs, residentMib };
}

let edited = 0;

function patch({ board, connection }: Pick<Served, "board" | "connection">): Promise<void> {
  edited += 111;
  // Every third task is urgent, and given out first: another one is free to edit.
  return board.patch(connection, (edited % (board.ids.length - (board.ids.length % 3))) + 1);
}

async function list({ connection }: Served): Promise<void> {
  await connection.expect(200, toRequest("GET", "/collab/tasks?limit=100"));
}

async function claim({ connection }: Served): Promise<void> {
  const agent = "agent-1";
  const request = toRequest(
    "POST",
    "/collab/tasks/claim",
    { "kyros-actor": agent },
    JSON.stringify({ agent }),
  );
  await connection.expect(200, request);
}

function draw(sizes: readonly Size[]): string {
  const panel = (title: string, unit: string, value: (size: Size) => number) => ({
    title,
    unit,
    points: sizes.map((size) => ({ x: size.tasks, y: value(size) })),
  });
  return drawPanels("What grows with the number of tasks", "tasks", [
    panel("PATCH, p50", "ms", (size) => size.patchMs),
    panel("CPU of a PATCH", "ms", (size) => size.cpuMs),
    panel("claim, p50", "ms", (size) => size.claimMs),
    panel("list of 100, p50", "ms", (size) => size.listMs),
    panel("open", "ms", (size) => size.openMs),
    panel("memory, opened", "MiB", (size) => size.residentMib),
  ]);
}
