/** What a schema finds wrong, as a refusal that lists every problem with its place (RFC 6901). */
import type { HttpContext } from "./env.ts";
import { z } from "zod";
import type { ProblemError } from "#contracts/problem";
import { refuse, type Refusal } from "../kernel/refusal.ts";
import { escapeToken } from "./body.ts";

type Checked<T> = { readonly ok: true; readonly value: T } | Refusal<"invalid">;

/** A body can be wrong in more places than anybody reads. */
const MOST_ERRORS = 1_000;

export function check<T>(schema: z.ZodType<T>, value: unknown, what: string): Checked<T> {
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  const errors = result.error.issues.flatMap((issue) => toErrors(issue, ""));
  const listed = errors.slice(0, MOST_ERRORS);
  const [first] = listed;
  const where = first === undefined || first.pointer === "" ? "" : ` at ${first.pointer}`;
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : "";
  const detail = `The ${what} does not fit${where}: ${first?.detail ?? "see errors"}${more}.`;
  return refuse("invalid", detail, { errors: listed });
}

const noQuery = z.strictObject({});

/** The query string by its schema; an operation without one takes no parameters. */
export function queryOf(c: HttpContext, schema: z.ZodType | undefined): Checked<unknown> {
  const { url } = c.req;
  const start = url.indexOf("?");
  if (start === -1 && schema === undefined) return NO_QUERY;
  const search = start === -1 ? "" : url.slice(start + 1).replace(/#.*$/, "");
  return check(schema ?? noQuery, toQuery(new URLSearchParams(search)), "query");
}

const NO_QUERY = { ok: true, value: undefined } as const;

/** `?a=1&a=2` is `{a: ["1", "2"]}`; what is allowed to repeat is the schema's business. */
function toQuery(search: URLSearchParams): Record<string, string | string[]> {
  const query = new Map<string, string | string[]>();
  for (const [name, value] of search) {
    const known = query.get(name);
    query.set(name, known === undefined ? value : [known, value].flat());
  }
  return Object.fromEntries(query);
}

function toErrors(issue: z.core.$ZodIssue, prefix: string): ProblemError[] {
  const pointer = prefix + issue.path.map((name) => `/${escapeToken(String(name))}`).join("");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      pointer: `${pointer}/${escapeToken(key)}`,
      detail: "is not known here",
    }));
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    return closestBranch(issue.errors).flatMap((inner) => toErrors(inner, pointer));
  }
  return [{ pointer, detail: lowerFirst(issue.message) }];
}

/** Of the alternatives, the one whose shape the value has: it complains about members, not about all. */
function closestBranch(branches: readonly z.core.$ZodIssue[][]): readonly z.core.$ZodIssue[] {
  const fitting = branches.find((issues) =>
    issues.every((issue) => issue.path.length > 0 || issue.code !== "invalid_type"),
  );
  return fitting ?? branches[0] ?? [];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
