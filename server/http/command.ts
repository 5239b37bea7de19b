/** POST, PATCH and DELETE: reads the request in the order that `mount.ts` promises, and runs it once. */
import type { z } from "zod";
import { JSON_TYPE, type Operation } from "#contracts/operations";
import type { ProblemCode } from "#contracts/problem";
import { ROUTES, type OperationId } from "#contracts/routes";
import { PERSON } from "../kernel/principal.ts";
import { refuse, type Refusal } from "../kernel/refusal.ts";
import type { Terms } from "../kernel/terms.ts";
import type { Store } from "../store/port.ts";
import { headerOf, type Handler, type HttpContext } from "./env.ts";
import { BODY_LIMIT_BYTES, LARGE_BODY_LIMIT_BYTES, parseJson, readBody } from "./body.ts";
import { preconditionsOf } from "./conditional.ts";
import type { Edge, Exchange } from "./edge.ts";
import { fingerprint, parseKey, type InFlight } from "./idempotency.ts";
import { mediaTypeOf } from "./media-type.ts";
import { operationOf, typed, type Command, type Done } from "./call.ts";
import { json, type Headers, type Reply } from "./reply.ts";
import { targetKind, targetOf, type Target } from "./target.ts";
import { check, queryReader } from "./validate.ts";

type Refused = Refusal<ProblemCode>;
type Got<T> = ({ readonly ok: true } & T) | Refused;

interface Ports<K extends OperationId> {
  readonly id: K;
  readonly edge: Edge;
  readonly store: Pick<Store, "read">;
  readonly seen: (actor: string) => void;
  readonly inFlight: InFlight;
  readonly handle: (command: Command<K>) => Promise<Done>;
}

export function commandHandler<K extends OperationId>(ports: Ports<K>): Handler {
  const { id, edge, store, seen, inFlight, handle } = ports;
  const operation = operationOf(id);
  const form: Form = { id, operation, readQuery: queryReader(operation.query) };
  const kind = targetKind(ROUTES[id].path);

  return edge.handler(id, async (exchange) => {
    const target = targetOf(exchange.c, kind, store);
    const request = await readRequest(form, exchange, target);
    if (!request.ok) return edge.refuse(exchange, request);
    const { idempotency } = request.terms;
    const end = idempotency && inFlight.begin(exchange.principal.id, idempotency.key);
    if (typeof end === "object") return edge.refuse(exchange, end);
    try {
      const { ok: _, ...parts } = request;
      const { principal } = exchange;
      if (principal !== PERSON) seen(principal.id);
      const committed = await handle(typed<Command<K>>({ exchange, principal, ...parts }));
      if (!committed.ok) return edge.refuse(exchange, committed);
      return edge.send(exchange, toReply(operation, exchange.c.req.path, committed));
    } finally {
      end?.();
    }
  });
}

/** What a request has to look like. */
interface Form {
  readonly id: OperationId;
  readonly operation: Operation;
  readonly readQuery: ReturnType<typeof queryReader>;
}

interface ReadRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly mediaType: string;
  readonly terms: Terms;
}

async function readRequest(
  form: Form,
  exchange: Exchange,
  target: Target,
): Promise<Got<ReadRequest>> {
  const { operation } = form;
  const { absent } = target;
  if (absent !== undefined && !target.mayBeAnswered) return absent;
  const content = await readContent(exchange, operation);
  if (!content.ok) return absent ?? content;

  const conditions = preconditionsOf(exchange.c);
  if (!conditions.ok) return conditions;
  const { ifMatch, ifNoneMatch } = conditions.given;
  if (operation.ifMatch === "required" && ifMatch === undefined) {
    return absent ?? target.unguarded();
  }

  const rest = readRest(form, exchange.c, content);
  if (!rest.ok) return absent ?? target.stale(conditions.given) ?? rest;
  const terms = { ...rest.terms, ifMatch };
  return target.stale({ ifNoneMatch }) ?? { ...rest, terms };
}

interface Content {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly schema: z.ZodType | undefined;
}

const NO_CONTENT: Got<Content> = {
  ok: true,
  bytes: new Uint8Array(),
  mediaType: JSON_TYPE,
  schema: undefined,
};

/** 413, then 415. */
async function readContent(exchange: Exchange, operation: Operation): Promise<Got<Content>> {
  const { body: schemas, large = false } = operation;
  if (schemas === undefined) return NO_CONTENT;
  const { c } = exchange;
  const read = await readBody(c, large ? LARGE_BODY_LIMIT_BYTES : BODY_LIMIT_BYTES);
  if (!read.ok) return read;
  const given = headerOf(c, "content-type");
  const isEmpty = given === undefined && read.bytes.length === 0;
  const mediaType = isEmpty ? JSON_TYPE : mediaTypeOf(given ?? "");
  const schema = mediaType === undefined ? undefined : schemas[mediaType];
  if (mediaType === undefined || schema === undefined || isEncoded(c)) {
    const types = Object.keys(schemas).join(", ");
    exchange.headers = { ...exchange.headers, [acceptName(c)]: types };
    return refuse("unsupported-media", `Send ${types}, in UTF-8 and not compressed.`);
  }
  return { ok: true, bytes: read.bytes, mediaType, schema };
}

function isEncoded(c: HttpContext): boolean {
  return (headerOf(c, "content-encoding") ?? "identity").toLowerCase() !== "identity";
}

/** RFC 5789 section 3.1, and its sibling for POST. */
function acceptName(c: HttpContext): string {
  return c.req.method === "PATCH" ? "Accept-Patch" : "Accept-Post";
}

/** Everything whose faults are 400 or 422. */
function readRest(
  { id, operation, readQuery }: Form,
  c: HttpContext,
  { bytes, mediaType, schema }: Content,
): Got<ReadRequest> {
  const params = operation.params && check(operation.params, c.req.param(), "path");
  if (params?.ok === false) return params;
  const query = readQuery(c);
  if (!query.ok) return query;
  const terms = readTerms(id, c, mediaType, bytes);
  if (!terms.ok) return terms;
  const read = schema && readValue(bytes, schema);
  if (read?.ok === false) return read;
  return {
    ok: true,
    params: params?.value,
    query: query.value,
    body: read?.value,
    mediaType,
    terms: { leaseToken: terms.leaseToken, idempotency: terms.idempotency },
  };
}

function readValue(bytes: Uint8Array, schema: z.ZodType): Got<{ value: unknown }> {
  const parsed = bytes.length === 0 ? { ok: true as const, value: {} } : parseJson(bytes);
  return parsed.ok ? check(schema, parsed.value, "body") : parsed;
}

function readTerms(
  id: OperationId,
  c: HttpContext,
  mediaType: string,
  bytes: Uint8Array,
): Got<Terms> {
  const token = headerOf(c, "lease-token");
  if (token !== undefined && !/^[1-9]\d{0,14}$/.test(token)) {
    return refuse("malformed", "Lease-Token takes the fencing_token of the lease, a whole number.");
  }
  const leaseToken = token === undefined ? undefined : Number(token);
  const given = headerOf(c, "idempotency-key");
  if (given === undefined || c.req.method === "DELETE") {
    return { ok: true, leaseToken, idempotency: undefined };
  }
  const parsed = parseKey(given);
  if (!parsed.ok) return parsed;
  const names = JSON.stringify(c.req.param());
  const print = fingerprint(id, names, headerOf(c, "if-match"), mediaType, bytes);
  return { ok: true, leaseToken, idempotency: { key: parsed.key, fingerprint: print } };
}

function toReply(operation: Operation, path: string, committed: Done & { ok: true }): Reply {
  const { value, replayed } = committed;
  const replay: Headers = replayed ? { "Idempotent-Replayed": "true" } : {};
  if (value === null) {
    return { status: operation.otherwise?.status ?? 204, body: null, headers: replay };
  }
  const { status } = operation.answer;
  const id = "id" in value && typeof value.id === "string" ? value.id : undefined;
  return json(value, status, {
    ...("etag" in value && typeof value.etag === "string" && { ETag: value.etag }),
    ...(status === 201 && id !== undefined && { Location: `${path}/${encodeURIComponent(id)}` }),
    ...replay,
  });
}
