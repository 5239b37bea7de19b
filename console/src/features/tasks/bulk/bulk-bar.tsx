import { Archive, Close, Flag, Tag, UserFollow, ArrowRight } from "@carbon/icons-react";
import { useState, type MouseEvent, type ReactNode } from "react";
import type { Task } from "#contracts/task";
import { Parts, part } from "../../../app/part.tsx";
import { useKey } from "../../../app/shortcuts.ts";
import { useStore } from "../../../ui/store.ts";
import { toOrder, type Board } from "../board.ts";
import type { BulkAction } from "./bulk.ts";
import { clearSelection, selection } from "./selection.ts";

const BulkMenu = part(async () => (await import("./bulk-menu.tsx")).BulkMenu);

/** Takes the place of the toolbar for as long as cards are chosen. */
export function BulkBar({ board }: { board: Board }) {
  const chosen = useStore(selection);
  const [open, setOpen] = useState<{ action: BulkAction; anchor: HTMLElement } | undefined>();
  useKey("Escape", clearSelection, chosen.size > 0);
  if (chosen.size === 0) return null;
  const tasks = chosenTasks(board, chosen);
  const hidden = chosen.size - tasks.length;
  const toggle =
    (action: BulkAction) =>
    ({ currentTarget: anchor }: MouseEvent<HTMLElement>) =>
      setOpen(open?.action === action ? undefined : { action, anchor });
  const close = (reason: "key" | "elsewhere" | "done") => {
    if (reason === "key") open?.anchor.focus();
    setOpen(undefined);
    if (reason === "done") clearSelection();
  };
  return (
    <div className="bulk-bar" role="toolbar" aria-label="Selected tasks" data-testid="bulk-bar">
      <p role="status">
        <b>{tasks.length}</b> selected
        {hidden > 0 && <small> · {hidden} more hidden by the filter, left alone</small>}
      </p>
      <Action text="Move" icon={<ArrowRight />} onClick={toggle("move")} />
      <Action text="Assign" icon={<UserFollow />} onClick={toggle("assign")} />
      <Action text="Priority" icon={<Flag />} onClick={toggle("priority")} />
      <Action text="Labels" icon={<Tag />} onClick={toggle("labels")} />
      <Action text="Archive" icon={<Archive />} onClick={toggle("archive")} />
      <button type="button" className="bulk-bar__end" onClick={clearSelection}>
        <Close /> <span>Cancel</span>
      </button>
      {open !== undefined && tasks.length > 0 && (
        <Parts missingIn="corner">
          <BulkMenu
            key={open.action}
            action={open.action}
            anchor={open.anchor}
            tasks={tasks}
            onClose={close}
          />
        </Parts>
      )}
    </div>
  );
}

interface ActionProps {
  readonly text: string;
  readonly icon: ReactNode;
  readonly onClick: (event: MouseEvent<HTMLElement>) => void;
}

function Action({ text, icon, onClick }: ActionProps) {
  return (
    <button type="button" aria-haspopup="menu" aria-label={`${text}…`} onClick={onClick}>
      {icon} <span>{text}</span>
    </button>
  );
}

/** In the order of the board. */
function chosenTasks(board: Board, chosen: ReadonlySet<string>): Task[] {
  return toOrder(board).filter(({ id }) => chosen.has(id));
}
