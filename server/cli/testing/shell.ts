/** A terminal for tests: runs commands in this process, on a folder of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Terminal } from "../command.ts";
import { run } from "../run.ts";

export interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Shell {
  readonly folder: string;
  /** Runs `kyros …` on the folder; a list is taken word by word, a text is split at its spaces. */
  kyros(command: string | readonly string[], options?: Options): Promise<Ran>;
  /** The same with `--json`: what was printed, parsed. */
  json(command: string | readonly string[], options?: Options): Promise<unknown>;
  remove(): void;
}

interface Options {
  readonly environment?: Record<string, string>;
  readonly signal?: AbortSignal;
  readonly input?: string;
  readonly terminal?: Terminal;
  readonly columns?: number;
  readonly onStdout?: (text: string) => void;
  readonly onStderr?: (text: string) => void;
}

export function createShell(): Shell {
  const parent = mkdtempSync(join(tmpdir(), "kyros-cli-"));
  const folder = join(parent, "board");
  const kyros: Shell["kyros"] = async (command, options = {}) => {
    const { environment = {}, input = "", columns, onStdout, onStderr } = options;
    const { signal = new AbortController().signal } = options;
    const words = typeof command === "string" ? command.split(" ") : command;
    let stdout = "";
    let stderr = "";
    const exit = await run(words, {
      stdout: {
        columns,
        write(text) {
          stdout += text;
          onStdout?.(text);
        },
      },
      stderr: {
        write(text) {
          stderr += text;
          onStderr?.(text);
        },
      },
      interruption: () => signal,
      input: () => Promise.resolve(input),
      terminal: () => options.terminal,
      environment: { KYROS_DIR: folder, ...environment },
    });
    return { exit, stdout, stderr };
  };
  return {
    folder,
    kyros,
    async json(command, options) {
      const words = typeof command === "string" ? command.split(" ") : command;
      const { stdout, stderr } = await kyros([...words, "--json"], options);
      return JSON.parse(stdout || stderr) as unknown;
    },
    remove: () => rmSync(parent, { recursive: true }),
  };
}
