/** The filter of the events page, as it stands in the URL. */
import type { KyrosEvent } from "#contracts/event";

export interface EventFilter {
  readonly event: readonly string[];
  readonly actor: readonly string[];
  readonly target: readonly string[];
}

export function parseEventFilter(search: URLSearchParams): EventFilter {
  const list = (name: string) => (search.get(name) ?? "").split(",").filter((part) => part !== "");
  return { event: list("event"), actor: list("actor"), target: list("target") };
}

export function withEventFilter(
  search: URLSearchParams,
  change: Partial<EventFilter>,
): URLSearchParams {
  const next = new URLSearchParams(search);
  for (const [name, values] of Object.entries(change)) {
    if (values.length === 0) next.delete(name);
    else next.set(name, values.join(","));
  }
  return next;
}

export function matchesEvent(event: KyrosEvent, filter: EventFilter): boolean {
  return (
    isOneOf(filter.event, event.event) &&
    isOneOf(filter.actor, event.actor) &&
    isOneOf(filter.target, event.target)
  );
}

/** By what the filter filters. */
export function activeNames(filter: EventFilter): (keyof EventFilter)[] {
  return (["event", "actor", "target"] as const).filter((name) => filter[name].length > 0);
}

/** What the API takes: absent instead of empty. */
export function toQuery(filter: EventFilter): Partial<Record<keyof EventFilter, string[]>> {
  return Object.fromEntries(activeNames(filter).map((name) => [name, [...filter[name]]]));
}

function isOneOf(wanted: readonly string[], value: string): boolean {
  return wanted.length === 0 || wanted.includes(value);
}
