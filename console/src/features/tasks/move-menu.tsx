import { useEffect, useState } from "react";
import { STATUSES, type Status } from "#contracts/workflow";
import { runtime } from "../../app/runtime.ts";
import { Menu } from "../../ui/menu.tsx";
import { useStore } from "../../ui/store.ts";
import { overlays } from "./changes.ts";
import { moveTo } from "./drag.ts";
import { judgeAll, shownTask } from "./judge.ts";
import { closeMoveMenu, moveMenu, type MoveMenu } from "./move-menu-store.ts";
import { STATUS_NAMES, type Verdict } from "./moves.ts";

/** "Move to…": every outcome of a drag by single clicks, with the same reasons. */
export function MoveMenuHost() {
  const open = useStore(moveMenu);
  useEffect(() => closeMoveMenu, []);
  return open === undefined ? null : <MoveMenuOf key={open.taskId} menu={open} />;
}

function MoveMenuOf({ menu }: { menu: MoveMenu }) {
  useStore(runtime().live.records);
  useStore(overlays);
  const task = shownTask(menu.taskId);
  if (task === undefined) return null;
  const verdicts = judgeAll(task);
  const choose = (status: Status, force: boolean) => {
    closeMoveMenu();
    moveTo(task, status, force);
  };
  return (
    <Menu
      label={`Move ${task.id} to`}
      anchor={menu.anchor}
      onClose={leaveMoveMenu}
      testId="move-menu"
    >
      {STATUSES.filter((status) => status !== task.status).map((status) => (
        <MenuEntry key={status} status={status} verdict={verdicts[status]} onChoose={choose} />
      ))}
    </Menu>
  );
}

/** Whoever clicks elsewhere has put the focus there. */
function leaveMoveMenu(reason: "key" | "elsewhere"): void {
  if (reason === "key") closeMoveMenu();
  else moveMenu.set(undefined);
}

interface MenuEntryProps {
  readonly status: Status;
  readonly verdict: Verdict;
  readonly onChoose: (status: Status, force: boolean) => void;
}

function MenuEntry({ status, verdict, onChoose }: MenuEntryProps) {
  const [isSure, setIsSure] = useState(false);
  const isForcible = !verdict.allowed && verdict.forcible;
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      aria-disabled={!verdict.allowed && !isForcible}
      data-forcible={isForcible}
      data-testid={`move-to-${status}`}
      onClick={() => {
        if (verdict.allowed) onChoose(status, false);
        else if (isForcible && isSure) onChoose(status, true);
        else if (isForcible) setIsSure(true);
      }}
    >
      <span>{isSure ? `Move to ${STATUS_NAMES[status]} anyway?` : STATUS_NAMES[status]}</span>
      {!verdict.allowed && (
        <small>{isSure ? `${verdict.reason}. Choose again to insist.` : verdict.reason}</small>
      )}
    </button>
  );
}
