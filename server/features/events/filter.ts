/** Which events somebody wants to see. */
import type { KyrosEvent } from "#contracts/event";

export interface EventFilter {
  readonly event?: readonly string[] | undefined;
  readonly actor?: readonly string[] | undefined;
  readonly target?: readonly string[] | undefined;
}

export function toPredicate({ event, actor, target }: EventFilter): (event: KyrosEvent) => boolean {
  return (given) =>
    (event?.includes(given.event) ?? true) &&
    (actor?.includes(given.actor) ?? true) &&
    (target?.includes(given.target) ?? true);
}

/** The same for filters that want the same. */
export function toKey({ event, actor, target }: EventFilter): string {
  return JSON.stringify([event, actor, target].map((names) => names?.toSorted() ?? null));
}

/**
 * Texts of which every wanted line holds at least one, as JSON writes them: the log can pass over
 * the others unread. Undefined where JSON has several ways to write a text, or nothing narrows.
 */
export function toMarks({ event, actor, target }: EventFilter): readonly string[] | undefined {
  const narrowest = target ?? actor ?? event;
  const isPlain = narrowest?.every((name) => /^[\x20-\x7e]*$/.test(name) && !/["\\/]/.test(name));
  return isPlain === true ? narrowest?.map((name) => `"${name}"`) : undefined;
}
