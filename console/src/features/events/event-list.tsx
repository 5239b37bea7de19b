import {
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
  type Ref,
  type RefObject,
} from "react";
import type { KyrosEvent } from "#contracts/event";
import type { EventRing } from "../../live/event-ring.ts";
import type { Gap } from "../../live/live-store.ts";
import { EventRow } from "./event-row.tsx";
import type { EventView } from "./event-view.ts";
import { ROW_HEIGHT, createRowLayout } from "./row-layout.ts";
import type { Older } from "./use-older.ts";
import { useSought } from "./use-sought.ts";

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

/** Nearer to the end than this is at the end. */
const SLACK = ROW_HEIGHT + 8;
const OVERSCAN = 6;

/** Oldest above, newest below, as a log is read; the end is followed until one scrolls away from it. */
export function EventList(props: EventListProps) {
  const { view, rows, gaps, older, isFollowing, onLeaveEnd, ref } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const [place, setPlace] = useState({ top: 0, height: 0 });
  const count = older.events.length + rows;
  const layout = createRowLayout([...open].map((key) => rowOf(key, props)));
  const look = () => {
    const element = scroller.current;
    if (element !== null) setPlace({ top: element.scrollTop, height: element.clientHeight });
  };
  const end = useRef(0);
  const toEnd = () => {
    const element = scroller.current;
    if (element === null) return;
    element.scrollTop = element.scrollHeight;
    end.current = element.scrollTop;
  };
  useImperativeHandle(ref, () => ({ toEnd }), []);
  useLayoutEffect(() => {
    // Who has just scrolled away is not taken back, though the word of it is still on its way here.
    if (isFollowing && !hasLeft(scroller.current, end.current)) toEnd();
    look();
  }, [isFollowing, count]);
  useStayInPlace(scroller, older.events.length);
  const sought = useSought(
    older,
    (id) => rowOfId(id, props),
    (row) => {
      onLeaveEnd();
      scroller.current?.scrollTo(0, Math.max(0, layout.offsetOf(row) - place.height / 2));
      look();
    },
  );
  const onScroll = () => {
    look();
    if (isFollowing && belowOf(scroller.current) > SLACK) onLeaveEnd();
  };
  const first = Math.max(0, layout.rowAt(place.top) - OVERSCAN);
  const last = Math.min(count - 1, layout.rowAt(place.top + place.height) + OVERSCAN);
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
          {sought.isLooking
            ? "Looking for the event…"
            : older.isLoading
              ? "Loading…"
              : "Load older"}
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
        <div className="event-list__rows" style={{ height: layout.offsetOf(count) }}>
          {Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => {
            const row = first + at;
            const key = keyOf(row, props);
            const event = eventOf(key, props);
            return (
              event && (
                <EventRow
                  key={event.id}
                  event={event}
                  top={layout.offsetOf(row)}
                  gap={gapAt(row)}
                  isExpanded={open.has(key)}
                  isSought={event.id === sought.id}
                  onToggle={() => setOpen(toggled(open, key))}
                />
              )
            );
          })}
        </div>
      </div>
    </>
  );
}

function belowOf(element: HTMLElement | null): number {
  return element === null ? 0 : element.scrollHeight - element.scrollTop - element.clientHeight;
}

/** Whether somebody has scrolled up since the end was shown; a list that got shorter is still at its end. */
function hasLeft(element: HTMLElement | null, end: number): boolean {
  return element !== null && element.scrollTop < end - SLACK && belowOf(element) > SLACK;
}

type Source = Pick<EventListProps, "older" | "view" | "ring">;

/** Names an event for as long as it is kept: its place in the ring, or, below zero, among the older. */
function keyOf(row: number, { older, view }: Source): number {
  const own = row - older.events.length;
  return own < 0 ? own : (view.at(own) ?? 0);
}

function rowOf(key: number, { older, view }: Source): number {
  return older.events.length + (key < 0 ? key : view.sizeUpTo(key));
}

function eventOf(key: number, { older, ring }: Source): KyrosEvent | undefined {
  return key < 0 ? older.events.at(key) : ring.at(key);
}

function rowOfId(id: string, { older, view, ring }: Source): number {
  const among = older.events.findIndex((event) => event.id === id);
  if (among >= 0) return among;
  for (let row = view.size - 1; row >= 0; row -= 1)
    if (ring.at(view.at(row) ?? -1)?.id === id) return older.events.length + row;
  return -1;
}

/** Older events come in above: what the person looks at stays where it is. */
function useStayInPlace(scroller: RefObject<HTMLElement | null>, olderCount: number): void {
  const known = useRef(olderCount);
  useLayoutEffect(() => {
    const added = olderCount - known.current;
    known.current = olderCount;
    if (added > 0) scroller.current?.scrollBy(0, added * ROW_HEIGHT);
  }, [scroller, olderCount]);
}

function toggled(keys: ReadonlySet<number>, key: number): ReadonlySet<number> {
  const next = new Set(keys);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** The text of the gap that lies right before a row. */
function gapFinder(gaps: readonly Gap[], view: EventView, olderCount: number) {
  const byRow = new Map(gaps.map((gap) => [olderCount + view.sizeUpTo(gap.beforeIndex), gap.text]));
  return (row: number): string | undefined => byRow.get(row);
}
