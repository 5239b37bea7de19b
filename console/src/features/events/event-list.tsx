import { useVirtualizer } from "@tanstack/react-virtual";
import {
  useEffect,
  useEffectEvent,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
  type Ref,
} from "react";
import { useLocation } from "react-router";
import type { KyrosEvent } from "#contracts/event";
import type { EventRing } from "../../live/event-ring.ts";
import type { Gap } from "../../live/live-store.ts";
import { EXPANDED_HEIGHT, EventRow, ROW_HEIGHT } from "./event-row.tsx";
import type { EventView } from "./event-view.ts";
import type { Older } from "./use-older.ts";

interface EventListProps {
  readonly ring: EventRing;
  readonly view: EventView;
  /** How many of the view's rows are shown. */
  readonly rows: number;
  readonly gaps: readonly Gap[];
  readonly older: Older;
  readonly isFollowing: boolean;
  readonly onLeaveEnd: () => void;
  readonly ref: Ref<{ toEnd: () => void }>;
}

const END_SLACK = 8;

/** Oldest above, newest below, as a log is read; the end is followed until one scrolls away from it. */
export function EventList({
  ring,
  view,
  rows,
  gaps,
  older,
  isFollowing,
  onLeaveEnd,
  ref,
}: EventListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set());
  const count = older.events.length + rows;
  const eventAt = (row: number): KyrosEvent | undefined => {
    const index = view.at(row - older.events.length);
    return row < older.events.length
      ? older.events[row]
      : index === undefined
        ? undefined
        : ring.at(index);
  };
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: (row) => (expanded.has(eventAt(row)?.id ?? "") ? EXPANDED_HEIGHT : ROW_HEIGHT),
    overscan: 8,
    getItemKey: (row) => eventAt(row)?.id ?? row,
  });
  const toEnd = () => {
    const element = scroller.current;
    if (element !== null) element.scrollTop = element.scrollHeight;
  };
  useImperativeHandle(ref, () => ({ toEnd }), []);
  useLayoutEffect(() => virtualizer.measure(), [expanded, virtualizer]);
  useLayoutEffect(() => {
    if (isFollowing) toEnd();
  }, [isFollowing, count]);
  useHashTarget(older.events, (row) => virtualizer.scrollToIndex(row, { align: "center" }));
  const onScroll = () => {
    const element = scroller.current;
    if (element === null || !isFollowing) return;
    if (element.scrollHeight - element.scrollTop - element.clientHeight > ROW_HEIGHT + END_SLACK)
      onLeaveEnd();
  };
  const gapAt = gapFinder(gaps, view, older.events.length);
  return (
    <>
      {older.hasMore && (
        <button
          type="button"
          className="load-older"
          disabled={older.isLoading}
          onClick={older.loadMore}
        >
          {older.isLoading ? "Loading…" : "Load older"}
        </button>
      )}
      <div
        ref={scroller}
        className="event-list"
        role="log"
        aria-live="off"
        aria-label="Events"
        data-testid="event-list"
        onWheel={onScroll}
        onScroll={onScroll}
      >
        <div className="event-list__rows" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start, key }) => {
            const event = eventAt(index);
            return (
              event && (
                <EventRow
                  key={key}
                  event={event}
                  top={start}
                  gap={gapAt(index)}
                  isExpanded={expanded.has(event.id)}
                  onToggle={() => setExpanded(toggled(expanded, event.id))}
                />
              )
            );
          })}
        </div>
      </div>
    </>
  );
}

function toggled(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** The text of the gap that lies right before a row. */
function gapFinder(gaps: readonly Gap[], view: EventView, olderCount: number) {
  const byRow = new Map(gaps.map((gap) => [olderCount + view.sizeUpTo(gap.beforeIndex), gap.text]));
  return (row: number): string | undefined => byRow.get(row);
}

/** A link to one event, as the human log and a task's history make them. */
function useHashTarget(events: readonly KyrosEvent[], scrollTo: (row: number) => void): void {
  const { hash } = useLocation();
  const isThere = events.length > 0;
  const go = useEffectEvent(() => {
    const id = decodeURIComponent(hash.slice(1));
    const row = id === "" ? -1 : events.findIndex((event) => event.id === id);
    if (row >= 0) scrollTo(row);
  });
  useEffect(() => {
    if (isThere && hash !== "") go();
  }, [isThere, hash]);
}
