import { ChevronDown, ChevronUp, Close } from "@carbon/icons-react";
import { useEffect, useRef } from "react";
import { Parts, part } from "../../app/part.tsx";
import { useKey } from "../../app/shortcuts.ts";
import { runtime } from "../../app/runtime.ts";
import { EmptyState } from "../../ui/empty-state.tsx";
import { usePicked, useStore } from "../../ui/store.ts";
import { toOrder, withOverlay, type Board } from "./board.ts";
import { overlays } from "./changes.ts";
import { STATUS_NAMES } from "./moves.ts";
import { openMoveMenu } from "./move-menu-store.ts";
import { Checklist } from "./panel/checklist.tsx";
import { Dependencies } from "./panel/dependencies.tsx";
import { Fields } from "./panel/fields.tsx";
import { History } from "./panel/history.tsx";
import { PanelLease } from "./panel/lease.tsx";
import { MergeConflicts } from "./panel/merge-conflicts.tsx";
import { More } from "./panel/more.tsx";
import { Results } from "./panel/results.tsx";
import { TextField } from "./panel/text-field.tsx";

const Markdown = part(async () => (await import("../../ui/markdown.tsx")).Markdown);

interface TaskPanelProps {
  readonly taskId: string;
  readonly board: Board;
  readonly onOpen: (id: string | undefined) => void;
}

export function TaskPanel({ taskId, board, onOpen }: TaskPanelProps) {
  const { live } = runtime();
  const ref = useRef<HTMLElement>(null);
  const known = usePicked(live.records, (records) => records.tasks.get(taskId));
  const overlay = usePicked(overlays, (all) => all.get(taskId));
  const isLoaded = useStore(live.loaded);
  const order = toOrder(board).map(({ id }) => id);
  const at = order.indexOf(taskId);
  const goTo = (index: number) => order[index] !== undefined && onOpen(order[index]);
  useKey("j", () => goTo(at + 1));
  useKey("k", () => goTo(at - 1));
  useKey("Escape", () => onOpen(undefined));
  useEffect(() => ref.current?.focus({ preventScroll: true }), []);
  const task = known && withOverlay(known, overlay);
  return (
    <aside
      ref={ref}
      className="panel"
      tabIndex={-1}
      aria-label={`Task ${taskId}`}
      data-testid="panel"
    >
      <header className="panel__header">
        <span className="mono">{taskId}</span>
        {task !== undefined && (
          <button
            type="button"
            className="panel__status"
            aria-haspopup="menu"
            data-testid="panel-status"
            onClick={({ currentTarget }) => openMoveMenu(taskId, currentTarget)}
          >
            {STATUS_NAMES[task.status]} <ChevronDown />
          </button>
        )}
        {overlay !== undefined && (
          <span className="hint" role="status">
            Saving…
          </span>
        )}
        <span className="panel__gap" />
        <button
          type="button"
          className="icon-button"
          aria-label="Previous task"
          disabled={at <= 0}
          onClick={() => goTo(at - 1)}
        >
          <ChevronUp />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label="Next task"
          disabled={at < 0 || at === order.length - 1}
          onClick={() => goTo(at + 1)}
        >
          <ChevronDown />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label="Close the panel"
          onClick={() => onOpen(undefined)}
        >
          <Close size={20} />
        </button>
      </header>
      {task === undefined ? (
        isLoaded && (
          <EmptyState title={`${taskId} is not on this board`}>
            It may have been deleted, or the link names a task of another board.
          </EmptyState>
        )
      ) : (
        <div className="panel__body">
          <TextField task={task} field="title" label="Title">
            <h2 dir="auto">{task.title}</h2>
          </TextField>
          <MergeConflicts task={task} />
          <PanelLease task={task} />
          <Fields task={task} />
          <section aria-labelledby="description-title">
            <h3 id="description-title">Description</h3>
            <TextField task={task} field="description" label="Description" rows={10}>
              {task.description === "" ? (
                <p className="hint">Nothing written yet.</p>
              ) : (
                <Parts fallback={<p className="plain">{task.description}</p>}>
                  <Markdown source={task.description} />
                </Parts>
              )}
            </TextField>
          </section>
          <Checklist task={task} />
          <Dependencies task={task} />
          <Results task={task} />
          <History task={task} />
          <More task={task} onGone={() => onOpen(undefined)} />
        </div>
      )}
    </aside>
  );
}
