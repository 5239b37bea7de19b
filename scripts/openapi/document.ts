/** The contract as an OpenAPI 3.1 document. Its schemas are JSON Schema 2020-12, which zod writes itself. */
import type { z } from "zod";
import { OPERATIONS, type Operation } from "#contracts/operations";
import { PROBLEMS, type ProblemCode } from "#contracts/problem";
import { ROUTES, type OperationId } from "#contracts/routes";
import { headerParameters, pathParameters, queryParameters } from "./parameters.ts";
import { Schemas, type Json } from "./schemas.ts";

const TAGS: Record<Operation["tag"], string> = {
  state: "Everything of one kind at once, now or at an earlier moment.",
  tasks: "What there is to do, and the way it takes from queued to done.",
  agents: "Who works here: programs, workers and people.",
  leases: "Who may act on a resource, and until when.",
  events: "What happened, in one order, to read, follow and add to.",
  server: "Whether the server is alive and ready.",
};

const DESCRIPTION = `A board for agents and people whose truth is files in your repository.

Every record has a strong ETag. A change says which state it is based on (\`If-Match\`), and is refused
with 412 and the present record when somebody else was first. Errors are problem documents (RFC 9457):
switch on \`code\`. A POST or PATCH with an \`Idempotency-Key\` can be sent again without being done again.
Name yourself in \`Kyros-Actor\`.`;

export function toOpenApi(): Json {
  const schemas = new Schemas();
  const paths: Record<string, Record<string, Json>> = {};
  for (const id of Object.keys(ROUTES).filter(isOperation)) {
    const { method, path } = ROUTES[id];
    paths[path] = { ...paths[path], [method.toLowerCase()]: toOperation(id, schemas) };
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Kyros",
      version: "1.0.0",
      description: DESCRIPTION,
      contact: { name: "The Kyros project" },
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/", description: "This server" }],
    security: [],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas: { ...schemas.named(), Problem: problemSchema() } },
  };
}

function isOperation(id: string): id is OperationId {
  return Object.hasOwn(ROUTES, id);
}

function toOperation(id: OperationId, schemas: Schemas): Json {
  const operation: Operation = OPERATIONS[id];
  const parameters = [
    ...pathParameters(operation, schemas),
    ...queryParameters(operation, schemas),
    ...headerParameters(operation, ROUTES[id].method),
  ];
  return {
    operationId: id,
    summary: operation.summary,
    description: describe(operation, ROUTES[id].method),
    tags: [operation.tag],
    ...(parameters.length > 0 && { parameters }),
    ...(operation.body && { requestBody: toRequestBody(operation.body, schemas) }),
    responses: { ...successes(id, operation, schemas), ...refusals(id, operation) },
  };
}

function describe({ ifMatch, conditional, large, otherwise }: Operation, method: string): string {
  const sentences = [
    method === "GET" && "Changes nothing.",
    conditional === true && "Has a strong ETag, and answers 304 while `If-None-Match` names it.",
    ifMatch === "required" && "Requires `If-Match`: the state that the change is based on.",
    ifMatch === "optional" && "Takes `If-Match`, and does not require it.",
    (method === "POST" || method === "PATCH") &&
      "Sent again with the same `Idempotency-Key`, it gets the first answer and is not done again.",
    large === true && "The body may have 16 MiB.",
    otherwise !== undefined && `Answers ${otherwise.status} when: ${otherwise.description}.`,
  ];
  return sentences.filter((sentence) => sentence !== false).join(" ") || "Cannot be undone.";
}

function toRequestBody(body: Readonly<Record<string, z.ZodType>>, schemas: Schemas): Json {
  const content = Object.entries(body).map(([type, schema]): [string, Json] => [
    type,
    { schema: schemas.input(schema) },
  ]);
  const required = Object.values(body).every((schema) => !schema.safeParse({}).success);
  return { required, content: Object.fromEntries(content) };
}

const ETAG_HEADER = { ETag: { description: "Strong", schema: { type: "string" } } };
const LOCATION_HEADER = { Location: { description: "The new record", schema: { type: "string" } } };

function successes(id: OperationId, operation: Operation, schemas: Schemas): Record<string, Json> {
  const { answer, otherwise, conditional } = operation;
  const json = answer.body && { "application/json": { schema: schemas.output(answer.body) } };
  const stream = { "text/event-stream": { schema: { type: "string" } } };
  const content = id === "tailEvents" ? { ...stream, ...json } : json;
  const hasEtag = conditional === true || id === "createTask" || operation.ifMatch !== undefined;
  const headers = {
    ...(hasEtag && answer.body !== null && ETAG_HEADER),
    ...(id.startsWith("create") && LOCATION_HEADER),
  };
  return {
    [answer.status]: {
      description: operation.summary,
      ...(Object.keys(headers).length > 0 && { headers }),
      ...(content !== null && { content }),
    },
    ...(otherwise && { [otherwise.status]: { description: otherwise.description } }),
    ...(conditional === true && {
      304: {
        description: "Not modified: the tag in If-None-Match still holds",
        headers: ETAG_HEADER,
      },
    }),
  };
}

/** What any request can meet, besides what its operation says. */
function codesOf(id: OperationId, operation: Operation): ProblemCode[] {
  const { method } = ROUTES[id];
  const codes: ProblemCode[] = ["forbidden", "internal", ...operation.refusals];
  if (operation.tag === "server") return codes;
  codes.push("malformed", "invalid", "rate-limited", "draining");
  if (operation.conditional === true) codes.push("precondition-failed");
  if (operation.params !== undefined) codes.push("not-found");
  if (method === "GET") return codes;
  codes.push("store-unavailable", "state-invalid", "storage-full");
  if (operation.body !== undefined) codes.push("too-large", "unsupported-media");
  if (method !== "DELETE") codes.push("idempotency-in-flight", "idempotency-mismatch");
  return codes;
}

function refusals(id: OperationId, operation: Operation): Record<string, Json> {
  const byStatus = Map.groupBy(new Set(codesOf(id, operation)), (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join(". "),
        content: {
          "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
        },
      },
    ]),
  );
}

function problemSchema(): Json {
  const string = { type: "string" };
  const error = {
    type: "object",
    properties: {
      pointer: { ...string, description: "JSON pointer (RFC 6901) into what was sent" },
      detail: string,
    },
    required: ["pointer", "detail"],
  };
  return {
    type: "object",
    description: "What went wrong, and what to do next (RFC 9457)",
    properties: {
      type: { ...string, format: "uri-reference" },
      title: string,
      status: { type: "integer", minimum: 400, maximum: 599 },
      detail: string,
      instance: { ...string, format: "uri-reference" },
      code: { ...string, enum: Object.keys(PROBLEMS) },
      errors: { type: "array", items: error },
      retryable: { type: "boolean" },
    },
    required: ["type", "title", "status", "detail", "instance", "code"],
    additionalProperties: true,
  };
}
