import { autoScrollForElements } from "@atlaskit/pragmatic-drag-and-drop-auto-scroll/element";
import { monitorForElements } from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import { useEffect, useRef, type MouseEvent, type RefObject } from "react";
import { STATUSES } from "#contracts/workflow";
import { runtime } from "../../app/runtime.ts";
import { choose, selection } from "./bulk/selection.ts";
import type { Board } from "./board.ts";
import { useBoardKeys } from "./board-keys.ts";
import { Column } from "./column.tsx";
import { usePicked } from "../../ui/store.ts";
import { drag, hover, judgeAgain, letGo, painted, pickUp } from "./drag.ts";

interface BoardViewProps {
  readonly board: Board;
  readonly isLoaded: boolean;
  readonly openId: string | undefined;
  readonly onOpen: (id: string | undefined) => void;
  readonly showAllDone: boolean;
  readonly onShowAllDone: (show: boolean) => void;
}

export function BoardView({
  board,
  isLoaded,
  openId,
  onOpen,
  showAllDone,
  onShowAllDone,
}: BoardViewProps) {
  const ref = useRef<HTMLDivElement>(null);
  const { columns } = board;
  useEffect(() => {
    painted.set(columns);
    if (drag.get() !== undefined) judgeAgain();
  }, [columns]);
  useEffect(() => runtime().live.records.subscribe(() => drag.get() && judgeAgain()), []);
  usePointerDrags(ref);
  const keys = useBoardKeys(columns, onOpen);
  const isChoosing = usePicked(selection, (chosen) => chosen.size > 0);
  return (
    <div
      ref={ref}
      className="board"
      role="presentation"
      data-testid="board"
      aria-busy={!isLoaded}
      data-choosing={isChoosing}
      onKeyDown={keys.onKeyDown}
      onFocus={keys.onFocus}
      onBlur={keys.onBlur}
      onClick={(event) => openClicked(event, onOpen)}
    >
      {STATUSES.map((status) => (
        <Column
          key={status}
          status={status}
          tasks={columns[status]}
          total={board.totals[status]}
          isLoaded={isLoaded}
          openId={openId}
          tabStop={keys.tabStop}
          foldedDone={status === "done" ? board.foldedDone : 0}
          showAllDone={status === "done" && showAllDone}
          onShowAllDone={onShowAllDone}
        />
      ))}
    </div>
  );
}

/** One listener for all cards. Their buttons are not the card. */
function openClicked(event: MouseEvent, onOpen: (id: string) => void): void {
  const { target } = event;
  if (!(target instanceof HTMLElement) || target.closest("button, input") !== null) return;
  const card = target.closest<HTMLElement>("[data-task]")?.dataset["task"];
  if (card === undefined) return;
  const isAside = event.ctrlKey || event.metaKey;
  // On the title the browser opens another tab, as on any link.
  if (isAside && target.closest("a") !== null) return;
  event.preventDefault();
  if (isAside || event.shiftKey) return choose(card, event.shiftKey);
  // Some browsers send a click after a drag.
  if (drag.get() === undefined) onOpen(card);
}

function usePointerDrags(ref: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const leaveMonitor = monitorForElements({
      onDragStart: ({ source }) => pickUp(String(source.data["taskId"]), "pointer"),
      onDropTargetChange: ({ location }) => {
        if (location.current.dropTargets.length === 0) hover(undefined);
      },
      onDrop: ({ location }) => {
        if (location.current.dropTargets.length === 0) hover(undefined);
        letGo();
      },
    });
    const leaveScroll = autoScrollForElements({ element, getAllowedAxis: () => "horizontal" });
    return () => {
      leaveMonitor();
      leaveScroll();
      drag.set(undefined);
    };
  }, [ref]);
}
