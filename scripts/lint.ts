/** Runs the linter on every source file, and fails when it looked at fewer than there are. */

import { spawnSync } from "node:child_process";
import { ROOT, listSources } from "./tree.ts";

const sources = listSources();
const { stdout, stderr, status } = spawnSync(
  process.execPath,
  ["node_modules/oxlint/bin/oxlint", ...process.argv.slice(2), ...sources],
  { cwd: ROOT, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
);
process.stderr.write(stderr);
process.stdout.write(stdout);

const seen = Number(/ on (\d+) files? /.exec(stdout)?.[1] ?? 0);
if (sources.length === 0 || seen < sources.length) {
  console.error(
    `The linter looked at ${seen} files of ${sources.length}: its result says nothing.`,
  );
  process.exitCode = 1;
} else {
  process.exitCode = status ?? 1;
}
