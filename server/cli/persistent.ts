/**
 * A client that does not give up when an answer gets lost. Whatever changes something is sent under an
 * `Idempotency-Key`, so that sending it again brings the first answer instead of doing it twice; that
 * holds across a restart of the server, and when the folder is opened here because the server is gone.
 */
import { ProblemError, UnreachableError, type Client, type Input } from "#contracts/client";
import { ROUTES, type OperationId } from "#contracts/routes";
import { backoffMs } from "../kernel/backoff.ts";
import { newRequestKey } from "../kernel/request-key.ts";
import { sleep } from "../kernel/timers.ts";
import { CommandError } from "./exit.ts";
import { wasRefused } from "./http.ts";

/** About five seconds on average: a server that is started anew needs less. */
const AGAIN = { firstMs: 200, mostMs: 3_000 };
const MOST_ATTEMPTS = 7;

interface Ways {
  /** The client of the way that is open now. */
  current(): Promise<Client>;
  /** Whether this process does it itself: no answer can get lost then. */
  isHere(): boolean;
  /** Looks for the way again: a server that was started anew may listen elsewhere. */
  forget(): void;
}

/** Done twice they come to the same, and the log need not remember what was answered. */
const SAME_TWICE: ReadonlySet<OperationId> = new Set([
  "acquireLease",
  "heartbeatLease",
  "heartbeatAgent",
  "checkPaths",
]);

/**
 * A deletion that is sent again finds nothing; whoever waits in a tail has to know that the server went,
 * since nobody may wait in a folder that is opened for a moment.
 */
const ONCE: ReadonlySet<OperationId> = new Set(["deleteTask", "deleteAgent", "tailEvents"]);

export function persistent(ways: Ways): Pick<Client, "call"> {
  return {
    async call<K extends OperationId>(operation: K, input: Input<K>) {
      const { method } = ROUTES[operation];
      const wantsKey = (method === "POST" || method === "PATCH") && !SAME_TWICE.has(operation);
      const keyed = wantsKey ? { ...input, idempotencyKey: newRequestKey() } : input;
      for (let attempt = 0; ; attempt += 1) {
        try {
          const client = await ways.current();
          return await client.call(operation, attempt === 0 && ways.isHere() ? input : keyed);
        } catch (error) {
          const isLast = attempt + 1 === MOST_ATTEMPTS || input.signal?.aborted === true;
          if (isLast || ONCE.has(operation) || !passes(error, attempt)) throw error;
        }
        ways.forget();
        await sleep(backoffMs(attempt, AGAIN), input.signal);
      }
    },
  };
}

function passes(error: unknown, attempt: number): boolean {
  if (error instanceof ProblemError) {
    const { code } = error.problem;
    return code === "idempotency-in-flight" || code === "draining";
  }
  if (!(error instanceof UnreachableError)) return false;
  const { cause } = error;
  // Who was not there at the first call is not expected; who was there a moment ago comes back.
  return !(cause instanceof CommandError) && (attempt > 0 || !wasRefused(cause));
}
