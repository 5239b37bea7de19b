import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import { Link } from "react-router";
import type { Task } from "#contracts/task";
import { STATUSES, type Status } from "#contracts/workflow";
import { buildBoard } from "../tasks/board.ts";
import { parseFilter } from "../tasks/filters.ts";
import { STATUS_NAMES } from "../tasks/moves.ts";
import { EmptyState } from "../../ui/empty-state.tsx";

const CARD_STEP = 64;
const ALL = parseFilter(new URLSearchParams());

/** The seven columns of a past moment, with smaller cards: one looks for places, not for details. */
export function PastBoard({ tasks, at }: { tasks: Readonly<Record<string, Task>>; at: number }) {
  const board = useMemo(() => {
    const records = {
      tasks: new Map(Object.entries(tasks)),
      agents: new Map(),
      locks: new Map(),
      etags: new Map(),
    };
    return buildBoard({ records, overlays: new Map(), filter: ALL, showAllDone: false, now: at });
  }, [tasks, at]);
  if (Object.keys(tasks).length === 0)
    return (
      <EmptyState title="The board was empty">
        At this moment no task had been created yet.
      </EmptyState>
    );
  return (
    <div className="board board--past" data-testid="past-board">
      {STATUSES.map((status) => (
        <PastColumn key={status} status={status} tasks={board.columns[status]} />
      ))}
    </div>
  );
}

function PastColumn({ status, tasks }: { status: Status; tasks: readonly Task[] }) {
  const ref = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: tasks.length,
    getScrollElement: () => ref.current,
    estimateSize: () => CARD_STEP,
    overscan: 3,
    getItemKey: (index) => tasks[index]?.id ?? index,
  });
  return (
    <section className="column" aria-label={STATUS_NAMES[status]}>
      <header className="column__header">
        <h2>{STATUS_NAMES[status]}</h2>
        <span className="count" data-testid={`past-count-${status}`}>
          {tasks.length}
        </span>
      </header>
      <div ref={ref} className="column__scroll">
        <div className="column__cards" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start, key }) => {
            const task = tasks[index];
            return (
              task && (
                <div
                  key={key}
                  className="past-card"
                  data-testid={`past-${task.id}`}
                  style={{ transform: `translateY(${start}px)` }}
                >
                  <span className="card__id">{task.id}</span>
                  <span className="card__assignee">{task.assignee}</span>
                  <Link className="past-card__title" to={`/tasks/${task.id}`} dir="auto">
                    {task.title}
                  </Link>
                </div>
              )
            );
          })}
        </div>
      </div>
    </section>
  );
}
