/** What a client that must not lose anything does when no answer comes. */
import { setTimeout as sleep } from "node:timers/promises";
import { ProblemError, UnreachableError } from "#contracts/client";
import { backoffMs } from "../server/kernel/backoff.ts";

const BOUNDS = { firstMs: 60, mostMs: 600 };
const MOST_ATTEMPTS = 200;

let repeated = 0;

/** How many requests were sent again without knowing whether the first one was carried out. */
export function repetitions(): number {
  return repeated;
}

/**
 * Repeats a request, under the same idempotency key, until there is an answer to it: if the first one
 * was carried out and only its answer got lost, the repetition gets that answer.
 */
export async function steadily<T>(request: (idempotencyKey: string) => Promise<T>): Promise<T> {
  const key = crypto.randomUUID();
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await request(key);
    } catch (error) {
      if (!maySucceedLater(error) || attempt === MOST_ATTEMPTS) throw error;
      if (attempt === 0) repeated += 1;
      await sleep(backoffMs(attempt, BOUNDS));
    }
  }
}

function maySucceedLater(error: unknown): boolean {
  if (error instanceof ProblemError) return error.problem.retryable === true;
  return error instanceof UnreachableError;
}

/** A pause like that of a client that does not want to meet the same rival again. */
export function jitter(attempt: number): Promise<void> {
  return sleep(backoffMs(attempt, BOUNDS));
}
