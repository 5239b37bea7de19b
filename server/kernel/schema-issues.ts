/** What a schema finds wrong, each with its place (RFC 6901). */
import type { z } from "zod";

export interface SchemaIssue {
  readonly pointer: string;
  readonly detail: string;
}

export function toIssues(error: z.ZodError): SchemaIssue[] {
  return error.issues.flatMap((issue) => expand(issue, ""));
}

/** RFC 6901 section 3. */
export function escapeToken(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

function expand(issue: z.core.$ZodIssue, prefix: string): SchemaIssue[] {
  const pointer = prefix + issue.path.map((name) => `/${escapeToken(String(name))}`).join("");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      pointer: `${pointer}/${escapeToken(key)}`,
      detail: "is not known here",
    }));
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    return closestBranch(issue.errors).flatMap((inner) => expand(inner, pointer));
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
