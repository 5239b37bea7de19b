/** A refusal of the server, told so that a model knows what it lost and what to do now. */
import type { ProblemError } from "#contracts/client";
import type { ProblemCode } from "#contracts/problem";
import type { Told } from "./result.ts";

const ELSEWHERE =
  "Take other work with work_next; events_changes with wait_ms tells when this ends.";
const LOST = "Stop writing: it is no longer yours. work_next gets you other work.";
const AGAIN = "Nothing was changed. Make the same call again in a moment.";
const CORRECT = "Correct the arguments and call again.";
const LOOK = "task_get shows the task as it is now.";

/** What to do next, for every code there is. */
const ADVICE: Readonly<Record<ProblemCode, string>> = {
  malformed: CORRECT,
  unauthenticated: "Ask the person who set this up for credentials.",
  "budget-exhausted": "Ask a person for a larger budget.",
  forbidden: "Ask a person to do this, or do without it.",
  "not-found": "task_search finds what there is.",
  "method-not-allowed": CORRECT,
  "already-exists": "task_get shows it; choose another id, or leave the id out.",
  "invalid-transition": "Move to one of the states the detail names.",
  "lease-held": ELSEWHERE,
  "lease-expired": LOST,
  "fence-stale": LOST,
  "dependency-open": "Take other work with work_next: it skips tasks that wait for others.",
  "dod-open": "Finish what is open, tick it with task_update tick, then move again.",
  "dependency-cycle": "Leave out the dependency that closes the circle.",
  "not-holder": ELSEWHERE,
  "in-use": LOOK,
  "idempotency-in-flight": AGAIN,
  "patch-test-failed": LOOK,
  "cursor-gone": "Call again without the cursor and look at the board anew.",
  "precondition-failed": LOOK,
  "too-large": "Send less at once.",
  "unsupported-media": CORRECT,
  invalid: CORRECT,
  "idempotency-mismatch": CORRECT,
  "precondition-required": "task_get gives the etag.",
  "rate-limited": AGAIN,
  internal: "This is a bug of the server. Tell a person, with the detail.",
  "provider-failed": AGAIN,
  draining: AGAIN,
  "store-unavailable": AGAIN,
  "state-invalid": "A state file cannot be read. Tell a person, with the detail.",
  "storage-full": "The disk is full. Tell a person.",
};

/**
 * What HTTP needs and a model does not. Whole records are told by those who know what of them matters.
 */
const UNTOLD = new Set([
  "type",
  "title",
  "status",
  "instance",
  "retryable",
  "current",
  "leases",
  "lock_id",
]);

export function explain({ problem, retryAfterSeconds }: ProblemError): Told {
  const { code, detail, ...rest } = problem;
  return {
    code,
    detail,
    ...Object.fromEntries(Object.entries(rest).filter(([name]) => !UNTOLD.has(name))),
    retry_after_seconds: retryAfterSeconds,
    next: ADVICE[problem.code],
  };
}

/** A no of the tool itself, before the server was asked. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly told: Told;

  constructor(told: Told & { readonly detail: string }) {
    super(told.detail);
    this.told = told;
  }
}
