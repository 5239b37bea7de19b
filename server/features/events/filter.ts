/** Which events somebody wants to see. */
import type { KyrosEvent } from "#contracts/event";

export interface EventFilter {
  readonly event?: readonly string[] | undefined;
  readonly actor?: readonly string[] | undefined;
  readonly target?: readonly string[] | undefined;
}

export function toPredicate({ event, actor, target }: EventFilter): (event: KyrosEvent) => boolean {
  const [names, actors, targets] = [event, actor, target].map((given) => given && new Set(given));
  return (given) =>
    (names?.has(given.event) ?? true) &&
    (actors?.has(given.actor) ?? true) &&
    (targets?.has(given.target) ?? true);
}

/** The same for filters that want the same. */
export function toKey({ event, actor, target }: EventFilter): string {
  return JSON.stringify([event, actor, target].map((names) => names?.toSorted() ?? null));
}

/** Each is looked for in every line; beyond this it is quicker to read the lines. */
const MOST_MARKS = 8;

/**
 * Texts of which every wanted line holds at least one, as JSON writes them: the log can pass over
 * the others unread. Undefined where JSON has several ways to write a text, or nothing narrows.
 */
export function toMarks({ event, actor, target }: EventFilter): readonly string[] | undefined {
  const narrowest = target ?? actor ?? event;
  if (narrowest === undefined || narrowest.length > MOST_MARKS) return undefined;
  const isPlain = narrowest.every((name) => /^[\x20-\x7e]*$/.test(name) && !/["\\/]/.test(name));
  return isPlain ? narrowest.map((name) => `"${name}"`) : undefined;
}
