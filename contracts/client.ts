/**
 * The typed client that the console, the command line and the tests share. It knows only the route
 * table at run time; the schemas serve as types, so no schema library is loaded with it.
 */
import type { z } from "zod";
import type { Operations } from "./operations.ts";
import type { Problem } from "./problem.ts";
import { ROUTES, type OperationId, type Route } from "./routes.ts";

type FieldOf<T, K extends string> = T extends Record<K, infer V> ? V : undefined;
type InputOf<T> = T extends z.ZodType ? z.input<T> : never;
type ValuesOf<T> = T[keyof T];

type ParamsPart<O> =
  FieldOf<O, "params"> extends z.ZodType ? { params: InputOf<FieldOf<O, "params">> } : object;
type QueryPart<O> =
  FieldOf<O, "query"> extends z.ZodType
    ? { query?: QueryValues<InputOf<FieldOf<O, "query">>> }
    : object;
type QueryValues<T> = { [K in keyof T]?: QueryValue };
type QueryValue = string | number | boolean | readonly string[] | undefined;
type BodyPart<O> =
  FieldOf<O, "body"> extends undefined ? object : { body: InputOf<ValuesOf<FieldOf<O, "body">>> };
type IfMatchPart<O> =
  FieldOf<O, "ifMatch"> extends "required"
    ? { ifMatch: string }
    : FieldOf<O, "ifMatch"> extends "optional"
      ? { ifMatch?: string | undefined }
      : object;

/** What a call takes: exactly what its operation declares, and the headers any call may have. */
export type Input<K extends OperationId> = ParamsPart<Operations[K]> &
  QueryPart<Operations[K]> &
  BodyPart<Operations[K]> &
  IfMatchPart<Operations[K]> & {
    ifNoneMatch?: string | undefined;
    leaseToken?: number | undefined;
    idempotencyKey?: string | undefined;
    /** When it is not `application/json`, as for a JSON Patch. */
    contentType?: string | undefined;
    signal?: AbortSignal | undefined;
  };

type AnswerOf<K extends OperationId> = Operations[K]["answer"]["body"] extends z.ZodType
  ? z.output<Operations[K]["answer"]["body"]>
  : undefined;

export interface Answer<T> {
  /** 304 when `ifNoneMatch` was given and still holds; 204 when there is nothing to say. */
  status: number;
  /** `undefined` with 204 and 304. */
  body: T | undefined;
  etag: string | null;
  headers: WireResponse["headers"];
}

/** As much of a `Response` as is used here: a light stand-in for `fetch` need not make a whole one. */
export interface WireResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  json(): Promise<unknown>;
}

export interface WireInit {
  method: string;
  headers: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
}

/** The server said no, and said why. Switch on `problem.code`. */
export class ProblemError extends Error {
  readonly problem: Problem;
  readonly retryAfterSeconds: number | null;

  constructor(problem: Problem, retryAfterSeconds: number | null) {
    super(`${problem.title}: ${problem.detail}`);
    this.name = "ProblemError";
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** No answer came: the connection failed, or what came back is not from this server. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

export interface ClientOptions {
  /** Without a trailing slash; empty in a page of the same origin. */
  baseUrl: string;
  /** Who acts, in open mode. */
  actor?: string | (() => string | undefined) | undefined;
  /** Sent as `Authorization: Bearer …`. */
  token?: string | undefined;
  /**
   * Called as the global one is. Neither a `Request` nor `Headers` are made on the way to it: in Node
   * they load a whole HTTP client, which is most of the start-up time of a command line.
   */
  fetch?: (url: string, init: WireInit) => Promise<WireResponse> | WireResponse;
}

export type Client = ReturnType<typeof createClient>;

export function createClient(options: ClientOptions) {
  const send = options.fetch ?? ((url, init) => fetch(url, init));

  /**
   * @throws ProblemError when the server refuses, UnreachableError when none answers.
   */
  async function call<K extends OperationId>(
    operation: K,
    input: Input<K>,
  ): Promise<Answer<AnswerOf<K>>> {
    const { url, init } = toRequest(options, ROUTES[operation], input);
    try {
      const response = await send(url, init);
      if (response.status >= 400) throw await toError(response);
      const empty = response.status === 204 || response.status === 304;
      return {
        status: response.status,
        body: empty ? undefined : ((await response.json()) as AnswerOf<K>),
        etag: response.headers.get("etag"),
        headers: response.headers,
      };
    } catch (cause) {
      // A connection that ends inside the body is no answer either.
      if (cause instanceof ProblemError || cause instanceof UnreachableError) throw cause;
      if (input.signal?.aborted === true) throw cause;
      throw new UnreachableError(`no answer from ${url}`, { cause });
    }
  }

  return { call, url: (operation: OperationId) => options.baseUrl + ROUTES[operation].path };
}

interface LooseInput {
  params?: Record<string, string>;
  query?: Record<string, QueryValue>;
  body?: unknown;
  ifMatch?: string;
  ifNoneMatch?: string;
  leaseToken?: number;
  idempotencyKey?: string;
  contentType?: string;
  signal?: AbortSignal;
}

function toRequest(
  options: ClientOptions,
  route: Route,
  given: object,
): { url: string; init: WireInit } {
  const input: LooseInput = given;
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(input.params?.[name] ?? ""),
  );
  const actor = typeof options.actor === "function" ? options.actor() : options.actor;
  const optional = {
    "kyros-actor": actor,
    authorization: options.token === undefined ? undefined : `Bearer ${options.token}`,
    "if-match": input.ifMatch,
    "if-none-match": input.ifNoneMatch,
    "lease-token": input.leaseToken?.toString(),
    "idempotency-key": input.idempotencyKey,
    "content-type":
      input.body === undefined ? undefined : (input.contentType ?? "application/json"),
  };
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(optional)) {
    if (value !== undefined) headers[name] = value;
  }
  const init: WireInit = { method: route.method, headers };
  if (input.body !== undefined) init.body = JSON.stringify(input.body);
  if (input.signal !== undefined) init.signal = input.signal;
  return { url: options.baseUrl + path + toSearch(input.query ?? {}), init };
}

/** `""`, or the query string with its question mark. Lists are sent comma-separated. */
export function toSearch(query: Record<string, QueryValue>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined)
      search.set(name, Array.isArray(value) ? value.join(",") : String(value));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

async function toError(response: WireResponse): Promise<Error> {
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  const type = response.headers.get("content-type") ?? "";
  if (type.startsWith("application/problem+json")) {
    const problem = (await response.json()) as Problem;
    return new ProblemError(problem, Number.isFinite(retryAfter) ? retryAfter : null);
  }
  return new UnreachableError(`answered ${response.status} without a problem document`);
}
