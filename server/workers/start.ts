/** From what was asked for on the command line to a running worker. */
import { hostname } from "node:os";
import { relative } from "node:path";
import type { Client } from "#contracts/client";
import { actorId } from "#contracts/primitives";
import type { TaskType } from "#contracts/task";
import type { Clock } from "../kernel/clock.ts";
import { runChild } from "./child.ts";
import type { Executor } from "./executor.ts";
import { EXECUTOR_NAMES, loadExecutor } from "./executors.ts";
import { createLink } from "./link.ts";
import type { Tell } from "./news.ts";
import { findSandbox } from "./sandbox.ts";
import { clearLeftovers } from "./scratch.ts";
import { NameTaken, runWorker } from "./worker.ts";

export interface Asked {
  readonly name: string | undefined;
  readonly executors: readonly string[] | undefined;
  readonly labels: readonly string[];
  readonly types: readonly TaskType[] | undefined;
  readonly concurrency: number;
  readonly attempts: number;
  readonly ttlSeconds: number;
  readonly limitMs: number;
  readonly graceMs: number;
  readonly allowsNetwork: boolean;
  /** Of the board. */
  readonly folder: string;
  /** Where programs are found. */
  readonly path: string;
  /** Undefined while no server runs. */
  readonly connect: (as: string) => Client | undefined;
  readonly clock: Clock;
  readonly tell: Tell;
  readonly draining: AbortSignal;
}

/** As it was asked for it cannot work; the text says why. */
export class CannotStart extends Error {
  override readonly name = "CannotStart";
}

/** Resolves when the worker has stopped. @throws CannotStart */
export async function startWorker(asked: Asked): Promise<void> {
  const { tell, connect, clock, draining, path, limitMs } = asked;
  const name =
    asked.name ?? `worker-${hostname()}`.replaceAll(/[^A-Za-z0-9._-]/g, "-").slice(0, 64);
  if (!actorId.safeParse(name).success) {
    throw new CannotStart(`"${name}" is no name: use letters, digits and . _ @ : - only.`);
  }
  const executors = await load(asked.executors ?? EXECUTOR_NAMES);
  const repository = await findRepository(draining);
  const sandbox = await findSandbox(asked);
  for (const detail of sandbox.gaps) tell({ what: "not_enforced", detail });
  const cleared = await clearLeftovers();
  if (cleared > 0) {
    const folders = cleared === 1 ? "a temporary folder" : `${cleared} temporary folders`;
    tell({ what: "cleared_away", detail: `${folders} of workers that were killed` });
  }

  const inside = relative(repository, asked.folder);
  const isInside = inside !== "" && !inside.startsWith("..") && !inside.startsWith("/");
  const link = createLink({
    connect: () => connect(name),
    onSilence: () => tell({ what: "no_answer", detail: "no server answers; waiting for one" }),
    onReturn: () => tell({ what: "answer_again", detail: "the server is back" }),
  });
  const copies = { repository, sandbox, path, limitMs };
  const boardFolder = isInside ? inside : undefined;
  try {
    await runWorker(
      { ...asked, name, executors, copies, boardFolder },
      { link, clock, tell },
      draining,
    );
  } catch (error) {
    throw error instanceof NameTaken ? new CannotStart(error.message) : error;
  }
}

async function load(names: readonly string[]): Promise<Executor[]> {
  const loaded: Executor[] = [];
  for (const name of new Set(names.map((each) => each.trim()))) {
    const executor = await loadExecutor(name);
    if (executor === undefined) {
      throw new CannotStart(
        `There is no executor "${name}". There is: ${EXECUTOR_NAMES.join(", ")}.`,
      );
    }
    loaded.push(executor);
  }
  return loaded;
}

async function findRepository(signal: AbortSignal): Promise<string> {
  const args = ["rev-parse", "--show-toplevel"];
  const ran = await runChild({ command: "git", args, cwd: process.cwd(), limitMs: 10_000, signal });
  if (ran.exit === 0) return ran.stdout.toString("utf8").replace(/\n$/, "");
  throw new CannotStart(
    `${process.cwd()} is in no git repository that git can read. Run the worker in the repository that the tasks are about.`,
  );
}
