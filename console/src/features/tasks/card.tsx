import { draggable } from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import { memo, useEffect, useRef } from "react";
import type { Task } from "#contracts/task";
import { runtime } from "../../app/runtime.ts";
import { LeaseRing } from "../../ui/lease-ring.tsx";
import { usePicked } from "../../ui/store.ts";
import { overlays } from "./changes.ts";
import { choose, isShifted, selection } from "./bulk/selection.ts";
import { drag, handOf } from "./drag.ts";
import { showHand } from "./hand-preview.ts";
import { taskLeases } from "./lease-index.ts";
import { STATUS_NAMES, dodProgress, openDependencies } from "./moves.ts";
import { openMoveMenu } from "./move-menu-store.ts";

const CARD_HEIGHT = 112;
/** From one card to the next. */
export const CARD_STEP = CARD_HEIGHT + 8;

interface CardProps {
  readonly task: Task;
  readonly top: number;
  readonly index: number;
  readonly count: number;
  readonly isOpen: boolean;
  readonly isTabStop: boolean;
}

/** As few elements as it takes: the board shows eighty of these, over ten thousand tasks. */
export const Card = memo(function Card({ task, top, index, count, isOpen, isTabStop }: CardProps) {
  const ref = useRef<HTMLDivElement>(null);
  const isSaving = usePicked(overlays, (all) => all.has(task.id));
  const isHeld = usePicked(drag, (held) => held?.hand.has(task.id) === true);
  const isChosen = usePicked(selection, (chosen) => chosen.has(task.id));
  const tabIndex = isTabStop ? 0 : -1;
  useDraggable(ref, task);
  return (
    <div
      ref={ref}
      className="card"
      role="listitem"
      aria-posinset={index + 1}
      aria-setsize={count}
      aria-label={spoken(task)}
      tabIndex={tabIndex}
      data-task={task.id}
      data-testid={`card-${task.id}`}
      data-priority={task.priority}
      data-blocked={task.blocked !== null}
      data-open={isOpen}
      data-saving={isSaving}
      data-held={isHeld}
      data-chosen={isChosen}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span className="card__id">{task.id}</span>
      <span className="card__type">{task.type}</span>
      <input
        type="checkbox"
        className="check card__check"
        aria-label={`Select ${task.id}`}
        tabIndex={tabIndex}
        checked={isChosen}
        onChange={({ nativeEvent }) => choose(task.id, isShifted(nativeEvent))}
      />
      <button
        type="button"
        className="card__menu"
        aria-label={`Move ${task.id} to…`}
        aria-haspopup="menu"
        tabIndex={tabIndex}
        onClick={({ currentTarget }) => openMoveMenu(task.id, currentTarget)}
      />
      <a
        className="card__title"
        href={`/console/tasks/${task.id}`}
        tabIndex={tabIndex}
        dir="auto"
        draggable={false}
      >
        {task.title}
      </a>
      <span className="card__labels">{task.labels.join(" · ")}</span>
      <CardFooter task={task} />
    </div>
  );
});

function CardFooter({ task }: { task: Task }) {
  const open = usePicked(
    runtime().live.records,
    (records) => openDependencies(task, records).length,
  );
  const lease = usePicked(taskLeases(), (leases) => leases.get(task.id));
  const dod = dodProgress(task);
  const total = task.depends_on.length;
  return (
    <span className="card__footer">
      {task.blocked !== null && (
        <span className="badge" data-kind="blocked" title={task.blocked.reason}>
          Blocked
        </span>
      )}
      {total > 0 && (
        <span
          className="badge"
          data-kind={open > 0 ? "open" : "met"}
          title={`${open} of ${total} dependencies open`}
        >
          {open}/{total} open
        </span>
      )}
      {dod.total > 0 && (
        <span
          className="badge"
          data-kind="dod"
          data-full={dod.done === dod.total}
          title="Definition of done"
        >
          {dod.done}/{dod.total}
        </span>
      )}
      {lease !== undefined && <LeaseRing lease={lease} />}
      {task.assignee !== null && (
        <span className="card__assignee" title={task.assignee}>
          {task.assignee}
        </span>
      )}
    </span>
  );
}

function useDraggable(ref: React.RefObject<HTMLElement | null>, { id, title }: Task): void {
  useEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    return draggable({
      element,
      getInitialData: () => ({ taskId: id }),
      onGenerateDragPreview({ nativeSetDragImage }) {
        const { length } = handOf(id);
        // The browser's own picture of the card is right as long as it comes alone.
        if (length > 1) showHand(nativeSetDragImage, `${id} ${title}`, length);
      },
    });
  }, [ref, id, title]);
}

function spoken(task: Task): string {
  const parts = [
    `${task.id}, ${task.title}`,
    STATUS_NAMES[task.status],
    `${task.priority} priority`,
    task.assignee === null ? "unassigned" : `assigned to ${task.assignee}`,
    task.blocked === null ? "" : `blocked: ${task.blocked.reason}`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}
