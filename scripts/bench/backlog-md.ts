/** Backlog.md, the peer for a board of files: its own server, which its web page talks to. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { sleep } from "../../server/kernel/timers.ts";
import { newPath, type Bench } from "./bench.ts";
import { Connection, toRequest } from "./http-client.ts";
import { freePort, start, until } from "./process.ts";

export const BACKLOG_VERSION = "1.52.0";
const PATIENCE_MS = 60_000;

/** Its program for this machine; undefined where there is no registry, or none for this machine. */
export function fetchBacklog(bench: Bench): string | undefined {
  const folder = newPath(bench, "backlog-program");
  mkdirSync(folder);
  const options = { stdio: "ignore", timeout: PATIENCE_MS } as const;
  const quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder];
  const program = join(
    folder,
    `node_modules/backlog.md-${process.platform}-${process.arch}/backlog`,
  );
  try {
    execFileSync("npm", ["install", ...quietly, `backlog.md@${BACKLOG_VERSION}`], options);
    execFileSync(program, ["--version"], options);
    return program;
  } catch {
    return undefined;
  }
}

export interface Backlog {
  readonly port: number;
  stop(): Promise<void>;
}

/** Now and then a start never answers its first request, however long one waits; the next one does. */
const MOST_STARTS = 10;
const SILENCE_MS = 5_000;

/** On an empty board in a git repository of its own; undefined where it stays silent. */
export async function startBacklog(bench: Bench, program: string): Promise<Backlog | undefined> {
  const folder = newPath(bench, "backlog");
  mkdirSync(folder);
  const options = { cwd: folder, stdio: "ignore", timeout: PATIENCE_MS } as const;
  execFileSync("git", ["init", "--quiet"], options);
  execFileSync(program, ["init", "bench", "--defaults", "--agent-instructions", "none"], options);
  for (let time = 0; time < MOST_STARTS; time += 1) {
    const port = await freePort();
    const flags = ["browser", "--no-open", "--non-interactive", "--port", String(port)];
    const log = newPath(bench, "backlog.log");
    const server = start(log, program, flags, { BACKLOG_CWD: folder });
    const stop = () => server.stop("SIGKILL");
    if (await answers(port)) return { port, stop };
    await stop();
  }
  return undefined;
}

async function answers(port: number): Promise<boolean> {
  await until(async () => {
    (await Connection.open(port)).close();
    return true;
  });
  const connection = await Connection.open(port);
  const listed = connection.send(toRequest("GET", "/api/tasks")).then(({ status }) => status);
  const status = await Promise.race([listed, sleep(SILENCE_MS)]);
  connection.close();
  return status === 200;
}
