/** Git, asked as a program. */
import { spawnSync } from "node:child_process";

export interface Answer {
  readonly ok: boolean;
  /** Without the newline at its end. */
  readonly text: string;
  readonly bytes: Buffer;
  /** What git had to say about it, or that there is no git. */
  readonly complaint: string;
}

/** A board of ten thousand tasks has some ten MB; this only stops what never ends. */
const MOST_BYTES = 1 << 30;

export function git(folder: string, args: readonly string[]): Answer {
  const { status, stdout, stderr, error } = spawnSync("git", args, {
    cwd: folder,
    maxBuffer: MOST_BYTES,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const bytes = stdout ?? Buffer.alloc(0);
  return {
    ok: status === 0,
    text: bytes.toString().replace(/\n$/, ""),
    bytes,
    complaint: (error?.message ?? stderr.toString()).trim(),
  };
}
