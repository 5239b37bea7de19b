/** Shapes that more than one noun uses. */
import { z } from "zod";

/** RFC 8785 cannot hash a lone surrogate, and UTF-8 cannot carry one: refused at the door. */
export function text(maxLength: number, minLength = 0) {
  return z
    .string()
    .min(minLength)
    .max(maxLength)
    .refine((value) => value.isWellFormed(), "must be well-formed Unicode (no lone surrogates)");
}

/** RFC 3339, UTC, milliseconds: `2026-01-31T09:30:00.000Z`. */
export const timestamp = z.iso
  .datetime({ precision: 3 })
  .meta({ description: "RFC 3339 in UTC with milliseconds", example: "2026-01-31T09:30:00.000Z" });

/** A moment given by a caller: any RFC 3339 offset or precision. */
export const anyTimestamp = z.iso.datetime({ offset: true });

export const actorId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._@:-]{0,63}$/, "1 to 64 of letters, digits and . _ @ : -")
  .meta({ description: "Who acts: the id of an agent, a worker or a person", example: "agent-1" });

export const taskId = z
  .string()
  .regex(
    /^[A-Z][A-Z0-9]{0,9}-[a-z0-9]{1,16}$/,
    "capital letters or digits, a dash, then 1 to 16 lower-case letters or digits, as in T-100",
  )
  .meta({ example: "T-100" });

export const version = z.int().min(1).meta({ description: "+1 at each accepted change" });

export const etag = z.string().meta({ description: "Strong entity tag, quotes included" });

/** Opaque: clients store it and give it back; only the server looks inside. */
export const cursor = z
  .string()
  .min(1)
  .max(200)
  .meta({ description: "An opaque place in the log" });

export const ttlSeconds = z.number().min(1).max(86_400);

/** One named schema for free-form JSON: an unnamed `z.json()` overflows OpenAPI generation. */
export const json = z.json().meta({ id: "Json", description: "Any JSON value" });

export const jsonObject = z.record(z.string(), json).meta({ id: "JsonObject" });

/** Of what a filter names. More than anybody picks, and few enough to look for in each of a million events. */
export const MOST_NAMED = 100;

/** `a,b` or a repeated parameter: both mean a list. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.preprocess(
    (value) =>
      (Array.isArray(value) ? value : [value])
        .filter((part): part is string => typeof part === "string")
        .flatMap((part) => part.split(","))
        .filter((part) => part !== ""),
    z.array(item).min(1).max(MOST_NAMED),
  );
}

export const booleanParam = z.enum(["true", "false"]).transform((value) => value === "true");

export function limitParam(defaultLimit: number, max: number) {
  return z.coerce.number().int().min(1).max(max).default(defaultLimit);
}
