/** The server under measurement, as `npm start` runs it, and a board of made-up tasks on it. */
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { ROOT } from "../tree.ts";
import { newPath, type Bench } from "./bench.ts";
import { Connection, etagOf, toRequest } from "./http-client.ts";
import { freePort, start, until, type Program } from "./process.ts";

export interface Server {
  readonly folder: string;
  readonly port: number;
  readonly pid: number;
  /** From the start of the process to the first 200 of /readyz. */
  readonly readyAfterMs: number;
  stop(): Promise<void>;
}

export async function startKyros(bench: Bench, folder: string): Promise<Server> {
  const port = await freePort();
  const profile =
    bench.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${bench.profile}`];
  const began = performance.now();
  const program: Program = start(
    newPath(bench, "server.log"),
    process.execPath,
    [...profile, join(ROOT, "server/main.ts")],
    { PORT: String(port), HOST: "127.0.0.1", KYROS_DIR: folder },
  );
  await until(() => isReady(port));
  const readyAfterMs = performance.now() - began;
  return { folder, port, pid: program.pid, readyAfterMs, stop: () => program.stop() };
}

async function isReady(port: number): Promise<boolean> {
  const connection = await Connection.open(port);
  try {
    return (await connection.send(toRequest("GET", "/readyz"))).status === 200;
  } finally {
    connection.close();
  }
}

const LARGEST_BATCH = 1_000;

export class Board {
  readonly server: Server;
  readonly ids: readonly string[];
  readonly #etags: string[];
  #edits = 0;

  private constructor(server: Server, ids: readonly string[], etags: string[]) {
    this.server = server;
    this.ids = ids;
    this.#etags = etags;
  }

  static async create(server: Server, size: number): Promise<Board> {
    const ids = Array.from({ length: size }, (_, index) => `B-${index + 1}`);
    const etags: string[] = [];
    const connection = await Connection.open(server.port);
    for (let from = 0; from < size; from += LARGEST_BATCH) {
      const creates = ids.slice(from, from + LARGEST_BATCH).map(toTask);
      etags.push(...(await sendBatch(connection, { creates })));
    }
    connection.close();
    return new Board(server, ids, etags);
  }

  /** The same for many tasks in one commit, which is one event for each. */
  async patchMany(connection: Connection, from: number, count: number): Promise<void> {
    const places = Array.from({ length: count }, (_, index) => (from + index) % this.ids.length);
    const patches = places.map((at) => ({
      id: this.ids[at],
      if_match: this.#etags[at],
      patch: { title: this.#newTitle() },
    }));
    const etags = await sendBatch(connection, { patches });
    for (const [index, at] of places.entries()) this.#etags[at] = etags[index] ?? "";
  }

  /** A small edit of one task, under the ETag that its last edit gave. */
  async patch(connection: Connection, index: number): Promise<void> {
    const at = index % this.ids.length;
    const request = toRequest(
      "PATCH",
      `/collab/tasks/${this.ids[at]}`,
      { "if-match": this.#etags[at] ?? "" },
      JSON.stringify({ title: this.#newTitle() }),
    );
    this.#etags[at] = etagOf(await connection.expect(200, request));
  }

  /** By something else than a patch of this board's. */
  changed(id: string, etag: string): void {
    this.#etags[this.ids.indexOf(id)] = etag;
  }

  #newTitle(): string {
    this.#edits += 1;
    return `Title number ${this.#edits}, given in the benchmark`;
  }
}

async function sendBatch(connection: Connection, batch: object): Promise<string[]> {
  const request = toRequest("POST", "/collab/tasks/batch", {}, JSON.stringify(batch));
  const answer = await connection.expect(200, request);
  const { results } = JSON.parse(answer.body.toString()) as { results: { etag: string }[] };
  return results.map(({ etag }) => etag);
}

/** About as long as a task with a paragraph and a definition of done is: 1 KB in the file. */
function toTask(id: string, index: number) {
  return {
    id,
    title: `Task ${index}: what is to be done, in one line`,
    description: `The paragraph of task ${index} says why it is to be done. ${"It goes on. ".repeat(20)}`,
    priority: (["high", "normal", "low"] as const)[index % 3],
    labels: ["bench", `area-${index % 20}`],
    dod: ["tests updated", "checks passing", "docs updated"],
  };
}
