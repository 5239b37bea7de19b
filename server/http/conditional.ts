/**
 * Conditional requests, RFC 9110 section 13.
 *
 *   1. `If-Match` compares strongly, `If-None-Match` weakly; `If-Match` is looked at first.
 *   2. `If-Modified-Since` and `If-Unmodified-Since` are ignored: nothing here has a `Last-Modified`.
 *   3. What is not a list of entity tags or a lone `*` is refused, not guessed at.
 */
import { holds, type Precondition } from "../kernel/precondition.ts";
import { refuse, type Refusal } from "../kernel/refusal.ts";
import { headerOf, type HttpContext } from "./env.ts";

export type ParsedTags = { readonly ok: true; readonly tags: Precondition } | Refusal<"malformed">;

/** Several header lines arrive joined by commas, as RFC 9110 section 5.3 has it. */
export function parseTags(name: string, value: string): ParsedTags {
  if (value.trim() === "*") return { ok: true, tags: "*" };
  const tags: string[] = [];
  // RFC 9110 section 5.6.1: a recipient accepts empty list elements. The spaces behind a tag are part of
  // its group: two runs of them side by side would be tried in every way of sharing.
  const element = /[ \t]*(?:((?:W\/)?"[\x21\x23-\x7e\x80-\uffff]*")[ \t]*)?(,|$)/y;
  while (element.lastIndex < value.length) {
    const found = element.exec(value);
    if (found === null) return badTags(name, value);
    if (found[1] !== undefined) tags.push(found[1]);
  }
  return { ok: true, tags };
}

type ParsedPreconditions =
  | { readonly ok: true; readonly given: Preconditions }
  | Refusal<"malformed">;

/** What most requests come with. */
const NONE: ParsedPreconditions = { ok: true, given: {} };

export function preconditionsOf(c: HttpContext): ParsedPreconditions {
  const match = headerOf(c, "if-match");
  const noneMatch = headerOf(c, "if-none-match");
  if (match === undefined && noneMatch === undefined) return NONE;
  const ifMatch = match === undefined ? undefined : parseTags("If-Match", match);
  if (ifMatch?.ok === false) return ifMatch;
  const ifNoneMatch = noneMatch === undefined ? undefined : parseTags("If-None-Match", noneMatch);
  if (ifNoneMatch?.ok === false) return ifNoneMatch;
  return { ok: true, given: { ifMatch: ifMatch?.tags, ifNoneMatch: ifNoneMatch?.tags } };
}

function badTags(name: string, value: string): Refusal<"malformed"> {
  return refuse(
    "malformed",
    `${name}: ${value} is neither a lone * nor a list of entity tags. Send the tag as it came, quotes included: ${name}: "3-Xy…".`,
  );
}

/** `If-None-Match` compares weakly: the `W/` in front plays no part. */
function noneMatches(given: Precondition, current: string | undefined): boolean {
  if (current === undefined) return true;
  return given !== "*" && !given.some((tag) => tag === current || tag === `W/${current}`);
}

export interface Preconditions {
  readonly ifMatch?: Precondition | undefined;
  readonly ifNoneMatch?: Precondition | undefined;
}

export type Outcome = "proceed" | "not-modified" | "precondition-failed";

/**
 * @param current the tags that name the present state, none when there is none. The first is its
 *   own; `If-Match` takes any of them.
 * @param reads   GET and HEAD answer 304 where other methods answer 412.
 */
export function evaluate(
  { ifMatch, ifNoneMatch }: Preconditions,
  current: readonly string[],
  reads: boolean,
): Outcome {
  if (ifMatch !== undefined && !holds(ifMatch, current)) return "precondition-failed";
  if (ifNoneMatch === undefined || noneMatches(ifNoneMatch, current[0])) return "proceed";
  return reads ? "not-modified" : "precondition-failed";
}
