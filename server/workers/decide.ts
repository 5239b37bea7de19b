/** What a worker decides, apart from what it does. */
import { ProblemError } from "#contracts/client";
import { EXECUTOR_LABEL } from "#contracts/execution";
import type { Ran } from "./child.ts";

export type Outcome = Success | Failure;

export interface Success {
  readonly ok: true;
  /** One line. */
  readonly summary: string;
  readonly artifact?: {
    readonly kind: "patch" | "report";
    readonly content: string;
    /** The commit that it was made on. */
    readonly base: string;
  };
}

export interface Failure {
  readonly ok: false;
  /** Another attempt may end differently. */
  readonly isTransient: boolean;
  readonly reason: string;
  readonly output: string;
}

export function failure(reason: string, output = ""): Failure {
  return { ok: false, isTransient: false, reason, output };
}

export function passing(reason: string, output = ""): Failure {
  return { ok: false, isTransient: true, reason, output };
}

/** The system had no room just then. */
const SCARCE = new Set(["EAGAIN", "ENOMEM", "EMFILE", "ENFILE", "ENOSPC", "ETXTBSY"]);

/** What is wrong with the way a child ended, whatever it was to do; its exit code is not judged. */
export function judgeEnding(what: string, ran: Ran): Failure | undefined {
  const { ending, output } = ran;
  if (ending === "exited") return undefined;
  if (ending === "not-started") {
    const reason = `${what} could not be started (${ran.error})`;
    return SCARCE.has(ran.error ?? "") ? passing(reason, output) : failure(reason, output);
  }
  const ended = {
    killed: `was ended by ${ran.signal ?? "a signal"}`,
    "timed-out": `took longer than ${ran.limitMs / 1_000} s`,
    stopped: "was stopped",
  };
  return passing(`${what} ${ended[ending]}`, output);
}

/** An error of this process, while it prepared the work or looked after it. */
export function toFailure(error: unknown): Failure {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reason = error instanceof Error ? error.message : String(error);
  return SCARCE.has(code) ? passing(reason) : failure(reason);
}

export type Next =
  | { readonly what: "try-again"; readonly inMs: number }
  | { readonly what: "give-up"; readonly reason: string };

/** @param waitMs how long to wait if there is to be another attempt. */
export function afterFailure(
  { isTransient, reason }: Failure,
  given: { readonly attempt: number; readonly attempts: number; readonly waitMs: number },
): Next {
  const { attempt, attempts, waitMs } = given;
  if (!isTransient) return { what: "give-up", reason };
  if (attempt < attempts) return { what: "try-again", inMs: Math.round(waitMs) };
  return { what: "give-up", reason: `${reason}; no attempt is left of ${attempts}` };
}

const GONE = new Set(["lease-expired", "fence-stale", "not-found", "not-holder"]);

/** Whether the board says that the worker does not hold the task any more. */
export function saysLost(error: unknown): boolean {
  return error instanceof ProblemError && GONE.has(error.problem.code);
}

/** Labels of the tasks that ask for this executor. */
export function labelsFor(executor: string, labels: readonly string[]): string[] {
  return [`${EXECUTOR_LABEL}${executor}`, ...labels];
}

/** Each round begins with the next one, so that none waits behind another that never runs dry. */
export function rotated<T>(list: readonly T[], by: number): T[] {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
