/**
 * Two hundred tasks are created and then edited, by one client. The peer promises less for it: it syncs
 * nothing, gives no ETag and keeps no log.
 */
import { sleep } from "../../../server/kernel/timers.ts";
import { BACKLOG_VERSION, fetchBacklog, startBacklog } from "../backlog-md.ts";
import { newPath, type Bench } from "../bench.ts";
import { Connection, etagOf, toRequest } from "../http-client.ts";
import { startKyros } from "../kyros.ts";
import { ms, skipped, type Figure } from "../report.ts";
import { inTurns, median, medianRatio, timeEach } from "../rounds.ts";

const TASKS = 200;
const FIGURE = `create ${TASKS} tasks and update each over HTTP`;
const GOAL = "≤ 0.1";
/** Several times what the peer was ever seen to need. */
const PATIENCE_MS = 300_000;

interface Turn {
  readonly createdMs: number;
  readonly updatedMs: number;
}

export async function backlogRows(bench: Bench): Promise<Figure[]> {
  const program = fetchBacklog(bench);
  if (program === undefined) {
    return [skipped(FIGURE, GOAL, "Backlog.md could not be installed from the package registry")];
  }
  // Each turn starts a server of its own, and the peer takes its time, so there are few.
  const turns = await inTurns(bench.isShort ? 1 : 3, {
    kyros: () => onKyros(bench),
    backlog: () => onBacklog(bench, program),
  });
  const [kyros, backlog] = [answered(turns.kyros), answered(turns.backlog)];
  if (backlog.length < turns.backlog.length) {
    return [skipped(FIGURE, GOAL, "Backlog.md fell silent and was not waited for")];
  }
  const [own, others] = [kyros.map(total), backlog.map(total)];
  const ratio = medianRatio(own, others);
  return [
    {
      figure: FIGURE,
      goal: GOAL,
      measured: ms(median(own)),
      against: `Backlog.md ${BACKLOG_VERSION} ${ms(median(others))}`,
      ratio,
      met: ratio <= 0.1,
      notes: [`Kyros ${inParts(kyros)}; Backlog.md ${inParts(backlog)}`],
      rounds: turns,
    },
  ];
}

function answered(turns: readonly (Turn | undefined)[]): Turn[] {
  return turns.filter((turn) => turn !== undefined);
}

function total({ createdMs, updatedMs }: Turn): number {
  return createdMs + updatedMs;
}

function inParts(turns: readonly Turn[]): string {
  const created = ms(median(turns.map(({ createdMs }) => createdMs)));
  return `created them in ${created}, updated them in ${ms(median(turns.map(({ updatedMs }) => updatedMs)))}`;
}

async function onKyros(bench: Bench): Promise<Turn> {
  const server = await startKyros(bench, newPath(bench, "beside-backlog"));
  const turn = await createAndUpdate(server.port, {
    create: (task) => toRequest("POST", "/collab/tasks", {}, task),
    update: (id, edit, etag) =>
      toRequest("PATCH", `/collab/tasks/${id}`, { "if-match": etag }, edit),
    etagOf,
  });
  await server.stop();
  return turn;
}

/** Undefined where it fell silent: that must not hold up the rows after it. */
async function onBacklog(bench: Bench, program: string): Promise<Turn | undefined> {
  const server = await startBacklog(bench, program);
  if (server === undefined) return undefined;
  const work = createAndUpdate(server.port, {
    create: (task) => toRequest("POST", "/api/tasks", {}, task),
    update: (id, edit) => toRequest("PUT", `/api/tasks/${id}`, {}, edit),
    etagOf: () => "",
  });
  const turn = await Promise.race([work, sleep(PATIENCE_MS)]);
  await server.stop();
  return turn ?? undefined;
}

/** How each says it. */
interface Dialect {
  create(task: string): string;
  update(id: string, edit: string, etag: string): string;
  etagOf: typeof etagOf;
}

async function createAndUpdate(port: number, dialect: Dialect): Promise<Turn> {
  const connection = await Connection.open(port);
  const made: { id: string; etag: string }[] = [];
  const creations = await timeEach(TASKS, async () => {
    const task = JSON.stringify(toTask(made.length));
    const answer = await connection.expect(201, dialect.create(task));
    const { id } = JSON.parse(answer.body.toString()) as { id: string };
    made.push({ id, etag: dialect.etagOf(answer) });
  });
  const waiting = made.values();
  const updates = await timeEach(TASKS, async () => {
    const { id, etag } = waiting.next().value ?? { id: "", etag: "" };
    const edit = JSON.stringify({ title: `Edited, and was ${id}` });
    await connection.expect(200, dialect.update(id, edit, etag));
  });
  connection.close();
  return { createdMs: sum(creations), updatedMs: sum(updates) };
}

function toTask(at: number) {
  return {
    title: `Task ${at}: what is to be done, in one line`,
    description: `The paragraph of task ${at} says why it is to be done.`,
    priority: "high",
    labels: ["bench"],
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
