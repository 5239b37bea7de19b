/** The texts of `--help`. */
import { GLOBAL_OPTIONS, type Command, type OptionSpecs } from "./command.ts";

const EXIT_CODES = `Exit codes:
  0  done
  1  refused, or (verify, doctor) something is wrong
  2  not understood
  3  nothing is ready to be claimed
  4  no server answers and the folder cannot be opened, or the store cannot do its work
  5  (hold) a lease was lost while the command ran; otherwise hold ends as the command does`;

export function overview(commands: readonly Command[]): string {
  return [
    "kyros: a board for agents and people, kept as files in your repository",
    "",
    "Usage: kyros COMMAND [OPTIONS]",
    "",
    columns(commands.map(({ name, args, summary }) => [[name, ...args].join(" "), summary])),
    "",
    "Every command takes:",
    optionLines(GLOBAL_OPTIONS),
    "",
    EXIT_CODES,
    "",
    "More about one: kyros COMMAND --help. Which kyros this is: kyros --version",
  ].join("\n");
}

export function helpOf(command: Command): string {
  const { name, args, tail, summary, options, notes, examples } = command;
  const own = Object.keys(options).length === 0 ? [] : ["", "Options:", optionLines(options)];
  return [
    `kyros ${name}: ${summary}`,
    "",
    `Usage: ${["kyros", name, ...args, "[OPTIONS]", ...(tail === undefined ? [] : ["--", tail])].join(" ")}`,
    ...(notes === undefined ? [] : ["", wrapped(notes)]),
    ...own,
    "",
    "Every command takes:",
    optionLines(GLOBAL_OPTIONS),
    "",
    "Examples:",
    ...examples.map((example) => `  ${example}`),
    "",
    EXIT_CODES,
  ].join("\n");
}

function optionLines(options: OptionSpecs): string {
  return columns(
    Object.entries(options).map(([name, { short, value, about }]) => [
      `${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`,
      about,
    ]),
  );
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}

const WIDTH = 88;

function wrapped(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length >= WIDTH) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}
