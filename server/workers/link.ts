/** The way from a worker to the board: the server that runs now, or the one that comes back. */
import { ProblemError, UnreachableError, type Client } from "#contracts/client";
import { backoffMs } from "../kernel/backoff.ts";
import { after, sleep } from "../kernel/timers.ts";

export interface Link {
  /**
   * Calls until an answer comes, across a restart of the server and on whatever port it is back. A call
   * that changes something needs an idempotency key, since it may be made more than once.
   *
   * @param signal ends the trying; `whole`: but a call under way is waited for, since it may have done
   *   something that somebody has to know of.
   * @throws ProblemError when the server refuses; the signal's reason when it is aborted.
   */
  reach<T>(
    call: (client: Client, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
    how?: "whole",
  ): Promise<T>;
}

/** Longer than any call waits by itself. */
const ANSWER_WITHIN_MS = 40_000;
const AGAIN = { firstMs: 200, mostMs: 3_000 };

export function createLink(ports: {
  /** Undefined while no server runs. */
  readonly connect: () => Client | undefined;
  readonly onSilence: () => void;
  readonly onReturn: () => void;
}): Link {
  let isSilent = false;

  function heard(answers: boolean): void {
    if (answers === !isSilent) return;
    isSilent = !answers;
    if (isSilent) ports.onSilence();
    else ports.onReturn();
  }

  async function once<T>(
    call: (client: Client, signal: AbortSignal) => Promise<T>,
    signals: readonly AbortSignal[],
  ): Promise<{ readonly value: T } | undefined> {
    const client = ports.connect();
    if (client === undefined) return undefined;
    const late = new AbortController();
    const cancel = after(ANSWER_WITHIN_MS, () => late.abort());
    try {
      return { value: await call(client, AbortSignal.any([...signals, late.signal])) };
    } catch (error) {
      if (late.signal.aborted || isPassing(error)) return undefined;
      throw error;
    } finally {
      cancel();
    }
  }

  return {
    async reach(call, signal, how) {
      for (let failures = 0; ; failures += 1) {
        signal.throwIfAborted();
        const answer = await once(call, how === "whole" ? [] : [signal]);
        heard(answer !== undefined || signal.aborted);
        if (answer !== undefined) return answer.value;
        await sleep(backoffMs(failures, AGAIN), signal);
      }
    },
  };
}

function isPassing(error: unknown): boolean {
  if (error instanceof ProblemError) return error.problem.retryable === true;
  return error instanceof UnreachableError;
}
