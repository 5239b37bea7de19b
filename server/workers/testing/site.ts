/** A server, workers and repositories for tests: real processes, each on folders of its own. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createClient, type Client } from "#contracts/client";
import type { KyrosEvent } from "#contracts/event";
import type { Task } from "#contracts/task";
import type { News } from "../news.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PATIENCE_MS = 20_000;

/** Resolves with the first answer that is not undefined. */
export async function until<T>(
  what: string | (() => string),
  look: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  for (const start = performance.now(); performance.now() - start < PATIENCE_MS;) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(25);
  }
  throw new Error(`waited in vain for ${typeof what === "string" ? what : what()}`);
}

export interface Site {
  /** Where repositories and whatever else a test needs may stand. */
  readonly folder: string;
  /** As a person. */
  readonly board: Client;
  readonly url: string;
  /** A repository with one commit. */
  repository(files: Readonly<Record<string, string>>): Repository;
  worker(repository: Repository, args: readonly string[]): WorkerProcess;
  addTask(id: string, labels: readonly string[], more?: object): Promise<void>;
  task(id: string): Promise<Task>;
  /** Waits for it. */
  taskIn(id: string, status: Task["status"]): Promise<Task>;
  /** The names and actors of what happened to a task, such as `worker-1 task_claimed`. */
  story(id: string): Promise<string[]>;
  events(query: { target?: string; event?: string }): Promise<KyrosEvent[]>;
  /** Kills the server, and starts another one on the same board. */
  restart(): Promise<void>;
  end(): Promise<void>;
}

export interface Repository {
  readonly folder: string;
  git(...args: string[]): string;
}

export interface WorkerProcess {
  readonly name: string;
  readonly process: ChildProcess;
  readonly news: News[];
  /** Waits for it. */
  says(what: News["what"], task?: string): Promise<News>;
  /** Answers its exit code, or the name of the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | string | null>;
  stderr(): string;
}

export async function openSite(): Promise<Site> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "kyros-site-")));
  const boardFolder = join(folder, "board");
  const processes: ChildProcess[] = [];
  let server = await startServer();
  let count = 0;

  function run(cwd: string, args: readonly string[], env: Record<string, string>): ChildProcess {
    const child = spawn(process.execPath, args, {
      cwd,
      // What a killed worker leaves goes with the folder.
      env: { ...process.env, KYROS_DIR: boardFolder, LOG_LEVEL: "error", TMPDIR: folder, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    processes.push(child);
    return child;
  }

  async function startServer() {
    const child = run(folder, [join(ROOT, "server/main.ts")], { PORT: "0" });
    let printed = "";
    child.stdout?.on("data", (chunk: Buffer) => (printed += chunk.toString()));
    const url = await until("the server", () => /http:\/\/[\d.]+:\d+/.exec(printed)?.[0]);
    return { child, url, board: createClient({ baseUrl: url }) };
  }

  async function task(id: string): Promise<Task> {
    const { body } = await server.board.call("getTask", { params: { id } });
    if (body === undefined) throw new Error(`${id} is not there`);
    return body;
  }

  async function events(query: { target?: string; event?: string }): Promise<KyrosEvent[]> {
    const { body } = await server.board.call("listEvents", { query: { ...query, limit: 1_000 } });
    return body?.items ?? [];
  }

  return {
    folder,
    get board() {
      return server.board;
    },
    get url() {
      return server.url;
    },
    repository: (files) => createRepository(mkdtempSync(join(folder, "repository-")), files),
    worker(repository, args) {
      count += 1;
      const name = `worker-${count}`;
      const words = [join(ROOT, "server/cli/main.ts"), "worker", "--json", "--name", name, ...args];
      return watch(name, run(repository.folder, words, { SECRET_TOKEN: "not-for-executors" }));
    },
    async addTask(id, labels, more = {}) {
      const body = { id, title: `Task ${id}`, labels: [...labels], ...more };
      await server.board.call("createTask", { body });
    },
    task,
    taskIn: (id, status) =>
      until(`${id} in ${status}`, async () => {
        const found = await task(id);
        return found.status === status ? found : undefined;
      }),
    async story(id) {
      const all = await events({ target: `task:${id}` });
      return all.map(({ actor, event }) => `${actor} ${event}`);
    },
    events,
    async restart() {
      await end(server.child, "SIGKILL");
      server = await startServer();
    },
    async end() {
      await Promise.all(processes.map((child) => end(child, "SIGKILL")));
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function createRepository(folder: string, files: Readonly<Record<string, string>>): Repository {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, encoding: "utf8" });
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.name", "Ada");
  git("config", "user.email", "ada@example.org");
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  git("add", "--all");
  git("commit", "--quiet", "--message", "Begin");
  return { folder, git };
}

function watch(name: string, child: ChildProcess): WorkerProcess {
  const news: News[] = [];
  let rest = "";
  let complaints = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    news.push(...lines.map((line) => JSON.parse(line) as News));
  });
  child.stderr?.on("data", (chunk: Buffer) => (complaints += chunk.toString()));
  return {
    name,
    process: child,
    news,
    says: (what, id) =>
      until(
        () => `${name} to say ${what}; it said ${JSON.stringify(news)} ${complaints}`,
        () => news.find((said) => said.what === what && (id === undefined || said.task === id)),
      ),
    end: (signal) => end(child, signal),
    stderr: () => complaints,
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | string | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }
  return child.exitCode ?? child.signalCode;
}
