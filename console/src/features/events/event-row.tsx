import { ChevronRight, Copy } from "@carbon/icons-react";
import { memo } from "react";
import { Link } from "react-router";
import type { KyrosEvent } from "#contracts/event";
import { copyText } from "../../ui/copy.ts";
import { toClock, toLocal, toUtc } from "../../ui/time.ts";
import { eventText, recordPath } from "./event-text.ts";

interface EventRowProps {
  readonly event: KyrosEvent;
  readonly top: number;
  readonly gap: string | undefined;
  readonly isExpanded: boolean;
  /** A link has led here. */
  readonly isSought: boolean;
  readonly onToggle: () => void;
}

export const EventRow = memo(
  function EventRow({ event, top, gap, isExpanded, isSought, onToggle }: EventRowProps) {
    const path = recordPath(event.target);
    return (
      <div
        className="event"
        data-expanded={isExpanded}
        data-sought={isSought}
        data-family={event.event.split("_")[0]}
        data-testid="event"
        data-event-id={event.id}
        data-gap={gap}
        style={{ transform: `translateY(${top}px)` }}
      >
        <div className="event__line">
          <button
            type="button"
            className="event__toggle"
            aria-expanded={isExpanded}
            aria-label={`Details of ${event.event} ${event.target}`}
            onClick={onToggle}
          >
            <ChevronRight />
          </button>
          <time dateTime={event.ts} title={`${toLocal(event.ts)}\n${toUtc(event.ts)}`}>
            {toClock(event.ts)}
          </time>
          <span className="event__name">{event.event}</span>
          <span className="event__actor">{event.actor}</span>
          <span className="event__target">
            {path === undefined ? event.target : <Link to={path}>{event.target}</Link>}
          </span>
          <span className="event__text" dir="auto">
            {eventText(event)}
          </span>
        </div>
        {isExpanded && (
          <div className="event__json">
            <button
              type="button"
              className="text-button"
              onClick={() => void copyText(JSON.stringify(event, null, 2), "Event")}
            >
              <Copy /> Copy
            </button>
            <textarea
              readOnly
              aria-label={`JSON of ${event.id}`}
              value={JSON.stringify(event, null, 2)}
            />
          </div>
        )}
      </div>
    );
  },
  (a, b) =>
    a.event === b.event &&
    a.top === b.top &&
    a.gap === b.gap &&
    a.isExpanded === b.isExpanded &&
    a.isSought === b.isSought,
);
