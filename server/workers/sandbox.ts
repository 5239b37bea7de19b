/**
 * What the kernel keeps an executor from. Namespaces need no privileges, but a container or the
 * system's policy may forbid them: so each is tried once, and what cannot be had is said aloud.
 */
import { runChild } from "./child.ts";

export interface Sandbox {
  /** Stands before the command. */
  readonly prefix: readonly string[];
  /** What is not enforced, in sentences. */
  readonly gaps: readonly string[];
}

/** Whoever is killed takes its child with it, also where nobody can be asked any more. */
const DIES_WITH_WORKER = ["setpriv", "--pdeathsig", "KILL"];
/** All that the child starts are in its own world of processes, and end with the first of them. */
const OWN_PROCESSES = ["--pid", "--fork", "--kill-child"];
const NO_NETWORK = ["--net"];

const UNSHARE = ["unshare", "--user", "--map-current-user"];

const GAPS = {
  network: "Executors can reach the network: the kernel gives this process no namespaces.",
  processes:
    "What an executor leaves running in a session of its own is not ended with it: no process namespace.",
  orphans: "An executor outlives a worker that is killed, up to its own end: no setpriv.",
};

/** The strictest that works here. */
export async function findSandbox(given: {
  readonly allowsNetwork: boolean;
  readonly works?: (command: readonly string[]) => Promise<boolean>;
}): Promise<Sandbox> {
  const { allowsNetwork, works = runs } = given;
  const net = allowsNetwork ? [] : NO_NETWORK;
  const blamed = allowsNetwork ? [] : [GAPS.network];
  const candidates: Sandbox[] = [
    { prefix: [...DIES_WITH_WORKER, ...UNSHARE, ...net, ...OWN_PROCESSES, "--"], gaps: [] },
    ...(allowsNetwork
      ? []
      : [{ prefix: [...DIES_WITH_WORKER, ...UNSHARE, ...net, "--"], gaps: [GAPS.processes] }]),
    { prefix: [...DIES_WITH_WORKER, "--"], gaps: [...blamed, GAPS.processes] },
  ];
  for (const candidate of candidates) {
    if (await works([...candidate.prefix, "true"])) return candidate;
  }
  return { prefix: [], gaps: [...blamed, GAPS.processes, GAPS.orphans] };
}

async function runs([command = "", ...args]: readonly string[]): Promise<boolean> {
  const { signal } = new AbortController();
  const ran = await runChild({ command, args, cwd: "/", limitMs: 5_000, signal });
  return ran.exit === 0;
}

/**
 * All that an executor gets to see of the environment: no token, no key, no socket of an agent.
 *
 * @param path where programs are found.
 */
export function environmentOf(
  path: string,
  folders: { readonly home: string; readonly temporary: string },
): Record<string, string> {
  return {
    PATH: path,
    HOME: folders.home,
    TMPDIR: folders.temporary,
    LANG: "C.UTF-8",
    CI: "true",
    NO_COLOR: "1",
    // Whatever the repository says of itself, git asks nobody and runs no pager.
    GIT_TERMINAL_PROMPT: "0",
    GIT_PAGER: "cat",
    GIT_CONFIG_NOSYSTEM: "1",
  };
}
