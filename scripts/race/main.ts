/**
 * Many agents, each a process of its own, fight for the same tasks and the same record through one
 * door: `npm run race -- [--door http|mcp|cli|all] [--agents 16] [--short]`.
 */
import { parseArgs } from "node:util";
import type { Client } from "#contracts/client";
import { openArena, type Arena } from "./arena.ts";
import { judgeClaims, judgeCounter, type Report, type Verdict } from "./fight.ts";
import { DOORS, type Door } from "./racer.ts";

interface Size {
  readonly agents: number;
  readonly ready: number;
  readonly named: number;
  readonly increments: number;
}

/** Short: as many as still meet each other, in the time that a check may take on a small machine. */
const SIZES: Readonly<Record<Door, { readonly full: Size; readonly short: Size }>> = {
  http: {
    full: { agents: 16, ready: 200, named: 50, increments: 25 },
    short: { agents: 6, ready: 60, named: 15, increments: 10 },
  },
  mcp: {
    full: { agents: 16, ready: 200, named: 50, increments: 25 },
    short: { agents: 4, ready: 30, named: 10, increments: 10 },
  },
  cli: {
    full: { agents: 16, ready: 32, named: 4, increments: 2 },
    short: { agents: 3, ready: 6, named: 2, increments: 2 },
  },
};

const { values } = parseArgs({
  options: {
    door: { type: "string", default: "all" },
    agents: { type: "string" },
    short: { type: "boolean", default: false },
  },
});

const doors = DOORS.filter((door) => values.door === "all" || values.door === door);
const agents = values.agents === undefined ? undefined : Number(values.agents);
if (doors.length === 0) throw new Error(`--door is one of ${DOORS.join(", ")} or all`);
if (agents !== undefined && !(Number.isInteger(agents) && agents >= 2)) {
  throw new Error("--agents is a whole number from 2 up: nobody races alone");
}

const COLUMNS = [6, 8, 9, 22, 8, 9, 9, 7] as const;
const HEADINGS = ["door", "agents", "fight", "for", "won", "lost", "seconds", ""];
let passed = 0;
let failed = 0;

print(HEADINGS);
for (const door of doors) {
  const size = SIZES[door][values.short ? "short" : "full"];
  await race(door, { ...size, agents: agents ?? size.agents });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

async function race(door: Door, size: Size): Promise<void> {
  const arena = await openArena(door, size.agents);
  try {
    await fightForReady(arena, door, size);
    await fightForNamed(arena, door, size);
    await fightForCounter(arena, door, size);
  } finally {
    await arena.close();
  }
}

async function fightForReady(arena: Arena, door: Door, size: Size): Promise<void> {
  const ids = await createTasks(arena.client, "R", size.ready);
  const start = performance.now();
  const reports = await arena.fight({ kind: "ready" });
  const verdict = judgeClaims(ids, reports, await claimsOf(arena.client, ids));
  tell([door, size.agents, "ready", `${size.ready} ready tasks`], reports, verdict, start);
}

async function fightForNamed(arena: Arena, door: Door, size: Size): Promise<void> {
  const ids = await createTasks(arena.client, "N", size.named);
  const start = performance.now();
  const reports = await arena.fight({ kind: "named", ids });
  const verdict = judgeClaims(ids, reports, await claimsOf(arena.client, ids));
  tell([door, size.agents, "named", `${size.named} tasks, each by all`], reports, verdict, start);
}

async function fightForCounter(arena: Arena, door: Door, size: Size): Promise<void> {
  const [id = ""] = await createTasks(arena.client, "C", 1);
  const start = performance.now();
  const reports = await arena.fight({ kind: "counter", id, times: size.increments });
  const { body: task } = await arena.client.call("getTask", { params: { id } });
  const updates = await eventsOf(arena.client, "task_updated", [id]);
  const found = { value: Number(task?.description), updates: updates.length };
  const verdict = judgeCounter(size.increments, reports, found);
  const what = `${size.increments} increments each`;
  tell([door, size.agents, "counter", what], reports, verdict, start);
}

async function createTasks(client: Client, prefix: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);
  // A counter is no work: blocked, nobody is given it.
  const blocked = prefix === "C" ? { reason: "everybody counts here" } : null;
  const creates = ids.map((id) => ({ id, title: id, description: "0", blocked }));
  await client.call("batchTasks", { body: { creates } });
  return ids;
}

function claimsOf(client: Client, ids: readonly string[]) {
  return eventsOf(client, "task_claimed", ids);
}

async function eventsOf(client: Client, event: string, ids: readonly string[]) {
  const wanted = new Set(ids.map((id) => `task:${id}`));
  const found = [];
  let cursor: string | undefined;
  do {
    const { body } = await client.call("listEvents", { query: { event, cursor, limit: 1_000 } });
    found.push(...(body?.items ?? []));
    cursor = body?.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return found.filter(({ target }) => wanted.has(target));
}

function tell(
  words: readonly (string | number)[],
  reports: readonly Report[],
  { what, wrong }: Verdict,
  start: number,
): void {
  const claims = reports.flatMap((report) => report.claims);
  const won = claims.filter((claim) => "won" in claim).length + sum(reports, "written");
  const lost = claims.filter((claim) => "lost" in claim).length + sum(reports, "retries");
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  print([...words, won, lost, seconds, wrong.length === 0 ? `✓ ${what}` : `✗ ${what}`]);
  for (const each of wrong.slice(0, 10)) console.log(`       ${each}`);
  if (wrong.length === 0) passed += 1;
  else failed += 1;
}

function sum(reports: readonly Report[], key: "written" | "retries"): number {
  return reports.reduce((total, report) => total + report[key], 0);
}

function print(cells: readonly (string | number)[]): void {
  console.log(
    cells
      .map((cell, column) => String(cell).padEnd(COLUMNS[column] ?? 0))
      .join(" ")
      .trimEnd(),
  );
}
