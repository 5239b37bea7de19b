import { WarningAltFilled } from "@carbon/icons-react";
import { autoScrollForElements } from "@atlaskit/pragmatic-drag-and-drop-auto-scroll/element";
import {
  dropTargetForElements,
  type ElementDropTargetEventBasePayload,
} from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import { defaultRangeExtractor, useVirtualizer, type Range } from "@tanstack/react-virtual";
import { useCallback, useEffect, useRef, useState, type RefObject } from "react";
import type { Task } from "#contracts/task";
import type { Status } from "#contracts/workflow";
import { Parts, part } from "../../app/part.tsx";
import { usePicked, useStore } from "../../ui/store.ts";
import { CARD_STEP, Card } from "./card.tsx";
import { registerColumn } from "./column-registry.ts";
import { conflicts } from "./conflicts.ts";
import { drag, hover, lineRow, othersAbove } from "./drag.ts";
import { DONE_DAYS } from "./board.ts";
import { STATUS_NAMES } from "./moves.ts";
import { wipLimits } from "./wip-limits.ts";

const WipDialog = part(async () => (await import("./wip-dialog.tsx")).WipDialog);

interface ColumnProps {
  readonly status: Status;
  readonly tasks: readonly Task[];
  readonly total: number;
  readonly isLoaded: boolean;
  readonly openId: string | undefined;
  readonly tabStop: string | undefined;
  readonly foldedDone: number;
  readonly showAllDone: boolean;
  readonly onShowAllDone: (show: boolean) => void;
}

export function Column(props: ColumnProps) {
  const { status, tasks, total, isLoaded } = props;
  const verdict = usePicked(drag, (held) => held?.verdicts[status]);
  const isHome = usePicked(drag, (held) => held?.from.status === status);
  const isOver = usePicked(drag, (held) => held?.target?.status === status);
  const titleId = `column-${status}`;
  const told = verdict?.allowed === false ? verdict.reason : verdict?.note;
  return (
    <section
      className="column"
      aria-labelledby={titleId}
      data-testid={titleId}
      data-verdict={
        verdict === undefined || isHome ? undefined : verdict.allowed ? "allowed" : "refused"
      }
      data-over={isOver}
    >
      <header className="column__header">
        <h2 id={titleId}>{STATUS_NAMES[status]}</h2>
        <Count
          status={status}
          shown={isLoaded ? tasks.length + props.foldedDone : total}
          total={total}
        />
      </header>
      {told !== undefined && !isHome && (
        <p className="column__reason" data-testid={`reason-${status}`}>
          {told}
        </p>
      )}
      <Ghosts status={status} />
      {isLoaded ? <CardList {...props} /> : <ColumnSkeleton />}
      <Folded {...props} />
    </section>
  );
}

interface CountProps {
  readonly status: Status;
  readonly shown: number;
  readonly total: number;
}

/** How many cards there are, against how many there should be; the limit is for all, filtered or not. */
function Count({ status, shown, total }: CountProps) {
  const [isOpen, setIsOpen] = useState(false);
  const limit = usePicked(wipLimits, (limits) => limits[status]);
  const isOver = limit !== undefined && total > limit;
  const count = shown === total ? String(total) : `${shown} of ${total}`;
  return (
    <>
      <button
        type="button"
        className="column__count"
        data-over={isOver}
        data-testid={`count-${status}`}
        title={limit === undefined ? "Set a limit" : "Change the limit"}
        onClick={() => setIsOpen(true)}
      >
        {isOver && <WarningAltFilled />}
        {limit === undefined ? count : `${count} / ${limit}`}
        {isOver && <small>over</small>}
      </button>
      {isOpen && (
        <Parts missingIn="corner">
          <WipDialog status={status} onClose={() => setIsOpen(false)} />
        </Parts>
      )}
    </>
  );
}

function CardList({ status, tasks, total, foldedDone, openId, tabStop }: ColumnProps) {
  const ref = useRef<HTMLDivElement>(null);
  const draggedId = usePicked(drag, (held) => held?.taskId);
  const draggedAt = draggedId === undefined ? -1 : tasks.findIndex(({ id }) => id === draggedId);
  const virtualizer = useVirtualizer({
    count: tasks.length,
    getScrollElement: () => ref.current,
    estimateSize: () => CARD_STEP,
    overscan: 1,
    getItemKey: (index) => tasks[index]?.id ?? index,
    // The browser ends a drag whose element leaves the page.
    rangeExtractor: (range) => withDragged(range, draggedAt),
  });
  useDropTarget(ref, status, tasks);
  useEffect(
    () =>
      registerColumn(status, (taskId) => {
        const index = tasks.findIndex(({ id }) => id === taskId);
        if (index < 0) return false;
        virtualizer.scrollToIndex(index, { align: "auto" });
        return true;
      }),
    [status, tasks, virtualizer],
  );
  return (
    <div ref={ref} className="column__scroll">
      <div
        className="column__cards"
        role={tasks.length > 0 ? "list" : undefined}
        aria-label={tasks.length > 0 ? STATUS_NAMES[status] : undefined}
        style={{ height: virtualizer.getTotalSize() }}
      >
        {virtualizer.getVirtualItems().map(({ index, start, key }) => {
          const task = tasks[index];
          return task === undefined ? null : (
            <Card
              key={key}
              task={task}
              top={start}
              index={index}
              count={tasks.length}
              isOpen={task.id === openId}
              isTabStop={task.id === tabStop}
            />
          );
        })}
        <DropLine status={status} tasks={tasks} />
      </div>
      {tasks.length === 0 && (
        <p className="column__empty">
          {total > foldedDone ? "None of these match the filter." : EMPTY[status]}
        </p>
      )}
    </div>
  );
}

const EMPTY: Readonly<Record<Status, string>> = {
  queued: "Nothing waits.",
  claimed: "Nothing is claimed.",
  in_progress: "Nobody works on anything.",
  review: "Nothing to review.",
  approved: "Nothing waits for a merge.",
  merging: "Nothing is being merged.",
  done: "Nothing finished this week.",
};

function DropLine({ status, tasks }: Pick<ColumnProps, "status" | "tasks">) {
  const row = usePicked(drag, (held) =>
    held?.target?.status === status && held.verdicts[status].allowed
      ? lineRow(tasks, held.target.index, held.hand)
      : undefined,
  );
  if (row === undefined) return null;
  return (
    <i
      className="drop-line"
      data-testid="drop-line"
      style={{ transform: `translateY(${row * CARD_STEP}px)` }}
    />
  );
}

function Ghosts({ status }: { status: Status }) {
  const here = useStore(conflicts).filter(({ change }) => change.wanted.status === status);
  return here.map(({ change }) => (
    <p key={change.taskId} className="ghost" data-testid={`ghost-${change.taskId}`}>
      <span>{change.taskId}</span> your move, not made
    </p>
  ));
}

function Folded({ foldedDone, showAllDone, onShowAllDone }: ColumnProps) {
  if (foldedDone === 0 && !showAllDone) return null;
  return (
    <button type="button" className="column__fold" onClick={() => onShowAllDone(!showAllDone)}>
      {showAllDone ? `Only the last ${DONE_DAYS} days` : `${foldedDone} done earlier`}
    </button>
  );
}

function ColumnSkeleton() {
  return (
    <div className="column__scroll" aria-hidden="true">
      <i className="card-skeleton" />
      <i className="card-skeleton" />
      <i className="card-skeleton" />
    </div>
  );
}

function useDropTarget(
  ref: RefObject<HTMLElement | null>,
  status: Status,
  tasks: readonly Task[],
): void {
  const shown = useRef(tasks);
  useEffect(() => {
    shown.current = tasks;
  }, [tasks]);
  const rowAt = useCallback((clientY: number, top: number, scrolled: number) => {
    const row = Math.round((clientY - top + scrolled) / CARD_STEP);
    return Math.max(0, Math.min(shown.current.length, row));
  }, []);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    // Measured once per visit of the pointer: a layout read for each of its moves would cost frames.
    let top = 0;
    const follow = ({ location, source }: ElementDropTargetEventBasePayload) => {
      const held = drag.get();
      if (held === undefined || source.data["taskId"] !== held.taskId) return;
      const row = rowAt(location.current.input.clientY, top, element.scrollTop);
      hover({ status, index: othersAbove(shown.current, row, held.hand) });
    };
    const leaveTarget = dropTargetForElements({
      element: element.parentElement ?? element,
      onDragEnter: (event) => {
        top = element.getBoundingClientRect().top;
        follow(event);
      },
      onDrag: follow,
    });
    const leaveScroll = autoScrollForElements({ element, getAllowedAxis: () => "vertical" });
    return () => {
      leaveTarget();
      leaveScroll();
    };
  }, [ref, status, rowAt]);
}

function withDragged(range: Range, draggedAt: number): number[] {
  const rows = defaultRangeExtractor(range);
  return draggedAt < 0 || rows.includes(draggedAt)
    ? rows
    : [...rows, draggedAt].toSorted((a, b) => a - b);
}
