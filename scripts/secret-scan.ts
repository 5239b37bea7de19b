import { spawnSync } from "node:child_process";
import { ROOT } from "./tree.ts";

export interface Finding {
  readonly file: string;
  readonly line: number;
  /** Masked: a report is no place for the secret that it found. */
  readonly message: string;
}

interface FileResult {
  readonly filePath: string;
  readonly messages: readonly { message: string; loc: { start: { line: number } } }[];
}

export function scanForSecrets(paths: readonly string[]): {
  scanned: number;
  findings: Finding[];
} {
  if (paths.length === 0) return { scanned: 0, findings: [] };
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      "node_modules/secretlint/bin/secretlint.js",
      "--no-glob",
      "--maskSecrets",
      "--format",
      "json",
      ...paths,
    ],
    { cwd: ROOT, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  if (!stdout.startsWith("[")) throw new Error(`secretlint gave no result: ${stderr}${stdout}`);
  const results = JSON.parse(stdout) as readonly FileResult[];
  const findings = results.flatMap(({ filePath, messages }) =>
    messages.map(({ message, loc }) => ({ file: filePath, line: loc.start.line, message })),
  );
  return { scanned: results.length, findings };
}
