/** Turns zod schemas into JSON Schema, and gathers those that have a name. */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

export class Schemas {
  readonly #named = new Map<string, Json>();

  /** As a client writes it: what has a default may be left out. */
  input(schema: z.ZodType): Json {
    return this.#convert(schema, "input");
  }

  /** As the server has it. */
  output(schema: z.ZodType): Json {
    return this.#convert(schema, "output");
  }

  /**
   * Of a query parameter, by what it means: a list is a list, whatever separates it in the URL. What
   * becomes something else when it is read (`true` as text) is shown as it is written.
   */
  parameter(schema: z.ZodType): Json {
    const meant = this.#convert(schema, "output", "any");
    const isLost =
      typeof meant === "object" && meant !== null && !("type" in meant || "anyOf" in meant);
    return isLost ? this.input(schema) : meant;
  }

  named(): Record<string, Json> {
    const sorted = [...this.#named].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(sorted);
  }

  #convert(
    schema: z.ZodType,
    io: "input" | "output",
    unrepresentable: "throw" | "any" = "throw",
  ): Json {
    // Wrapped, so that a schema with a name is referred to even where it stands at the top.
    const { properties, $defs } = z.toJSONSchema(z.object({ it: schema }), {
      io,
      unrepresentable,
      override: ({ jsonSchema }) => {
        // An answer may gain members; a client that forbids them would break on the next release.
        if (io === "output" && jsonSchema.additionalProperties === false) {
          delete jsonSchema.additionalProperties;
        }
        spellOut(jsonSchema);
      },
    });
    for (const [name, definition] of Object.entries($defs ?? {})) {
      this.#name(publicName(name), relocate(definition));
    }
    return relocate(properties?.["it"]);
  }

  #name(name: string, definition: Json): void {
    const known = this.#named.get(name);
    if (known !== undefined && !isDeepStrictEqual(known, definition)) {
      throw new Error(`${name} is one thing when sent and another when received; name both`);
    }
    this.#named.set(name, definition);
  }
}

/** A map with a fixed set of names is an object with these members; tools understand no other way. */
function spellOut(schema: z.core.JSONSchema.BaseSchema): void {
  const names = schema.propertyNames;
  if (typeof names !== "object" || names.enum === undefined) return;
  const member = schema.additionalProperties;
  if (typeof member !== "object") return;
  schema.properties = Object.fromEntries(names.enum.map((name) => [String(name), member]));
  delete schema.propertyNames;
  delete schema.additionalProperties;
}

/** What zod needs a name for because it contains itself: any JSON value. */
function publicName(name: string): string {
  return name === "__schema0" ? "JsonValue" : name;
}

/** A copy with references into the components, and without the name that is now its key there. */
function relocate(value: unknown): Json {
  if (Array.isArray(value)) return value.map(relocate);
  if (typeof value !== "object" || value === null) return JSON.parse(JSON.stringify(value)) as Json;
  const members = Object.entries(value)
    .filter(([name]) => name !== "id" || typeof (value as { id?: unknown }).id !== "string")
    .map(([name, member]): [string, Json] => [
      name,
      name === "$ref" && typeof member === "string"
        ? `#/components/schemas/${publicName(member.replace("#/$defs/", ""))}`
        : relocate(member),
    ]);
  return Object.fromEntries(members);
}
