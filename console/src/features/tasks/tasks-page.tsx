import { useEffect, useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { Parts, part } from "../../app/part.tsx";
import { runtime } from "../../app/runtime.ts";
import { useStore } from "../../ui/store.ts";
import { toOrder } from "./board.ts";
import { BoardView } from "./board-view.tsx";
import { clearSelection, shownOrder } from "./bulk/selection.ts";
import { FilterBar } from "./filter-bar.tsx";
import { MoveMenuHost } from "./move-menu.tsx";
import { NoTasks } from "./no-tasks.tsx";
import { useBoard, useWorkflow } from "./use-tasks.ts";

const ListView = part(async () => (await import("./list-view.tsx")).ListView);
const TaskPanel = part(async () => (await import("./task-panel.tsx")).TaskPanel);

export function TasksPage() {
  const { taskId } = useParams();
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const [showAllDone, setShowAllDone] = useState(false);
  const isLoaded = useStore(runtime().live.loaded);
  useWorkflow();
  const board = useBoard(showAllDone);
  useEffect(() => shownOrder.set(toOrder(board).map(({ id }) => id)), [board]);
  useEffect(() => clearSelection, []);
  const isList = search.get("view") === "list";
  const query = search.size === 0 ? "" : `?${search.toString()}`;
  const open = (id: string | undefined) =>
    void navigate(`/tasks${id === undefined ? "" : `/${id}`}${query}`);
  const isEmpty = isLoaded && runtime().live.records.get().tasks.size === 0;
  return (
    <div className="tasks" data-panel={taskId !== undefined}>
      <h1 className="visually-hidden">Tasks</h1>
      <FilterBar board={board} />
      <div className="tasks__body">
        {isEmpty ? (
          <NoTasks />
        ) : isList ? (
          <Parts missingIn="page">
            <ListView board={board} onOpen={open} />
          </Parts>
        ) : (
          <BoardView
            board={board}
            isLoaded={isLoaded}
            openId={taskId}
            onOpen={open}
            showAllDone={showAllDone}
            onShowAllDone={setShowAllDone}
          />
        )}
        {taskId !== undefined && (
          <Parts fallback={<aside className="panel" aria-busy="true" />} missingIn="panel">
            <TaskPanel key={taskId} taskId={taskId} board={board} onOpen={open} />
          </Parts>
        )}
      </div>
      <MoveMenuHost />
    </div>
  );
}
