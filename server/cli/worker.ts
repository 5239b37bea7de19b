/** `kyros worker`. */
import { TASK_TYPES } from "#contracts/task-words";
import { readExecutablePath } from "../config.ts";
import { createClock } from "../kernel/clock.ts";
import { command, type Call, type OptionSpecs } from "./command.ts";
import { CommandError, EXIT, UsageError } from "./exit.ts";
import { printable } from "./output.ts";
import { oneOf, toNumber } from "./task-fields.ts";

const OPTIONS = {
  executor: {
    type: "string",
    multiple: true,
    value: "A,B",
    about: "what it can do: docs/format, lint, changelog; all of them by default",
  },
  concurrency: { type: "string", value: "N", about: "how many tasks at a time; 1 by default" },
  label: {
    type: "string",
    multiple: true,
    value: "LABEL",
    about: "only tasks with this label, one option each",
  },
  type: { type: "string", multiple: true, value: "TYPE", about: "only tasks of this type" },
  name: { type: "string", value: "NAME", about: "who it is on the board; worker-HOST by default" },
  ttl: { type: "string", value: "SECONDS", about: "how long its leases last; 60 by default" },
  "time-limit": {
    type: "string",
    value: "SECONDS",
    about: "how long a program of an executor may run; 300 by default",
  },
  attempts: {
    type: "string",
    value: "N",
    about: "how often a failure that may pass is tried in all; 3 by default",
  },
  grace: {
    type: "string",
    value: "SECONDS",
    about: "how long what runs may go on after SIGTERM; 30 by default",
  },
  network: { type: "boolean", about: "let executors reach the network" },
} as const satisfies OptionSpecs;

export const worker = command({
  name: "worker",
  summary: "claim tasks that ask for an executor, and do them, until interrupted",
  args: [],
  options: OPTIONS,
  notes:
    "Run it in the repository that the tasks are about. A task asks by a label, such as executor:docs/format, " +
    "and names its files by labels such as path:docs/**. Needs a server; waits for one where none runs.",
  examples: [
    "kyros worker --executor docs/format,lint --concurrency 4",
    "kyros worker --executor changelog --type docs --name worker-docs --json",
  ],
  async run(call) {
    const limits = readLimits(call.options);
    const types = call.options.list("type")?.map((type) => oneOf(TASK_TYPES, type, "--type"));
    const { startWorker, CannotStart } = await import("../workers/start.ts");
    const { board, options, out } = call;
    try {
      await startWorker({
        name: options.text("name") ?? board.actor,
        executors: options.list("executor")?.flatMap((names) => names.split(",")),
        labels: options.list("label") ?? [],
        types,
        ...limits,
        allowsNetwork: options.flag("network"),
        folder: board.folder,
        path: readExecutablePath(),
        connect: (as) => board.server(as),
        clock: createClock(),
        tell: (news) =>
          out.show(news, () =>
            [news.task, news.executor, news.what.replace("_", " "), news.detail]
              .filter((part) => part !== undefined && part !== "")
              .map((part) => printable(part ?? ""))
              .join("  "),
          ),
        draining: call.interruption(),
      });
    } catch (error) {
      throw error instanceof CannotStart ? new CommandError(EXIT.usage, error.message) : error;
    }
    return EXIT.ok;
  },
});

function readLimits(options: Call<typeof OPTIONS>["options"]) {
  const seconds = (name: "ttl" | "time-limit" | "grace", fallback: number, least: number) =>
    numberOf(options.text(name), `--${name}`, { fallback, least, most: 86_400 });
  const whole = (name: "concurrency" | "attempts", fallback: number) => {
    const range = { fallback, least: 1, most: 100 };
    return Math.floor(numberOf(options.text(name), `--${name}`, range));
  };
  return {
    concurrency: whole("concurrency", 1),
    attempts: whole("attempts", 3),
    ttlSeconds: seconds("ttl", 60, 1),
    limitMs: seconds("time-limit", 300, 0.1) * 1_000,
    graceMs: seconds("grace", 30, 0) * 1_000,
  };
}

/** @throws UsageError */
function numberOf(
  given: string | undefined,
  where: string,
  { fallback, least, most }: { fallback: number; least: number; most: number },
): number {
  const value = toNumber(given, where) ?? fallback;
  if (value >= least && value <= most) return value;
  throw new UsageError(`${where} takes a number from ${least} to ${most}, not ${value}.`);
}
