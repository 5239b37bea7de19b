/** From the words of a command line to an exit code. */
import { ProblemError, UnreachableError } from "#contracts/client";
import { readCommandSettings } from "../config.ts";
import { boardFolder } from "../git/worktree.ts";
import { openBoard } from "./board.ts";
import { GLOBAL_OPTIONS, type Command, type OptionSpec, type Terminal } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { CommandError, EXIT, UsageError, type Exit } from "./exit.ts";
import { helpOf, overview } from "./help.ts";
import { createOutput, toJson, type Output, type Streams } from "./output.ts";

export interface Surroundings extends Streams {
  /** Asked for by commands that end by being interrupted; the others just end with the process. */
  interruption(): AbortSignal;
  /** All of standard input. */
  input(): Promise<string>;
  /** The terminal to draw on; undefined where there is none. */
  terminal(): Terminal | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export async function run(argv: readonly string[], around: Surroundings): Promise<number> {
  // Known before anything else can go wrong, so that errors come in the form that was asked for.
  const end = argv.indexOf("--");
  const own = end < 0 ? argv : argv.slice(0, end);
  const out = createOutput(around, own.includes("--json"));
  try {
    return await runCommand(argv, around, out);
  } catch (error) {
    return explain(error, out);
  }
}

async function runCommand(
  argv: readonly string[],
  around: Surroundings,
  out: Output,
): Promise<number> {
  if (argv[0] === "--version") {
    const { version } = await import("./version.ts");
    around.stdout.write(`${version}\n`);
    return EXIT.ok;
  }
  const asked = toAsked(argv);
  const command = findCommand(asked.words);
  if (command === undefined) {
    around.stdout.write(`${overviewOf(asked)}\n`);
    return EXIT.ok;
  }
  const rest = [...asked.before, ...asked.words.slice(command.name.split(" ").length)];
  const prepared = command.prepare(rest);
  const { global } = prepared;
  if (global.flag("help")) {
    around.stdout.write(`${helpOf(command)}\n`);
    return EXIT.ok;
  }
  const settings = readCommandSettings(around.environment);
  const board = openBoard({
    folder: boardFolder(process.cwd(), global.text("dir") ?? settings.dir),
    url: global.text("url") ?? (global.text("dir") === undefined ? settings.url : undefined),
    actor: global.text("actor") ?? settings.actor,
  });
  try {
    return await prepared.run({
      board,
      out,
      input: () => around.input(),
      terminal: () => around.terminal(),
      interruption: () => around.interruption(),
    });
  } finally {
    await board.release();
  }
}

interface Asked {
  /** Options that stand before the command. */
  readonly before: readonly string[];
  /** From the command on. */
  readonly words: readonly string[];
}

function toAsked(argv: readonly string[]): Asked {
  let at = 0;
  while (argv[at]?.startsWith("-") === true) at += takesValue(argv[at] ?? "") ? 2 : 1;
  const [before, words] = [argv.slice(0, at), argv.slice(at)];
  return words[0] === "help"
    ? { before: [...before, "--help"], words: words.slice(1) }
    : { before, words };
}

function takesValue(option: string): boolean {
  const known = Object.entries<OptionSpec>(GLOBAL_OPTIONS);
  return known.some(([name, { type }]) => option === `--${name}` && type === "string");
}

function findCommand(words: readonly string[]): Command | undefined {
  return COMMANDS.find(({ name }) => `${words.slice(0, 2).join(" ")} `.startsWith(`${name} `));
}

/** @throws UsageError when neither a command nor help was asked for. */
function overviewOf({ before, words }: Asked): string {
  const [first] = words;
  const group = COMMANDS.filter(({ name }) => name.startsWith(`${first} `));
  const shown = group.length > 0 ? group : COMMANDS;
  const isHelp = [...before, ...words].some((word) => word === "--help" || word === "-h");
  if (isHelp || first === undefined) return overview(shown);
  const names = shown.map(({ name }) => name).join(", ");
  throw new UsageError(`There is no "kyros ${words.slice(0, 2).join(" ")}". There is: ${names}.`);
}

function explain(error: unknown, out: Output): Exit {
  if (error instanceof ProblemError) {
    const { problem } = error;
    out.complain(out.json ? toJson(problem) : problemText(error));
    return problem.status >= 500 ? EXIT.unreachable : EXIT.refused;
  }
  if (error instanceof CommandError) return complain(out, error.exit, error.message);
  if (error instanceof UnreachableError) {
    if (error.cause instanceof CommandError) return explain(error.cause, out);
    const text = `There was ${error.message}. If this was a change, look whether it was made before you repeat it.`;
    return complain(out, EXIT.unreachable, text);
  }
  // The system's own words name the file and what was wrong with it.
  if (error instanceof Error && "syscall" in error) {
    return complain(out, EXIT.unreachable, error.message);
  }
  throw error;
}

function complain(out: Output, exit: Exit, detail: string): Exit {
  const code =
    exit === EXIT.usage ? "usage" : exit === EXIT.unreachable ? "unreachable" : "refused";
  out.complain(out.json ? toJson({ code, detail }) : detail);
  return exit;
}

function problemText({ problem }: ProblemError): string {
  const errors = (problem.errors ?? []).map(({ pointer, detail }) => `  ${pointer}  ${detail}`);
  return [`${problem.title} (${problem.code}).`, problem.detail, ...errors].join("\n");
}
