/** A server on a board of its own, and the agents before its doors. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient, type Client } from "#contracts/client";
import { end, freePort, startServer } from "../server.ts";
import { toFailure, type Fight, type Report } from "./fight.ts";
import type { Door, Where } from "./racer.ts";

export interface Arena {
  readonly client: Client;
  /** Lets all of them fight at once. */
  fight(fight: Fight): Promise<readonly Report[]>;
  close(): Promise<void>;
}

/** Nobody needs so long, even where every step starts a process; who does hangs. */
const PATIENCE_MS = 300_000;

const servers = new Set<ChildProcess>();

/** An interrupted race leaves no server behind; agents end when nobody listens to them. */
process.once("exit", () => {
  for (const server of servers) server.kill();
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

export async function openArena(door: Door, size: number): Promise<Arena> {
  const home = mkdtempSync(join(tmpdir(), "kyros-race-"));
  const folder = join(home, "collaboration");
  const port = await freePort();
  const server = await startServer(folder, port);
  servers.add(server);
  const url = `http://127.0.0.1:${port}`;
  const agents = Array.from({ length: size }, (_, index) =>
    startAgent({ door, url, folder, name: `racer-${index + 1}`, index }),
  );

  async function close(): Promise<void> {
    await Promise.all(agents.map(dismiss));
    await end(server, "SIGTERM");
    servers.delete(server);
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
      const reports = agents.map((agent) =>
        (answerOf(agent) as Promise<Report>).catch((error: unknown) => toFailure(error)),
      );
      for (const agent of agents) agent.send(fight);
      return Promise.all(reports);
    },
    close,
  };
}

function startAgent(where: Where): ChildProcess {
  return fork(join(import.meta.dirname, "agent.ts"), [JSON.stringify(where)]);
}

/** @throws when it ends, or says nothing for too long. */
function answerOf(agent: ChildProcess): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const onExit = (code: number | null) =>
    reject(new Error(`an agent ended in the middle of it, with ${code}`));
  const late = setTimeout(
    () => reject(new Error(`an agent said nothing for ${PATIENCE_MS / 1_000} s`)),
    PATIENCE_MS,
  );
  agent.once("message", resolve).once("exit", onExit);
  return promise.finally(() => {
    clearTimeout(late);
    agent.off("message", resolve).off("exit", onExit);
  });
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
