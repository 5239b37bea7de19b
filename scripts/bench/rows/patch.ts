/** One client: what a durable PATCH costs beside the disk alone, and how that grows with the board. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { sleep } from "../../../server/kernel/timers.ts";
import { newPath, type Bench } from "../bench.ts";
import { DiskFloor } from "../disk-floor.ts";
import { Connection } from "../http-client.ts";
import { Board, startKyros } from "../kyros.ts";
import { cpuMs } from "../process.ts";
import { ms, type Figure } from "../report.ts";
import { inTurns, median, medianRatio, timeEach } from "../rounds.ts";

const SMALL = 100;
const LARGE = 10_000;
/** What is left to write when the last PATCH was answered belongs to the round. */
const SETTLE_MS = 400;

/**
 * The first requests of a process are compiled while they run; that is not what is asked here. To make
 * ten thousand tasks has warmed one of the two already, and the other has to be as warm.
 */
const WARMING = 600;

interface Turn {
  readonly p50: number;
  readonly cpuMsEach: number;
}

export async function patchRows(bench: Bench): Promise<Figure[]> {
  const count = bench.isShort ? 60 : 150;
  const boards = await Promise.all(
    [SMALL, LARGE].map(async (size) =>
      Board.create(await startKyros(bench, newPath(bench, `patch-${size}`)), size),
    ),
  );
  const [small, large] = boards as [Board, Board];
  const connections = await Promise.all(boards.map(({ server }) => Connection.open(server.port)));
  const [toSmall, toLarge] = connections as [Connection, Connection];
  await patchTurn(small, toSmall, WARMING);
  await patchTurn(large, toLarge, WARMING);
  const sizes = await measureSizes(small, toSmall, count);
  const floor = await DiskFloor.open(newPath(bench, "floor"), sizes);

  const turns = await inTurns(bench.rounds, {
    floor: async () => ({ p50: median(await timeEach(count, () => floor.change())), cpuMsEach: 0 }),
    small: () => patchTurn(small, toSmall, count),
    large: () => patchTurn(large, toLarge, count),
  });

  await floor.close();
  for (const connection of connections) connection.close();
  await Promise.all(boards.map(({ server }) => server.stop()));
  return toFigures(turns, sizes);
}

function toFigures(
  turns: Record<"floor" | "small" | "large", Turn[]>,
  sizes: { lineBytes: number; stateBytes: number },
): Figure[] {
  const p50 = (name: keyof typeof turns) => turns[name].map((turn) => turn.p50);
  const cpu = (name: keyof typeof turns) => turns[name].map((turn) => turn.cpuMsEach);
  const overFloor = medianRatio(p50("small"), p50("floor"));
  const growth = medianRatio(p50("large"), p50("small"));
  const cpuGrowth = medianRatio(cpu("large"), cpu("small"));
  return [
    {
      figure: "durable PATCH, 1 client, p50",
      goal: "≤ 1.5",
      measured: ms(median(p50("small"))),
      against: `disk floor ${ms(median(p50("floor")))}`,
      ratio: overFloor,
      met: overFloor <= 1.5,
      notes: [
        `the floor syncs the same bytes: ${sizes.lineBytes} to the log, ${sizes.stateBytes} as the new state file`,
      ],
      rounds: turns,
    },
    {
      figure: "PATCH p50 at 10,000 tasks",
      goal: "≤ 3",
      measured: ms(median(p50("large"))),
      against: `at 100 tasks ${ms(median(p50("small")))}`,
      ratio: growth,
      met: growth <= 3,
    },
    {
      figure: "server CPU per PATCH at 10,000 tasks",
      goal: "≤ 1.5",
      measured: ms(median(cpu("large"))),
      against: `at 100 tasks ${ms(median(cpu("small")))}`,
      ratio: cpuGrowth,
      met: cpuGrowth <= 1.5,
    },
  ];
}

let next = 0;

async function patchTurn(board: Board, connection: Connection, count: number): Promise<Turn> {
  const before = cpuMs(board.server.pid);
  const times = await timeEach(count, () => board.patch(connection, (next += 37)));
  await sleep(SETTLE_MS);
  return { p50: median(times), cpuMsEach: (cpuMs(board.server.pid) - before) / count };
}

/** How many bytes one PATCH appends, and how large the file is that it replaces. */
async function measureSizes(board: Board, connection: Connection, count: number) {
  const log = join(board.server.folder, "events/events.jsonl");
  const before = statSync(log).size;
  await patchTurn(board, connection, count);
  return {
    lineBytes: Math.round((statSync(log).size - before) / count),
    stateBytes: statSync(join(board.server.folder, "state/tasks.json")).size,
  };
}
