/** How long a person waits for `kyros task list`, beside the least that a Node program can take. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../../tree.ts";
import { newPath, type Bench } from "../bench.ts";
import { Board, startKyros } from "../kyros.ts";
import { ms, type Figure } from "../report.ts";
import { inTurns, median, medianRatio } from "../rounds.ts";

export async function commandRows(bench: Bench): Promise<Figure[]> {
  execFileSync(process.execPath, [join(ROOT, "scripts/build.ts"), "--if-changed", "server"]);
  const board = await Board.create(await startKyros(bench, newPath(bench, "command")), 100);
  const env = { ...process.env, KYROS_DIR: board.server.folder };
  const run = (args: readonly string[]) => {
    const start = performance.now();
    const output = execFileSync(process.execPath, args, { env, encoding: "utf8" });
    return { ms: performance.now() - start, output };
  };
  const list = [join(ROOT, "dist/cli/main.js"), "task", "list"];
  const { output } = run(list);
  if (!output.includes("B-100")) throw new Error(`kyros task list printed\n${output}`);
  const turns = await inTurns(bench.isShort ? 9 : 25, {
    list: () => Promise.resolve(run(list).ms),
    nothing: () => Promise.resolve(run(["-e", "0"]).ms),
  });
  await board.server.stop();
  const ratio = medianRatio(turns.list, turns.nothing);
  return [
    {
      figure: "kyros task list, 100 tasks",
      goal: "≤ 2.0",
      measured: ms(median(turns.list)),
      against: `node -e 0 ${ms(median(turns.nothing))}`,
      ratio,
      met: ratio <= 2,
      rounds: turns,
    },
  ];
}
