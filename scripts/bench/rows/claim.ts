/** Fifty agents race for a thousand ready tasks; then fifty people edit as many tasks. */
import { newPath, type Bench } from "../bench.ts";
import { Connection, toRequest } from "../http-client.ts";
import { Board, startKyros } from "../kyros.ts";
import { cpuMs } from "../process.ts";
import { ms, perSecond, type Figure } from "../report.ts";
import { inTurns, median, medianRatio } from "../rounds.ts";

const AGENTS = 50;
const TASKS = 1_000;

export async function claimRows(bench: Bench): Promise<Figure[]> {
  const turns = await inTurns(bench.rounds, {
    claims: () => onNewBoard(bench, race),
    patches: () => onNewBoard(bench, edit),
  });
  const rate = (name: keyof typeof turns) => turns[name].map((turn) => turn.perSecond);
  const cpu = (name: keyof typeof turns) => turns[name].map((turn) => turn.cpuMsEach);
  const ratio = medianRatio(rate("claims"), rate("patches"));
  return [
    {
      figure: "50 agents race to claim 1,000 tasks",
      goal: "each once, ≥ 0.7",
      measured: perSecond(median(rate("claims"))),
      against: `PATCH, 50 clients ${perSecond(median(rate("patches")))}`,
      ratio,
      met: ratio >= 0.7,
      notes: [
        `in each of ${bench.rounds} races every task was claimed once, by the agent that holds it`,
        `server CPU for each: ${ms(median(cpu("claims")))}, for a PATCH ${ms(median(cpu("patches")))}`,
      ],
      rounds: turns,
    },
  ];
}

interface Turn {
  readonly perSecond: number;
  readonly cpuMsEach: number;
}

/** Answers what is left to check when the clock has stopped. */
type Run = (board: Board, clients: readonly Connection[]) => Promise<() => Promise<void>>;

/** Both turns meet the same server: fresh, with as many tasks and connections. */
async function onNewBoard(bench: Bench, run: Run): Promise<Turn> {
  const server = await startKyros(bench, newPath(bench, "claim"));
  const board = await Board.create(server, TASKS);
  const clients = await Connection.openMany(server.port, AGENTS);
  // The first requests of a process are compiled while they run; that is not what is asked here.
  for (let time = 0; time < 4; time += 1) {
    await Promise.all(clients.map((client, index) => board.patch(client, index)));
  }
  const cpuBefore = cpuMs(server.pid);
  const start = performance.now();
  const check = await run(board, clients);
  const seconds = (performance.now() - start) / 1_000;
  const cpuMsEach = (cpuMs(server.pid) - cpuBefore) / TASKS;
  await check();
  for (const client of clients) client.close();
  await server.stop();
  return { perSecond: TASKS / seconds, cpuMsEach };
}

const edit: Run = async (board, clients) => {
  let next = 0;
  await Promise.all(
    clients.map(async (client) => {
      while (next < TASKS) {
        next += 1;
        await board.patch(client, next - 1);
      }
    }),
  );
  return () => Promise.resolve();
};

/** @throws Error when a task was given out twice, or not at all. */
const race: Run = async (board, clients) => {
  const holders = new Map<string, string>();
  await Promise.all(
    clients.map(async (client, index) => {
      const agent = `agent-${index + 1}`;
      for (;;) {
        const task = await claim(client, agent);
        if (task === undefined) return;
        const other = holders.get(task);
        if (other !== undefined) throw new Error(`${task} went to ${other} and to ${agent}`);
        holders.set(task, agent);
      }
    }),
  );
  if (holders.size !== board.ids.length) {
    throw new Error(`${holders.size} of ${board.ids.length} tasks were claimed`);
  }
  return () => assertHeld(clients[0] as Connection, holders);
};

async function claim(client: Connection, agent: string): Promise<string | undefined> {
  const body = JSON.stringify({ agent });
  const answer = await client.send(
    toRequest("POST", "/collab/tasks/claim", { "kyros-actor": agent }, body),
  );
  if (answer.status === 204) return undefined;
  if (answer.status !== 200) throw new Error(`a claim answered ${answer.body.toString()}`);
  const { task } = JSON.parse(answer.body.toString()) as { task: { id: string } };
  return task.id;
}

/** What the agents were told is what the board says. */
async function assertHeld(client: Connection, holders: ReadonlyMap<string, string>): Promise<void> {
  const answer = await client.expect(200, toRequest("GET", "/collab/state/tasks"));
  const { data } = JSON.parse(answer.body.toString()) as {
    data: Record<string, { status: string; assignee: string | null }>;
  };
  for (const [id, { status, assignee }] of Object.entries(data)) {
    if (status === "claimed" && assignee === holders.get(id)) continue;
    throw new Error(`${id} is ${status} by ${assignee}, but was given to ${holders.get(id)}`);
  }
}
