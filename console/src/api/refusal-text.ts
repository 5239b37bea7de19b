/** A refusal in words for people: what happened, and what to do. Codes never reach the page. */
import { ProblemError, UnreachableError } from "#contracts/client";
import type { ProblemCode } from "#contracts/problem";

const TITLES: Partial<Record<ProblemCode, string>> = {
  "invalid-transition": "The workflow has no such step",
  "lease-held": "Somebody else holds it",
  "not-holder": "Only the holder may do this",
  "dependency-open": "A dependency is still open",
  "dod-open": "The definition of done is not complete",
  "dependency-cycle": "That would make a circle of dependencies",
  "in-use": "Other tasks depend on it",
  "already-exists": "This id is taken",
  "precondition-failed": "It changed meanwhile",
  "not-found": "It is not there any more",
  "store-unavailable": "The server cannot write at the moment",
  "state-invalid": "A state file cannot be read",
  "storage-full": "The disk of the server is full",
  draining: "The server is shutting down",
  "rate-limited": "Too many requests",
  forbidden: "Not allowed",
};

export interface RefusalText {
  readonly title: string;
  readonly text: string;
  /** The same request may succeed later. */
  readonly retryable: boolean;
}

export function toRefusalText(error: unknown): RefusalText {
  if (error instanceof ProblemError) {
    const { code, title, detail, retryable, errors } = error.problem;
    const first = errors?.[0];
    const text = first === undefined ? detail : `${detail} ${first.pointer}: ${first.detail}`;
    return { title: TITLES[code] ?? title, text, retryable: retryable === true };
  }
  if (error instanceof UnreachableError)
    return {
      title: "The server cannot be reached",
      text: "Nothing was lost: try again when the connection is back.",
      retryable: true,
    };
  return { title: "Something went wrong", text: String(error), retryable: false };
}

export function problemCode(error: unknown): ProblemCode | undefined {
  return error instanceof ProblemError ? error.problem.code : undefined;
}
