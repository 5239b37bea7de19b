/** The whole app over a store in memory, called without a socket. */
import { pino, type Logger } from "pino";
import { expect } from "vitest";
import { createApp } from "../../app.ts";
import { readConfig, type Config } from "../../config.ts";
import { kinds } from "../../kinds.ts";
import { createManualClock } from "../../kernel/clock.ts";
import { createMemoryStore } from "../../store/memory-store.ts";
import type { Store } from "../../store/port.ts";
import { judged } from "./problem-judge.ts";

export interface Ask {
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, where it is JSON. */
  readonly json: unknown;
  /** What a JSON pointer finds in the body. */
  at(pointer: string): unknown;
}

export async function openApp(
  options: {
    readonly config?: Partial<Config>;
    readonly built?: { readonly console: string; readonly docs: string };
    readonly folder?: string;
    readonly wrap?: (store: Store) => Store;
    readonly log?: Logger;
  } = {},
) {
  const {
    config = {},
    built = { console: "/nowhere", docs: "/nowhere" },
    folder = "/nowhere",
  } = options;
  const clock = createManualClock();
  const memory = createMemoryStore({ kinds, clock });
  const store = options.wrap?.(memory) ?? memory;
  const log = options.log ?? pino({ level: "silent" });
  const composed = createApp({
    store,
    config: { ...readConfig({}), ...config },
    log,
    folder,
    built,
  });
  await composed.start();
  const app = judged(composed.app);

  async function ask(method: string, path: string, given: Ask = {}): Promise<Told> {
    const response = await app.request(path, toInit(method, given));
    return toTold(response, method);
  }

  return { app, store, clock, ask, drain: () => composed.drain() };
}

export type TestApp = Awaited<ReturnType<typeof openApp>>;

export function toInit(method: string, { json, body, type, headers = {} }: Ask): RequestInit {
  const sent = json === undefined ? body : JSON.stringify(json);
  const given = Object.entries({
    "content-type": sent === undefined ? type : (type ?? "application/json"),
    ...headers,
  }).filter((header): header is [string, string] => header[1] !== undefined);
  if (sent === undefined) return { method, headers: given };
  // A stream as body asks for `duplex`; nothing else minds.
  return { method, headers: given, body: sent, duplex: "half" };
}

export async function toTold(response: Response, method = "GET"): Promise<Told> {
  const text = await response.text();
  const isJson = /[/+]json$/.test(response.headers.get("content-type") ?? "") && text !== "";
  const told: Told = {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? (JSON.parse(text) as unknown) : undefined,
    at: (pointer) =>
      pointer
        .split("/")
        .slice(1)
        .reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], told.json),
  };
  if (told.status >= 400 && method !== "HEAD") expectProblem(told);
  return told;
}

/** Frozen: what programs out there switch on. */
const STATUS_OF: Readonly<Record<string, number>> = {
  malformed: 400,
  unauthenticated: 401,
  "budget-exhausted": 402,
  forbidden: 403,
  "not-found": 404,
  "method-not-allowed": 405,
  "already-exists": 409,
  "invalid-transition": 409,
  "lease-held": 409,
  "lease-expired": 409,
  "fence-stale": 409,
  "dependency-open": 409,
  "dod-open": 409,
  "dependency-cycle": 409,
  "not-holder": 409,
  "in-use": 409,
  "idempotency-in-flight": 409,
  "patch-test-failed": 409,
  "cursor-gone": 410,
  "precondition-failed": 412,
  "too-large": 413,
  "unsupported-media": 415,
  invalid: 422,
  "idempotency-mismatch": 422,
  "precondition-required": 428,
  "rate-limited": 429,
  internal: 500,
  "provider-failed": 502,
  draining: 503,
  "store-unavailable": 503,
  "state-invalid": 503,
  "storage-full": 507,
};

interface Problem {
  readonly type: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

/** RFC 9457, appendix A, and what this API adds to it. */
export function expectProblem({ status, headers, json, text }: Told): void {
  expect({ type: headers.get("content-type"), text }).toEqual({
    type: "application/problem+json",
    text,
  });
  const problem = json as Problem;
  expect(problem.status).toBe(status);
  expect({ [problem.code]: STATUS_OF[problem.code] }).toEqual({ [problem.code]: status });
  expect(problem.type).toBe(`/problems/${problem.code}`);
  expect(json).toMatchObject({ title: expect.any(String) as string });
  expect(problem.detail.length).toBeGreaterThan(10);
  expect(() => new URL(problem.instance, "http://localhost")).not.toThrow();
  for (const error of problem.errors ?? []) {
    expect(typeof error.detail).toBe("string");
    expect(error.pointer).toMatch(/^(\/([^~/]|~[01])*)*$/);
  }
}
