/** Input schemas as they are listed. Every token of them is read by every agent in every session. */
import type { Tool } from "@modelcontextprotocol/server";
import { z } from "zod";

/** Limits and examples: whoever exceeds one is told so by the call. What is left shows the shape. */
const UNLISTED = new Set([
  "$schema",
  "id",
  "example",
  "default",
  "pattern",
  "format",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "minItems",
  "maxItems",
]);

export function listedSchema(schema: z.ZodObject): Tool["inputSchema"] {
  const { properties, required } = shapeOf.parse(
    z.toJSONSchema(schema, { io: "input", reused: "inline" }),
  );
  const shown: Record<string, Json> = {};
  for (const [name, schemaOf] of Object.entries(properties)) shown[name] = trimmed(schemaOf);
  return { type: "object", properties: shown, ...(required && { required }) };
}

const member = z.record(z.string(), z.json());
const shapeOf = z.object({
  properties: z.record(z.string(), member),
  required: z.array(z.string()).optional(),
});

type Json = z.infer<ReturnType<typeof z.json>>;

/** Names of properties are not keywords: below `properties`, nothing is left out. */
function trimmed(value: Json, isSchema = true): Json {
  if (Array.isArray(value)) return value.map((each) => trimmed(each));
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !isSchema || !UNLISTED.has(name));
  return Object.fromEntries(
    kept.map(([name, inner]) => [name, trimmed(inner, !(isSchema && name === "properties"))]),
  );
}
