#!/usr/bin/env node
/** The `kyros` command. Loads no schemas and no server until a command needs them: start-up counts. */
import type { Terminal } from "./command.ts";
import { run } from "./run.ts";

// A reader that has seen enough, such as `head`, is no fault.
process.stdout.on("error", () => process.exit());

// Not awaited here: what is loaded later may need this module, and would wait for it for ever. Should
// nothing be left to do before there is an answer, that is no success.
process.exitCode = 1;
void run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  async input() {
    let text = "";
    for await (const piece of process.stdin.setEncoding("utf8")) text += String(piece);
    return text;
  },
  terminal: openTerminal,
  interruption() {
    const controller = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => controller.abort());
    return controller.signal;
  },
}).then((code) => (process.exitCode = code));

function openTerminal(): Terminal | undefined {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) return undefined;
  return {
    // Some terminals do not tell their size: then it is 0.
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    hasColours: stdout.hasColors(),
    write: (text) => void stdout.write(text),
    onKey(press) {
      stdin.setRawMode(true);
      stdin.setEncoding("utf8").on("data", press).unref();
    },
    onResize: (redraw) => void stdout.on("resize", redraw),
    close() {
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
}
