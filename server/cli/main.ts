#!/usr/bin/env node
/** The `kyros` command. Loads no schemas and no server until a command needs them: start-up counts. */
import { run } from "./run.ts";

// A reader that has seen enough, such as `head`, is no fault.
process.stdout.on("error", () => process.exit());

process.exitCode = await run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  async input() {
    let text = "";
    for await (const piece of process.stdin.setEncoding("utf8")) text += String(piece);
    return text;
  },
  interruption() {
    const controller = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => controller.abort());
    return controller.signal;
  },
});
