/**
 * What a caller says about the state it saw (`If-Match`): parsed once at the edge, checked where the
 * change is decided, so that nothing can slip in between.
 */
export type Precondition = "*" | readonly string[];

/**
 * RFC 9110 section 13.1.1: one of the tags is the current one, compared strongly (a weak tag equals
 * nothing), or `*` and there is something. Several current tags mean that any of them will do: a
 * record answers to its own tag and to that of its collection.
 */
export function holds(precondition: Precondition, current: readonly string[]): boolean {
  if (precondition === "*") return current.length > 0;
  return precondition.some((tag) => !tag.startsWith("W/") && current.includes(tag));
}
