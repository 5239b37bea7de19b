/** Runs one program: in a folder, for a limited time, with limited output, and with all its children. */
import { spawn, type ChildProcess } from "node:child_process";
import { after } from "../kernel/timers.ts";
import { Bounded } from "./bounded.ts";

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Undefined: that of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

export interface Ran {
  readonly ending: "exited" | "killed" | "timed-out" | "stopped" | "not-started";
  /** When it exited by itself. */
  readonly exit: number | undefined;
  readonly signal?: string;
  /** Why it was not started, such as `ENOENT`. */
  readonly error?: string;
  readonly limitMs: number;
  /** Both streams, for people. */
  readonly output: string;
  readonly stdout: Buffer;
  readonly isCut: boolean;
}

/** Of standard output alone, where the result stands. */
const RESULT_BYTES = 8_000_000;
const SHOWN = { head: 32_000, tail: 32_000 };

/** Who left the group may hold the pipes open. */
const CLOSE_WITHIN_MS = 1_000;

export function runChild(program: Program): Promise<Ran> {
  const { command, args, cwd, env, limitMs, signal } = program;
  const shown = new Bounded(SHOWN.head, SHOWN.tail);
  const result = new Bounded(RESULT_BYTES, 0);
  return new Promise((resolve) => {
    let forced: "timed-out" | "stopped" | undefined;
    let error: string | undefined;
    const end = (how: Pick<Ran, "ending" | "exit" | "signal" | "error">) => {
      const { isCut } = result;
      resolve({ ...how, limitMs, output: shown.text(), stdout: result.bytes(), isCut });
    };
    if (signal.aborted) {
      end({ ending: "stopped", exit: undefined });
      return;
    }
    const child = spawn(command, args, {
      cwd,
      ...(env !== undefined && { env }),
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that whatever it starts ends with it.
      detached: true,
    });
    const stop = (why: "timed-out" | "stopped") => {
      forced ??= why;
      killGroup(child);
    };
    const onAbort = () => stop("stopped");
    const cancel = after(limitMs, () => stop("timed-out"));
    signal.addEventListener("abort", onAbort);
    child.stdout.on("data", (chunk: Buffer) => {
      shown.push(chunk);
      result.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => shown.push(chunk));
    child.on("error", (cause: NodeJS.ErrnoException) => (error ??= cause.code ?? cause.message));
    child.on("exit", () => {
      killGroup(child);
      after(CLOSE_WITHIN_MS, () => {
        child.stdout.destroy();
        child.stderr.destroy();
      });
    });
    child.on("close", (code, by) => {
      cancel();
      signal.removeEventListener("abort", onAbort);
      if (forced !== undefined) end({ ending: forced, exit: undefined });
      else if (error !== undefined) end({ ending: "not-started", exit: undefined, error });
      else if (by !== null) end({ ending: "killed", exit: undefined, signal: by });
      else end({ ending: "exited", exit: code ?? undefined });
    });
  });
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left in it.
  }
}
