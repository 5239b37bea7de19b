/**
 * `kyros hold`: a command runs under leases that renew themselves, however long it takes. A lease that
 * is lost meanwhile is said at once and in the exit code; the command itself is not stopped, since only
 * whoever started it knows what half of its work is worth.
 */
import type { ChildProcess } from "node:child_process";
import { environmentWith } from "../config.ts";
import { command } from "./command.ts";
import { CommandError, EXIT, UsageError } from "./exit.ts";
import { createKeeper, type Keeper } from "./keeper.ts";
import { toNumber } from "./task-fields.ts";
import { whoActs } from "./task.ts";

export const hold = command({
  name: "hold",
  summary: "run a command under a lease, which is renewed meanwhile and given back after",
  args: ["[ID]"],
  tail: "COMMAND",
  options: {
    resource: {
      type: "string",
      multiple: true,
      value: "RESOURCE",
      about: "on this, such as path:src/**; more than one may be named",
    },
    ttl: { type: "string", value: "SECONDS", about: "how long it lasts if this process is killed" },
    note: { type: "string", value: "TEXT", about: "what for, so that others know" },
    wait: { type: "string", value: "SECONDS", about: "how long to wait for it, at most 60" },
  },
  notes:
    "Needs a name: --actor, or KYROS_ACTOR. A lease that you had before is renewed, and stays yours " +
    `after. Signals and the exit code are the command's own; ${EXIT.lost} says that a lease was lost while ` +
    "it ran. The command finds your name in KYROS_ACTOR.",
  examples: [
    "kyros hold T-100 --actor agent-1 -- npm test",
    `kyros hold --resource "path:src/**" --wait 30 -- ./codemod.sh`,
  ],
  async run({ args: [id], tail, options, board, out }) {
    const holder = whoActs(board);
    const [program, ...words] = tail;
    const resources = [
      ...(id === undefined ? [] : [`task:${id}`]),
      ...(options.list("resource") ?? []),
    ];
    if (resources.length === 0)
      throw new UsageError("Say what to hold: a task's ID, or --resource.");
    if (program === undefined) {
      throw new UsageError("COMMAND is missing: it stands after --. See: kyros hold --help");
    }
    const wait = toNumber(options.text("wait"), "--wait");
    const keeper = createKeeper(board, out);
    await keeper.take(resources, {
      holder,
      ttl_seconds: toNumber(options.text("ttl"), "--ttl"),
      note: options.text("note"),
      wait_ms: wait === undefined ? undefined : wait * 1_000,
    });
    return runUnder(keeper, () => start(program, words, holder));
  },
});

async function runUnder(keeper: Keeper, begin: () => Promise<ChildProcess>): Promise<number> {
  const stopKeeping = keeper.keep();
  try {
    const code = await ended(await begin());
    await stopKeeping();
    const isHeld = await keeper.giveBack();
    return isHeld ? code : EXIT.lost;
  } catch (error) {
    await stopKeeping();
    await keeper.giveBack();
    throw error;
  }
}

/** @throws CommandError */
async function start(
  program: string,
  words: readonly string[],
  holder: string,
): Promise<ChildProcess> {
  const { spawn } = await import("node:child_process");
  const env = environmentWith({ KYROS_ACTOR: holder });
  const child = spawn(program, words, { stdio: "inherit", env });
  return new Promise((resolve, reject) => {
    child.once("spawn", () => resolve(child));
    child.once("error", (error) => {
      reject(new CommandError(EXIT.refused, `${program} cannot be started: ${error.message}`));
    });
  });
}

const SIGNALS = ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const;

/** What a terminal sends, it sends to the command as well. */
const FROM_TERMINAL: ReadonlySet<string> = new Set(["SIGINT", "SIGQUIT"]);

/** @returns its exit code; of one that a signal ended, as a shell would say it. */
async function ended(child: ChildProcess): Promise<number> {
  const { constants } = await import("node:os");
  const passOn = (signal: NodeJS.Signals) => {
    if (!(process.stdin.isTTY && FROM_TERMINAL.has(signal))) child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, passOn);
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => {
      for (const each of SIGNALS) process.off(each, passOn);
      resolve(code ?? (signal === null ? EXIT.refused : 128 + constants.signals[signal]));
    });
  });
}
