/** The one place where something that went wrong becomes an answer (RFC 9457). */
import { PROBLEMS, type Problem, type ProblemCode } from "#contracts/problem";
import type { Refusal } from "../kernel/refusal.ts";
import { StoreFault } from "../store/port.ts";
import type { Headers, Reply } from "./reply.ts";

export const PROBLEM_TYPE = "application/problem+json";

/** When it is worth trying again, in seconds, where the refusal itself does not say. */
const RETRY_AFTER: Partial<Record<ProblemCode, number>> = {
  "idempotency-in-flight": 1,
  "rate-limited": 1,
  draining: 2,
  "store-unavailable": 5,
  "state-invalid": 5,
  "storage-full": 10,
};

/** Headers that a refusal brings along: how to do better. */
const EXTRA: Partial<Record<ProblemCode, Headers>> = {
  "precondition-required": { "Cache-Control": "no-store" },
};

/**
 * @param instance the path of the request.
 */
export function toReply(refusal: Refusal<ProblemCode>, instance: string, headers?: Headers): Reply {
  const problem = toProblem(refusal, instance);
  const retryAfter = RETRY_AFTER[refusal.code];
  return {
    status: problem.status,
    body: JSON.stringify(problem),
    headers: {
      "Content-Type": PROBLEM_TYPE,
      ...(retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) }),
      ...EXTRA[refusal.code],
      ...headers,
    },
  };
}

export function toProblem(refusal: Refusal<ProblemCode>, instance: string): Problem {
  const { status, title } = PROBLEMS[refusal.code];
  return {
    ...refusal.more,
    type: `/problems/${refusal.code}`,
    title,
    status,
    detail: refusal.detail,
    instance,
    code: refusal.code,
    ...("retryable" in PROBLEMS[refusal.code] ? { retryable: true } : {}),
  };
}

/** What was thrown, as a refusal: a fault of the world keeps its name, anything else is a bug. */
export function fromThrown(thrown: unknown, requestId: string): Refusal<ProblemCode> {
  if (thrown instanceof StoreFault) {
    return { ok: false, code: thrown.code, detail: thrown.message, more: thrown.more };
  }
  return {
    ok: false,
    code: "internal",
    detail: `This is our mistake, not yours. The server's log tells more under request ${requestId}.`,
    more: {},
  };
}
