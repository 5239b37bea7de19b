/** What a schema finds wrong, as a refusal that lists every problem with its place (RFC 6901). */
import type { HttpContext } from "./env.ts";
import { z } from "zod";
import { refuse, type Refusal } from "../kernel/refusal.ts";
import { toIssues } from "../kernel/schema-issues.ts";

type Checked<T> = { readonly ok: true; readonly value: T } | Refusal<"invalid">;

/** A body can be wrong in more places than anybody reads. */
const MOST_ERRORS = 1_000;

export function check<T>(schema: z.ZodType<T>, value: unknown, what: string): Checked<T> {
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  const errors = toIssues(result.error);
  const listed = errors.slice(0, MOST_ERRORS);
  const [first] = listed;
  const where = first === undefined || first.pointer === "" ? "" : ` at ${first.pointer}`;
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : "";
  const detail = `The ${what} does not fit${where}: ${first?.detail ?? "see errors"}${more}.`;
  return refuse("invalid", detail, { errors: listed });
}

const noQuery = z.strictObject({});

/** Reads the query string by its schema; an operation without one takes no parameters. */
export function queryReader(schema: z.ZodType = noQuery): (c: HttpContext) => Checked<unknown> {
  // Most requests have no query: what the schema makes of that is found out once.
  const none = check(schema, {}, "query");
  return (c) => {
    const { url } = c.req;
    const start = url.indexOf("?");
    if (start === -1) return none;
    return check(schema, toQuery(new URLSearchParams(url.slice(start + 1))), "query");
  };
}

/** `?a=1&a=2` is `{a: ["1", "2"]}`; what is allowed to repeat is the schema's business. */
function toQuery(search: URLSearchParams): Record<string, string | string[]> {
  const query = new Map<string, string | string[]>();
  for (const [name, value] of search) {
    const known = query.get(name);
    query.set(name, known === undefined ? value : [known, value].flat());
  }
  return Object.fromEntries(query);
}
