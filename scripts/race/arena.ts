/** A server on a board of its own, and the agents before its doors. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient, type Client } from "#contracts/client";
import { end, freePort, startServer } from "../example/server.ts";
import type { Fight, Report } from "./fight.ts";
import type { Door, Where } from "./racer.ts";

export interface Arena {
  readonly client: Client;
  /** Lets all of them fight at once. */
  fight(fight: Fight): Promise<readonly Report[]>;
  close(): Promise<void>;
}

/** Nobody needs so long; who does hangs. */
const PATIENCE_MS = 120_000;

export async function openArena(door: Door, size: number): Promise<Arena> {
  const home = mkdtempSync(join(tmpdir(), "kyros-race-"));
  const folder = join(home, "collaboration");
  const port = await freePort();
  const server = await startServer(folder, port);
  const url = `http://127.0.0.1:${port}`;
  const agents = Array.from({ length: size }, (_, index) =>
    startAgent({ door, url, folder, name: `racer-${index + 1}`, index }),
  );

  async function close(): Promise<void> {
    await Promise.all(agents.map(dismiss));
    await end(server, "SIGTERM");
    rmSync(home, { recursive: true });
  }

  try {
    await Promise.all(agents.map((agent) => answerOf(agent)));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    client: createClient({ baseUrl: url }),
    fight(fight) {
      const reports = agents.map((agent) => answerOf(agent) as Promise<Report>);
      for (const agent of agents) agent.send(fight);
      return Promise.all(reports);
    },
    close,
  };
}

function startAgent(where: Where): ChildProcess {
  return fork(join(import.meta.dirname, "agent.ts"), [JSON.stringify(where)]);
}

async function answerOf(agent: ChildProcess): Promise<unknown> {
  const settled = new AbortController();
  const signal = AbortSignal.any([settled.signal, AbortSignal.timeout(PATIENCE_MS)]);
  try {
    const died = once(agent, "exit", { signal }).then(([code]) => {
      throw new Error(`an agent ended in the middle of it, with ${String(code)}`);
    });
    const [answer] = (await Promise.race([once(agent, "message", { signal }), died])) as unknown[];
    died.catch(() => {});
    return answer;
  } finally {
    settled.abort();
  }
}

/** Asked first: one that is killed could not end what it started itself. */
async function dismiss(agent: ChildProcess): Promise<void> {
  if (agent.exitCode !== null || agent.signalCode !== null) return;
  const ended = once(agent, "exit");
  agent.send("leave");
  const late = setTimeout(() => agent.kill("SIGKILL"), 5_000);
  await ended;
  clearTimeout(late);
}
