/** A command: how it is called, what its help says, and what it does. */
import type { Client } from "#contracts/client";
import { UsageError } from "./exit.ts";
import type { Output } from "./output.ts";

export interface OptionSpec {
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly multiple?: boolean;
  /** What stands for the value in the help, such as `NAME`. */
  readonly value?: string;
  readonly about: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

export const GLOBAL_OPTIONS = {
  json: { type: "boolean", about: "print JSON, and errors as problem documents" },
  dir: {
    type: "string",
    value: "FOLDER",
    about: "the board's folder (KYROS_DIR, or the repository's collaboration)",
  },
  url: { type: "string", value: "URL", about: "the server to talk to (KYROS_URL)" },
  actor: { type: "string", value: "NAME", about: "who acts (KYROS_ACTOR); a person by default" },
  help: { type: "boolean", short: "h", about: "this text" },
} as const satisfies OptionSpecs;

/** What every command gets to work with. */
export interface Board {
  readonly folder: string;
  readonly actor: string | undefined;
  /**
   * The server of the folder, or, where none runs, the folder itself, opened when first asked for.
   *
   * @param as who acts, if not `actor`
   * @throws NoBoard
   */
  client(as?: string): Promise<Client>;
  /** The server as it is found now, after a restart too; undefined where none runs. Never opens the folder. */
  server(as?: string): Client | undefined;
  /** Whether this process holds the folder: nobody else can use it meanwhile. */
  readonly isOpenHere: boolean;
  /** Lets go of it until `client` is asked for again. */
  release(): Promise<void>;
}

export interface Terminal {
  size(): { readonly columns: number; readonly rows: number };
  /** False also where nobody wants colours (NO_COLOR). */
  readonly hasColours: boolean;
  write(text: string): void;
  onKey(press: (key: string) => void): void;
  onResize(redraw: () => void): void;
  /** Gives the keyboard back. */
  close(): void;
}

export interface Spec<O extends OptionSpecs> {
  /** `task list`. */
  readonly name: string;
  readonly summary: string;
  /** Positional arguments, as the help shows them: `ID`, `[ID]` when it may be left out, `ID…` for several. */
  readonly args: readonly string[];
  /** What stands after `--`, such as `COMMAND`. */
  readonly tail?: string;
  readonly options: O;
  /** What else there is to know, in sentences. */
  readonly notes?: string;
  readonly examples: readonly string[];
  /** Answers an `Exit`, or the exit code of a command that it ran. */
  run(call: Call<O>): Promise<number>;
}

export interface Call<O extends OptionSpecs> {
  readonly options: Options<O>;
  readonly args: readonly string[];
  /** The words after `--`, where the command takes any. */
  readonly tail: readonly string[];
  readonly board: Board;
  readonly out: Output;
  /** All of standard input. */
  readonly input: () => Promise<string>;
  /** The terminal to draw on; undefined where there is none. */
  readonly terminal: () => Terminal | undefined;
  /** From when it is asked for, an interruption no longer ends the process, but aborts this. */
  readonly interruption: () => AbortSignal;
}

/** The options as they were given: names that the command does not have do not compile. */
export type Options<O extends OptionSpecs> = GivenOptions<
  NamesOf<O, { type: "boolean" }>,
  NamesOf<O, { type: "string"; multiple?: false }>,
  NamesOf<O, { multiple: true }>
>;

interface GivenOptions<Flag extends string, Text extends string, List extends string> {
  flag(name: Flag): boolean;
  text(name: Text): string | undefined;
  list(name: List): readonly string[] | undefined;
}

type NamesOf<O extends OptionSpecs, Shape> = {
  [K in keyof O]: O[K] extends Shape ? K : never;
}[keyof O] &
  string;

type Form = Omit<Spec<OptionSpecs>, "run">;

export interface Command extends Form {
  /** @throws UsageError */
  prepare(argv: readonly string[]): Prepared;
}

export interface Prepared {
  readonly global: Options<typeof GLOBAL_OPTIONS>;
  run(
    context: Pick<Call<OptionSpecs>, "board" | "out" | "input" | "terminal" | "interruption">,
  ): Promise<number>;
}

export function command<const O extends OptionSpecs>(spec: Spec<O>): Command {
  return {
    ...spec,
    prepare(argv) {
      const end = spec.tail === undefined ? -1 : argv.indexOf("--");
      const tail = end < 0 ? [] : argv.slice(end + 1);
      const { values, positionals } = parse(spec, end < 0 ? argv : argv.slice(0, end));
      if (values["help"] !== true) checkArgs(spec, positionals);
      const options = toOptions(values);
      return {
        global: options,
        run: (context) => spec.run({ ...context, options, args: positionals, tail }),
      };
    },
  };
}

type Values = Readonly<Record<string, undefined | string | boolean | (string | boolean)[]>>;

function toOptions(values: Values): GivenOptions<string, string, string> {
  return {
    flag: (name) => values[name] === true,
    text(name) {
      const value = values[name];
      return typeof value === "string" ? value : undefined;
    },
    list(name) {
      const value = values[name];
      if (!Array.isArray(value)) return undefined;
      return value.filter((item) => typeof item === "string").filter((item) => item !== "");
    },
  };
}

function parse(spec: Form, argv: readonly string[]): { values: Values; positionals: string[] } {
  // An import of `node:util` would fill in all of its exports: start-up counts.
  const { parseArgs } = process.getBuiltinModule("node:util");
  try {
    return parseArgs({
      args: [...argv],
      options: { ...spec.options, ...GLOBAL_OPTIONS },
      allowPositionals: true,
    });
  } catch (error) {
    const [first] = error instanceof Error ? error.message.split(". ") : [];
    throw new UsageError(`${first ?? "This was not understood"}. ${seeHelp(spec)}`);
  }
}

function checkArgs(spec: Form, given: readonly string[]): void {
  const needed = spec.args.filter((name) => !name.startsWith("["));
  if (given.length < needed.length) {
    throw new UsageError(`${needed[given.length]} is missing. ${seeHelp(spec)}`);
  }
  const stray = spec.args.at(-1)?.endsWith("…") === true ? undefined : given[spec.args.length];
  if (stray !== undefined) throw new UsageError(`"${stray}" is one too many. ${seeHelp(spec)}`);
}

function seeHelp({ name }: { readonly name: string }): string {
  return `See: kyros ${name} --help`;
}
