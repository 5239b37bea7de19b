/** Parameters of an operation: in its path, its query and its headers. */
import type { z } from "zod";
import type { Operation } from "#contracts/operations";
import type { Json, Schemas } from "./schemas.ts";

export function pathParameters({ params }: Operation, schemas: Schemas): Json[] {
  return Object.entries(shapeOf(params)).map(([name, schema]) => ({
    name,
    in: "path",
    required: true,
    schema: schemas.input(schema),
  }));
}

export function queryParameters({ query }: Operation, schemas: Schemas): Json[] {
  return Object.entries(shapeOf(query)).map(([name, field]) => {
    const schema = schemas.parameter(field);
    const isList = isArray(schema);
    return {
      name,
      in: "query",
      required: !field.safeParse(undefined).success,
      ...(isList && { style: "form", explode: false }),
      schema,
    };
  });
}

function isArray(schema: Json): boolean {
  return (
    typeof schema === "object" && schema !== null && "type" in schema && schema["type"] === "array"
  );
}

function shapeOf(object: z.ZodObject | undefined): Record<string, z.ZodType> {
  return object?.shape ?? {};
}

export function headerParameters({ ifMatch, conditional, tag }: Operation, method: string): Json[] {
  if (tag === "server") return [];
  const changes = method !== "GET";
  const isRecord = tag === "tasks" || tag === "leases";
  return [
    ...(ifMatch === undefined
      ? []
      : [header("If-Match", "The ETag of the state this is based on", ifMatch === "required")]),
    ...(conditional === true
      ? [header("If-None-Match", "The ETag that is known already: 304 while it holds")]
      : []),
    ...(changes ? [header("Kyros-Actor", "The id of the agent, worker or person that acts")] : []),
    ...(changes && isRecord
      ? [header("Lease-Token", "The fencing_token of the lease under which this is done")]
      : []),
    ...(method === "POST" || method === "PATCH"
      ? [header("Idempotency-Key", "Makes a repetition answer what the first request answered")]
      : []),
  ];
}

function header(name: string, description: string, required = false): Json {
  return { name, in: "header", required, description, schema: { type: "string" } };
}
