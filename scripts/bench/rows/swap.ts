/** Sixty-four clients at once: durable PATCHes beside etcd's compare-and-swap transactions. */
import { newPath, type Bench } from "../bench.ts";
import { EtcdKeys, etcdVersion, startEtcd } from "../etcd.ts";
import { Connection, toRequest } from "../http-client.ts";
import { Board, startKyros } from "../kyros.ts";
import { perSecond, skipped, type Figure } from "../report.ts";
import { callsPerSecond, inTurns, median, medianRatio } from "../rounds.ts";

const CLIENTS = 64;
const FIGURE = "durable PATCH, 64 clients";
const GOAL = "≥ 1.0";

export async function swapRows(bench: Bench): Promise<Figure[]> {
  const version = etcdVersion();
  if (version === undefined) {
    return [skipped(FIGURE, GOAL, "etcd is not installed (Debian: apt-get install etcd-server)")];
  }
  const turnMs = bench.isShort ? 700 : 1_500;
  const board = await Board.create(await startKyros(bench, newPath(bench, "swap")), 100);
  const etcd = await startEtcd(bench);
  const patchers = await Connection.openMany(board.server.port, CLIENTS);
  const swappers = await Connection.openMany(etcd.port, CLIENTS);
  const keys = new EtcdKeys(await oneTask(board, patchers[0] as Connection));
  const contestants = {
    kyros: () => callsPerSecond(patchers, turnMs, (client, index) => board.patch(client, index)),
    etcd: () => callsPerSecond(swappers, turnMs, (client, index) => keys.swap(client, index)),
  };
  await inTurns(1, contestants);
  const turns = await inTurns(bench.rounds, contestants);
  for (const connection of [...patchers, ...swappers]) connection.close();
  await Promise.all([board.server.stop(), etcd.stop()]);
  const ratio = medianRatio(turns.kyros, turns.etcd);
  return [
    {
      figure: FIGURE,
      goal: GOAL,
      measured: perSecond(median(turns.kyros)),
      against: `etcd ${version} ${perSecond(median(turns.etcd))}`,
      ratio,
      met: ratio >= 1,
      rounds: turns,
    },
  ];
}

async function oneTask(board: Board, connection: Connection): Promise<Buffer> {
  return (await connection.expect(200, toRequest("GET", `/collab/tasks/${board.ids[0]}`))).body;
}
