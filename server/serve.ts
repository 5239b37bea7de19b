/** One server process, from its settings to its last word. */
import { fileURLToPath } from "node:url";
import { styleText } from "node:util";
import { pino, type DestinationStream, type Logger } from "pino";
import { createApp } from "./app.ts";
import { ConfigError, readConfig, type Config } from "./config.ts";
import { boardFolder } from "./git/worktree.ts";
import { close, createHttpServer, listen, ListenError } from "./http/listen.ts";
import { createClock } from "./kernel/clock.ts";
import { after } from "./kernel/timers.ts";
import { kinds } from "./kinds.ts";
import { FolderInUse } from "./store/instance-lock.ts";
import { BrokenLog } from "./store/journal.ts";
import { openFileStore } from "./store/open-file-store.ts";
import { StoreFault } from "./store/port.ts";
import { isUnused, scaffold } from "./store/scaffold.ts";

/** Leaves requests under way some time, and the store the rest of the five seconds. */
const GRACE_MS = 2_500;
const DEADLINE_MS = 4_500;

/** A command may have the folder for a moment. */
const PATIENCE_MS = 5_000;

/**
 * Serves until it is told to stop.
 *
 * @returns the exit code: 0 after a stop that was asked for, 1 with a sentence on stderr otherwise.
 */
export async function serve(
  overrides: Partial<Pick<Config, "dir" | "port">> = {},
  onReady: (url: string) => void = () => {},
): Promise<number> {
  try {
    const config = { ...readConfig(), ...overrides };
    await run(config, await createLogger(config), onReady);
    return 0;
  } catch (error) {
    const isForPeople =
      error instanceof ConfigError ||
      error instanceof ListenError ||
      error instanceof FolderInUse ||
      error instanceof StoreFault ||
      error instanceof BrokenLog;
    if (!isForPeople) throw error;
    process.stderr.write(
      `${styleText("red", "Not started.", { stream: process.stderr })} ${error.message}\n`,
    );
    return 1;
  }
}

async function run(config: Config, log: Logger, onReady: (url: string) => void): Promise<void> {
  const folder = boardFolder(process.cwd(), config.dir);
  if (isUnused(folder)) scaffold(folder);
  const clock = createClock();
  const store = await openFileStore({ folder, kinds, clock, watch: true, patienceMs: PATIENCE_MS });
  try {
    const app = createApp({ store, config, log, folder, built: BUILT });
    const server = createHttpServer(app.app);
    // From the first answer on: a signal that comes before anybody listens for it ends the process as it is.
    const signalled = stopSignal();
    const { port } = await listen(server, config.host, config.port);
    const url = `http://${config.host}:${port}`;
    store.announce(url);
    await app.start();
    const view = store.read();
    process.stdout.write(banner({ url, folder, tasks: view.collection("tasks").size }));
    onReady(url);
    const signal = await signalled;
    log.info({ signal }, "stopping");
    const deadline = after(DEADLINE_MS, () => process.exit(1));
    await app.drain();
    await close(server, GRACE_MS);
    await store.close();
    deadline();
    log.info("stopped");
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** The folder that the build writes to, seen from the sources or from within it. */
const DIST = import.meta.url.replace(/^(.*)\/(server|dist)\/.*$/, "$1/dist/");
const BUILT = {
  console: fileURLToPath(new URL("console", DIST)),
  docs: fileURLToPath(new URL("docs", DIST)),
};

/** A second signal ends the process at once, as it would without us. */
function stopSignal(): Promise<string> {
  return new Promise((stop) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop(signal));
  });
}

/** On a terminal for people, otherwise one JSON object a line. On stderr, apart from the banner. */
async function createLogger({ logLevel }: Config): Promise<Logger> {
  const options = { level: logLevel, redact: ["headers.authorization", "headers.cookie"] };
  if (!process.stderr.isTTY) return pino(options, pino.destination(2));
  const { build } = await import("pino-pretty");
  const ignore = "pid,hostname,request,operation";
  const stream: DestinationStream = build({ destination: 2, sync: true, ignore });
  return pino(options, stream);
}

function banner({ url, folder, tasks }: { url: string; folder: string; tasks: number }): string {
  const bold = (text: string) => styleText("bold", text);
  const link = (text: string) => styleText("cyan", text);
  return `
${bold("Kyros is ready.")}

  Console  ${link(`${url}/console/`)}
  API      ${link(`${url}/docs`)}
  Board    ${folder} (${tasks === 1 ? "1 task" : `${tasks} tasks`})
  Mode     open: only this machine can reach it, and it asks nobody who they are

Ctrl-C stops it.

`;
}
