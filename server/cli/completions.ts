/** `kyros completions`: what a shell offers when the tab key is pressed, made from the table of commands. */
import { command, GLOBAL_OPTIONS, type Command } from "./command.ts";
import { EXIT } from "./exit.ts";
import { oneOf } from "./task-fields.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** @param all every command, these here included */
export function createCompletions(all: () => readonly Command[]): Command {
  return command({
    name: "completions",
    summary: "completion for a shell: bash, zsh or fish",
    args: ["SHELL"],
    options: {},
    notes: "Put it where your shell looks for completions, or load it when the shell starts.",
    examples: [
      `eval "$(kyros completions bash)"`,
      `kyros completions zsh > "\${fpath[1]}/_kyros"`,
      "kyros completions fish > ~/.config/fish/completions/kyros.fish",
    ],
    run({ args: [shell = ""], out }) {
      const script = SCRIPTS[oneOf(SHELLS, shell, "SHELL")](all());
      out.show({ script }, () => script);
      return Promise.resolve(EXIT.ok);
    },
  });
}

const SCRIPTS = { bash, zsh, fish } as const satisfies Record<
  (typeof SHELLS)[number],
  (commands: readonly Command[]) => string
>;

interface Group {
  /** The first word. */
  readonly word: string;
  /** Its second words; none where the first is all. */
  readonly seconds: readonly string[];
}

function groupsOf(commands: readonly Command[]): Group[] {
  const words = [...new Set(commands.map(({ name }) => name.split(" ")[0] ?? ""))];
  return words.map((word) => ({
    word,
    seconds: commands.flatMap(({ name }) =>
      name.startsWith(`${word} `) ? (name.split(" ")[1] ?? []) : [],
    ),
  }));
}

function optionsOf({ options }: Command): string {
  return Object.keys({ ...options, ...GLOBAL_OPTIONS })
    .map((name) => `--${name}`)
    .join(" ");
}

/** Bash and zsh read the same cases: which words come next, by the words so far. */
function cases(commands: readonly Command[]): string[] {
  const groups = groupsOf(commands).filter(({ seconds }) => seconds.length > 0);
  return [
    ...commands.map((each) => `    "${each.name} "*) words="${optionsOf(each)}" ;;`),
    ...groups.map(({ word, seconds }) => `    "${word} "*) words="${seconds.join(" ")}" ;;`),
    `    *) words="${groupsOf(commands)
      .map(({ word }) => word)
      .join(" ")} help" ;;`,
  ];
}

function bash(commands: readonly Command[]): string {
  return [
    "_kyros() {",
    '  local words so_far="${COMP_WORDS[*]:1:COMP_CWORD-1} "',
    '  case "$so_far" in',
    ...cases(commands),
    "  esac",
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    "}",
    "complete -o default -F _kyros kyros",
  ].join("\n");
}

function zsh(commands: readonly Command[]): string {
  return [
    "#compdef kyros",
    "_kyros() {",
    '  local offered so_far="${words[2,CURRENT-1]} "',
    '  case "$so_far" in',
    ...cases(commands).map((line) => line.replace(/ words=/, " offered=")),
    "  esac",
    "  compadd -- ${=offered}",
    "  _files",
    "}",
    'if [ "$funcstack[1]" = "_kyros" ]; then _kyros "$@"; else compdef _kyros kyros; fi',
  ].join("\n");
}

function fish(commands: readonly Command[]): string {
  const quote = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const groups = groupsOf(commands);
  const firsts = groups.map(({ word }) => word).join(" ");
  const aboutOf = (name: string) =>
    commands.find((each) => each.name === name)?.summary ?? `${name} …`;
  const optionLines = (condition: string, { options }: Command) =>
    Object.entries(options).map(([name, { value, about }]) =>
      [`complete -c kyros -n ${quote(condition)} -l ${name}`, value === undefined ? "" : "-r"]
        .concat(`-d ${quote(about)}`)
        .filter((part) => part !== "")
        .join(" "),
    );
  return [
    ...groups.map(
      ({ word }) =>
        `complete -c kyros -n ${quote(`not __fish_seen_subcommand_from ${firsts}`)} -a ${word} -d ${quote(aboutOf(word))}`,
    ),
    ...groups.flatMap(({ word, seconds }) =>
      seconds.map((second) => {
        const condition = `__fish_seen_subcommand_from ${word}; and not __fish_seen_subcommand_from ${seconds.join(" ")}`;
        return `complete -c kyros -n ${quote(condition)} -a ${second} -d ${quote(aboutOf(`${word} ${second}`))}`;
      }),
    ),
    ...commands.flatMap((each) => {
      const words = each.name.split(" ").map((word) => `__fish_seen_subcommand_from ${word}`);
      return optionLines(words.join("; and "), each);
    }),
    ...Object.entries(GLOBAL_OPTIONS).map(
      ([name, { about }]) => `complete -c kyros -l ${name} -d ${quote(about)}`,
    ),
  ].join("\n");
}
