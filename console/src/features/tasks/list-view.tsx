import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import type { Task } from "#contracts/task";
import { LeaseRing } from "../../ui/lease-ring.tsx";
import { Moment } from "../../ui/moment.tsx";
import { usePicked, useStore } from "../../ui/store.ts";
import { toOrder, type Board } from "./board.ts";
import { choose, clearSelection, isShifted, selectAlso, selection } from "./bulk/selection.ts";
import { taskLeases } from "./lease-index.ts";
import { openMoveMenu } from "./move-menu-store.ts";
import { STATUS_NAMES, dodProgress } from "./moves.ts";

const ROW = 40;

interface ListViewProps {
  readonly board: Board;
  readonly onOpen: (id: string) => void;
}

/** The same tasks, one a line, in the order of the board. */
export function ListView({ board, onOpen }: ListViewProps) {
  const ref = useRef<HTMLDivElement>(null);
  const tasks = toOrder(board);
  const virtualizer = useVirtualizer({
    count: tasks.length,
    getScrollElement: () => ref.current,
    estimateSize: () => ROW,
    overscan: 5,
    getItemKey: (index) => tasks[index]?.id ?? index,
  });
  return (
    <div
      ref={ref}
      className="grid-table"
      data-columns="tasks"
      role="table"
      aria-label="Tasks"
      aria-rowcount={tasks.length + 1}
      data-testid="task-list"
    >
      <div className="grid-table__head" role="row" aria-rowindex={1}>
        <span role="columnheader">
          <ChooseAll tasks={tasks} />
        </span>
        {["Id", "Title", "Status", "Priority", "Type", "Assignee", "Done", "Lease", "Changed"].map(
          (name) => (
            <span key={name} role="columnheader">
              {name}
            </span>
          ),
        )}
      </div>
      <div
        role="rowgroup"
        className="grid-table__body"
        style={{ height: virtualizer.getTotalSize() }}
      >
        {virtualizer.getVirtualItems().map(({ index, start, key }) => {
          const task = tasks[index];
          return task && <Row key={key} task={task} index={index} top={start} onOpen={onOpen} />;
        })}
      </div>
    </div>
  );
}

function ChooseAll({ tasks }: { tasks: readonly Task[] }) {
  const chosen = useStore(selection);
  const count = tasks.filter(({ id }) => chosen.has(id)).length;
  const areAll = count > 0 && count === tasks.length;
  return (
    <input
      type="checkbox"
      className="check"
      aria-label="Select all"
      checked={areAll}
      ref={(box) => {
        if (box !== null) box.indeterminate = count > 0 && !areAll;
      }}
      onChange={() => (areAll ? clearSelection() : selectAlso(tasks.map(({ id }) => id)))}
    />
  );
}

interface RowProps {
  readonly task: Task;
  readonly index: number;
  readonly top: number;
  readonly onOpen: (id: string) => void;
}

function Row({ task, index, top, onOpen }: RowProps) {
  const lease = usePicked(taskLeases(), (leases) => leases.get(task.id));
  const isChosen = usePicked(selection, (chosen) => chosen.has(task.id));
  const { done, total } = dodProgress(task);
  return (
    <div
      role="row"
      className="grid-table__row"
      aria-rowindex={index + 2}
      data-testid={`row-${task.id}`}
      data-chosen={isChosen}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span role="cell">
        <input
          type="checkbox"
          className="check"
          aria-label={`Select ${task.id}`}
          checked={isChosen}
          onChange={({ nativeEvent }) => choose(task.id, isShifted(nativeEvent))}
        />
      </span>
      <span role="cell" className="mono">
        {task.id}
      </span>
      <span role="cell">
        <a
          href={`/console/tasks/${task.id}`}
          dir="auto"
          onClick={(event) => {
            event.preventDefault();
            onOpen(task.id);
          }}
        >
          {task.title}
        </a>
      </span>
      <span role="cell">
        <button
          type="button"
          className="text-button"
          aria-haspopup="menu"
          onClick={({ currentTarget }) => openMoveMenu(task.id, currentTarget)}
        >
          {STATUS_NAMES[task.status]}
        </button>
      </span>
      <span role="cell" className="priority" data-priority={task.priority}>
        {task.priority}
      </span>
      <span role="cell">{task.type}</span>
      <span role="cell">{task.assignee ?? ""}</span>
      <span role="cell">{total > 0 ? `${done}/${total}` : ""}</span>
      <span role="cell">{lease !== undefined && <LeaseRing lease={lease} />}</span>
      <span role="cell">
        <Moment at={task.updated_at} />
      </span>
    </div>
  );
}
