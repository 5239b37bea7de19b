/** Fifty agents race for a thousand ready tasks; then fifty people edit as many tasks. */
import { newPath, type Bench } from "../bench.ts";
import { Connection, etagOf, toRequest } from "../http-client.ts";
import { Board, startKyros } from "../kyros.ts";
import { cpuMs } from "../process.ts";
import { ms, perSecond, type Figure } from "../report.ts";
import { inTurns, median, medianRatio } from "../rounds.ts";

const AGENTS = 50;
const TASKS = 1_000;
/** Tasks that each agent claims and gives back, and edits it makes, before the clock starts. */
const WARMING = 20;

export async function claimRows(bench: Bench): Promise<Figure[]> {
  // Each turn starts a server of its own, so there are fewer.
  const rounds = Math.min(bench.rounds, 5);
  const turns = await inTurns(rounds, {
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
        `in each of ${rounds} races every task was claimed once, by the agent that holds it`,
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

/** Who was given which task. */
type Holders = Map<string, string>;
type Run = (board: Board, clients: readonly Connection[], holders: Holders) => Promise<void>;

/** Both turns meet the same server: nobody holds anything, and the same claims and edits warmed it up. */
async function onNewBoard(bench: Bench, run: Run): Promise<Turn> {
  const server = await startKyros(bench, newPath(bench, "claim"));
  const board = await Board.create(server, TASKS);
  const clients = await Connection.openMany(server.port, AGENTS);
  const holders: Holders = new Map();
  await warmUp(board, clients);
  const cpuBefore = cpuMs(server.pid);
  const start = performance.now();
  await run(board, clients, holders);
  const seconds = (performance.now() - start) / 1_000;
  const cpuMsEach = (cpuMs(server.pid) - cpuBefore) / TASKS;
  await assertHeld(clients[0] as Connection, holders);
  for (const client of clients) client.close();
  await server.stop();
  return { perSecond: TASKS / seconds, cpuMsEach };
}

/** The first requests of a process are compiled while they run; that is not what is asked here. */
async function warmUp(board: Board, clients: readonly Connection[]): Promise<void> {
  for (let time = 0; time < WARMING; time += 1) {
    await Promise.all(clients.map((client, index) => claimAndGiveBack(board, client, index)));
    await Promise.all(clients.map((client, index) => board.patch(client, index)));
  }
}

async function claimAndGiveBack(board: Board, client: Connection, index: number): Promise<void> {
  const id = await claim(client, index);
  if (id === undefined) throw new Error("there was nothing to claim");
  const path = `/collab/tasks/${id}/transition`;
  const body = JSON.stringify({ to: "queued" });
  const back = toRequest("POST", path, { "kyros-actor": toAgent(index) }, body);
  board.changed(id, etagOf(await client.expect(200, back)));
}

const edit: Run = async (board, clients) => {
  const rest = [...board.ids.keys()];
  await Promise.all(
    clients.map(async (client) => {
      for (let at = rest.pop(); at !== undefined; at = rest.pop()) await board.patch(client, at);
    }),
  );
};

/** @throws Error when a task was given out twice, or not at all. */
const race: Run = async (board, clients, holders) => {
  await Promise.all(
    clients.map(async (client, index) => {
      const agent = toAgent(index);
      for (let id = await claim(client, index); id !== undefined; id = await claim(client, index)) {
        const other = holders.get(id);
        if (other !== undefined) throw new Error(`${id} went to ${other} and to ${agent}`);
        holders.set(id, agent);
      }
    }),
  );
  if (holders.size !== board.ids.length) {
    throw new Error(`${holders.size} of ${board.ids.length} tasks were claimed`);
  }
};

function toAgent(index: number): string {
  return `agent-${index + 1}`;
}

/** Answers which task it was, if there was anything left to claim. */
async function claim(client: Connection, index: number): Promise<string | undefined> {
  const agent = toAgent(index);
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
async function assertHeld(client: Connection, holders: Holders): Promise<void> {
  const answer = await client.expect(200, toRequest("GET", "/collab/state/tasks"));
  const { data } = JSON.parse(answer.body.toString()) as {
    data: Record<string, { status: string; assignee: string | null }>;
  };
  for (const [id, { status, assignee }] of Object.entries(data)) {
    const holder = holders.get(id) ?? null;
    if (assignee === holder && status === (holder === null ? "queued" : "claimed")) continue;
    throw new Error(`${id} is ${status} by ${assignee}, but was given to ${holder}`);
  }
}
