/** How long a server with a long history takes to be ready, and how much memory it then holds. */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { newPath, type Bench } from "../bench.ts";
import { Connection, toRequest } from "../http-client.ts";
import { Board, startKyros, type Server } from "../kyros.ts";
import { residentBytes } from "../process.ts";
import { ms, type Figure } from "../report.ts";
import { inTurns, median } from "../rounds.ts";

const TASKS = 10_000;
const GOAL_MS = 1_500;
const GOAL_MIB = 200;
const TOGETHER = 1_000;

interface Turn {
  readonly readyAfterMs: number;
  readonly residentMib: number;
  readonly peakMib: number;
}

export async function openRows(bench: Bench): Promise<Figure[]> {
  const events = bench.isShort ? 50_000 : 1_000_000;
  const rounds = bench.isShort ? 2 : 5;
  const folder = newPath(bench, "open");
  const empty = newPath(bench, "empty");
  await fill(bench, folder, events);
  await openOnce(bench, empty);
  const turns = await inTurns(rounds, {
    empty: () => openOnce(bench, empty),
    checkpoint: () => openOnce(bench, folder),
    none: () => {
      forgetCheckpoint(folder);
      return openOnce(bench, folder);
    },
  });
  const words = events.toLocaleString("en");
  return [
    toFigure(`open 10,000 tasks, ${words} events`, turns.checkpoint, turns.empty),
    toFigure("the same without a checkpoint", turns.none, turns.empty),
  ];
}

function toFigure(figure: string, turns: readonly Turn[], empty: readonly Turn[]): Figure {
  const [took, nothing] = [turns, empty].map((of) => median(of.map((turn) => turn.readyAfterMs)));
  const resident = median(turns.map((turn) => turn.residentMib));
  const peak = median(turns.map((turn) => turn.peakMib));
  return {
    figure,
    goal: "≤ 1.5 s, ≤ 200 MB",
    measured: `${ms(took ?? 0)}, ${Math.round(resident)} MiB`,
    against: `an empty board ${ms(nothing ?? 0)}`,
    ratio: (took ?? 0) / (nothing ?? 0),
    met: (took ?? 0) <= GOAL_MS && resident <= GOAL_MIB,
    notes: [`at its most while opening ${Math.round(peak)} MiB`],
    rounds: turns,
  };
}

export async function openOnce(bench: Bench, folder: string): Promise<Turn> {
  const server = await startKyros(bench, folder);
  const mib = (which: "VmRSS" | "VmHWM") => residentBytes(server.pid, which) / (1 << 20);
  const turn = {
    readyAfterMs: server.readyAfterMs,
    residentMib: mib("VmRSS"),
    peakMib: mib("VmHWM"),
  };
  await server.stop();
  return turn;
}

/** A checkpoint is only a shortcut: without it the log is read from its beginning. */
export function forgetCheckpoint(folder: string): void {
  const file = join(folder, ".kyros/checkpoint.json");
  if (!existsSync(file)) throw new Error(`there is no checkpoint at ${file}`);
  rmSync(file);
}

/** A history as it grows in use: every tenth event edits a task, the others are reports. */
async function fill(bench: Bench, folder: string, events: number): Promise<void> {
  const server = await startKyros(bench, folder);
  await writeHistory(server, events);
  await server.stop();
}

/** @param onMillion called after each million of events. */
export async function writeHistory(
  server: Server,
  events: number,
  onMillion: (events: number) => void = () => {},
): Promise<void> {
  const board = await Board.create(server, TASKS);
  const connection = await Connection.open(server.port);
  for (let written = TASKS; written < events; written += TOGETHER) {
    if ((written / TOGETHER) % 10 === 0) await board.patchMany(connection, written, TOGETHER);
    else await report(connection, written);
    if ((written + TOGETHER) % 1_000_000 === 0) onMillion(written + TOGETHER);
  }
  connection.close();
}

async function report(connection: Connection, from: number): Promise<void> {
  const events = Array.from({ length: TOGETHER }, (_, index) => ({
    event: "progress",
    actor: `worker-${index % 7}`,
    target: `task:B-${((from + index) % TASKS) + 1}`,
    details: { step: index, note: "a few words about how far it has got" },
  }));
  await connection.expect(200, toRequest("POST", "/collab/events", {}, JSON.stringify(events)));
}
