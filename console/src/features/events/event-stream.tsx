import { Button } from "@carbon/react";
import { PauseFilled, PlayFilledAlt } from "@carbon/icons-react";
import { useMemo, useRef, useState } from "react";
import { Parts, part } from "../../app/part.tsx";
import { runtime } from "../../app/runtime.ts";
import type { LogState } from "../../live/live-store.ts";
import { EmptyState } from "../../ui/empty-state.tsx";
import { useStore } from "../../ui/store.ts";
import { EventList } from "./event-list.tsx";
import { activeNames, type EventFilter } from "./event-filter.ts";
import { EventView } from "./event-view.ts";
import { useOlder } from "./use-older.ts";

const HumanLog = part(async () => (await import("./human-log.tsx")).HumanLog);

/** The log under one filter: older pages above, what arrives below. */
export function EventStream({ filter }: { filter: EventFilter }) {
  const { live } = runtime();
  const log = useStore(live.log);
  const isLoaded = useStore(live.loaded);
  const view = useFollowed(filter, log);
  const older = useOlder(filter, log.from);
  const [pausedAt, setPausedAt] = useState<number | undefined>(undefined);
  const [isLogOpen, setIsLogOpen] = useState(false);
  const list = useRef<{ toEnd: () => void }>(null);
  const rows = pausedAt === undefined ? view.size : view.sizeUpTo(pausedAt);
  const buffered = view.size - rows;
  const isEmpty = isLoaded && rows === 0 && older.isReady && older.events.length === 0;
  const pause = () => setPausedAt(log.ring.firstIndex + log.ring.size);
  const resume = () => {
    setPausedAt(undefined);
    list.current?.toEnd();
  };
  return (
    <>
      <div className="counter-line">
        <Counters log={log} shown={rows} matching={view.size} buffered={buffered} />
        <Button
          size="sm"
          kind={pausedAt === undefined ? "ghost" : "primary"}
          renderIcon={pausedAt === undefined ? PauseFilled : PlayFilledAlt}
          data-testid="follow"
          onClick={() => (pausedAt === undefined ? pause() : resume())}
        >
          {pausedAt === undefined ? "Pause" : "Follow"}
        </Button>
        <Button size="sm" kind="ghost" onClick={() => setIsLogOpen(true)}>
          Human log
        </Button>
      </div>
      {isEmpty ? (
        <EmptyState title="Nothing has happened yet">
          {activeNames(filter).length === 0
            ? "Every change of a task, an agent or a lease appears here the moment it is durable."
            : "No event matches this filter."}
        </EmptyState>
      ) : (
        <EventList
          ref={list}
          ring={log.ring}
          view={view}
          rows={rows}
          gaps={log.gaps}
          older={older}
          isFollowing={pausedAt === undefined}
          onLeaveEnd={pause}
        />
      )}
      {buffered > 0 && (
        <button type="button" className="new-bar" onClick={resume} data-testid="new-bar">
          +{buffered} new. Follow again
        </button>
      )}
      {isLogOpen && (
        <Parts missingIn="corner">
          <HumanLog filter={filter} onClose={() => setIsLogOpen(false)} />
        </Parts>
      )}
    </>
  );
}

/** The view is moved on while drawing: it only ever looks at what it has not seen, so twice is once. */
function useFollowed(filter: EventFilter, { ring }: LogState): EventView {
  const view = useMemo(() => new EventView(filter), [filter]);
  view.follow(ring);
  return view;
}

interface CountersProps {
  readonly log: LogState;
  readonly shown: number;
  readonly matching: number;
  readonly buffered: number;
}

/** Nothing is hidden silently: these add up to what the stream brought. */
function Counters({ log: { ring, received, lagMs }, shown, matching, buffered }: CountersProps) {
  const counts = {
    received,
    shown,
    filtered: ring.size - matching,
    buffered,
    dropped: ring.dropped,
  };
  return (
    <p data-testid="counters">
      {Object.entries(counts).map(([name, count]) => (
        <span key={name}>
          {name} <b data-testid={name}>{count}</b>
        </span>
      ))}
      <span>
        lag <b>{lagMs === undefined ? "–" : `${Math.round(lagMs)} ms`}</b>
      </span>
    </p>
  );
}
