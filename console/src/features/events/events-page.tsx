import { useMemo } from "react";
import { useSearchParams } from "react-router";
import { parseEventFilter } from "./event-filter.ts";
import { EventFilters } from "./event-filters.tsx";
import { EventStream } from "./event-stream.tsx";

const NAMES = ["event", "actor", "target"] as const;

export function EventsPage() {
  const [search] = useSearchParams();
  const text = NAMES.map((name) => `${name}=${search.get(name) ?? ""}`).join("&");
  const filter = useMemo(() => parseEventFilter(new URLSearchParams(text)), [text]);
  return (
    <div className="content content--fill">
      <h1 className="visually-hidden">Events</h1>
      <EventFilters filter={filter} />
      <EventStream key={text} filter={filter} />
    </div>
  );
}
