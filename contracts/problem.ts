/**
 * Every error the API can answer with. The table is closed: a status is never chosen anywhere else,
 * and clients switch on `code`, never on the text (RFC 9457).
 */

export const PROBLEMS = {
  malformed: { status: 400, title: "The request could not be read" },
  unauthenticated: { status: 401, title: "Credentials are missing or not accepted" },
  "budget-exhausted": { status: 402, title: "The budget is used up" },
  forbidden: { status: 403, title: "Not allowed for this principal" },
  "not-found": { status: 404, title: "No such resource" },
  "method-not-allowed": { status: 405, title: "The resource does not support this method" },
  "already-exists": { status: 409, title: "A record with this id exists" },
  "invalid-transition": { status: 409, title: "The workflow has no such step" },
  "lease-held": { status: 409, title: "Somebody else holds the lease" },
  "lease-expired": { status: 409, title: "The lease has ended" },
  "fence-stale": { status: 409, title: "The fencing token is not the current one" },
  "dependency-open": { status: 409, title: "A dependency is not done" },
  "dod-open": { status: 409, title: "The definition of done is not complete" },
  "dependency-cycle": { status: 409, title: "The dependencies would form a cycle" },
  "not-holder": { status: 409, title: "Only the holder may do this" },
  "in-use": { status: 409, title: "Other records refer to this one" },
  "idempotency-in-flight": {
    status: 409,
    title: "A request with this key is still running",
    retryable: true,
  },
  "patch-test-failed": { status: 409, title: "A test operation of the patch failed" },
  "cursor-gone": { status: 410, title: "The cursor no longer names a place in the log" },
  "precondition-failed": { status: 412, title: "The record has changed" },
  "too-large": { status: 413, title: "The request body is too large" },
  "unsupported-media": { status: 415, title: "This media type is not accepted here" },
  invalid: { status: 422, title: "The request does not fit the schema" },
  "idempotency-mismatch": { status: 422, title: "The key was used for another request" },
  "precondition-required": { status: 428, title: "If-Match is required" },
  "rate-limited": { status: 429, title: "Too many requests", retryable: true },
  internal: { status: 500, title: "A bug in the server" },
  "provider-failed": { status: 502, title: "A provider did not answer properly", retryable: true },
  draining: { status: 503, title: "The server is shutting down", retryable: true },
  "store-unavailable": { status: 503, title: "The store cannot write", retryable: true },
  "state-invalid": { status: 503, title: "A state file cannot be read", retryable: true },
  "storage-full": { status: 507, title: "The disk is full", retryable: true },
} as const satisfies Record<string, { status: number; title: string; retryable?: true }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** One thing that is wrong with the request, and where (RFC 6901). */
export interface ProblemError {
  pointer: string;
  detail: string;
}

/** The body of every error response: `application/problem+json`. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: ProblemCode;
  errors?: ProblemError[];
  retryable?: boolean;
  [member: string]: unknown;
}
