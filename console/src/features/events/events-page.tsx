import { Button } from "@carbon/react";
import { PauseFilled, PlayFilledAlt } from "@carbon/icons-react";
import { useMemo, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { runtime } from "../../app/runtime.ts";
import { EmptyState } from "../../ui/empty-state.tsx";
import { PageHeader } from "../../ui/page-header.tsx";
import { useStore } from "../../ui/store.ts";
import { EventFilters } from "./event-filters.tsx";
import { EventList } from "./event-list.tsx";
import { parseEventFilter } from "./event-filter.ts";
import { EventView } from "./event-view.ts";
import { HumanLog } from "./human-log.tsx";
import { useOlder } from "./use-older.ts";

export function EventsPage() {
  const { live } = runtime();
  const [search] = useSearchParams();
  const key = ["event", "actor", "target"].map((name) => search.get(name) ?? "").join("\n");
  const filter = useMemo(() => parseEventFilter(search), [key]);
  const log = useStore(live.log);
  const isLoaded = useStore(live.loaded);
  const view = useMemo(() => new EventView(filter), [filter]);
  view.follow(log.ring);
  const older = useOlder(filter, isLoaded);
  const [pausedAt, setPausedAt] = useState<number | undefined>(undefined);
  const [isLogOpen, setIsLogOpen] = useState(false);
  const list = useRef<{ toEnd: () => void }>(null);
  const rows = pausedAt === undefined ? view.size : view.sizeUpTo(pausedAt);
  const buffered = view.size - rows;
  const pause = () => setPausedAt(log.ring.firstIndex + log.ring.size);
  const resume = () => {
    setPausedAt(undefined);
    list.current?.toEnd();
  };
  return (
    <div className="content content--fill">
      <PageHeader title="Events">
        <Button
          size="sm"
          kind={pausedAt === undefined ? "tertiary" : "primary"}
          renderIcon={pausedAt === undefined ? PauseFilled : PlayFilledAlt}
          data-testid="follow"
          onClick={() => (pausedAt === undefined ? pause() : resume())}
        >
          {pausedAt === undefined ? "Pause" : "Follow"}
        </Button>
        <Button size="sm" kind="tertiary" onClick={() => setIsLogOpen(true)}>
          Human log
        </Button>
      </PageHeader>
      <EventFilters filter={filter} />
      <p className="counter-line" data-testid="counters">
        <span>
          received <b data-testid="received">{log.received}</b>
        </span>
        <span>
          shown <b data-testid="shown">{rows}</b>
        </span>
        <span>
          filtered <b>{log.ring.size - view.size}</b>
        </span>
        <span>
          buffered <b data-testid="buffered">{buffered}</b>
        </span>
        <span>
          dropped <b>{log.ring.dropped}</b>
        </span>
        <span>
          lag <b>{log.lagMs === undefined ? "–" : `${Math.round(log.lagMs)} ms`}</b>
        </span>
      </p>
      {isLoaded && rows === 0 && older.events.length === 0 && !older.isLoading ? (
        <EmptyState title="Nothing has happened yet">
          {key.trim() === ""
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
      {isLogOpen && <HumanLog filter={filter} onClose={() => setIsLogOpen(false)} />}
    </div>
  );
}
