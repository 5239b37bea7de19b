import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import { STATUSES, type Status } from "#contracts/workflow";
import { runtime } from "../../app/runtime.ts";
import { useStore } from "../../ui/store.ts";
import { overlays } from "./changes.ts";
import { judgeAll, moveTo, shownTask } from "./drag.ts";
import { closeMoveMenu, moveMenu, type MoveMenu } from "./move-menu-store.ts";
import { STATUS_NAMES, type Verdict } from "./moves.ts";

/** "Move to…": every outcome of a drag by single clicks, with the same reasons. */
export function MoveMenuHost() {
  const open = useStore(moveMenu);
  useEffect(() => closeMoveMenu, []);
  return open === undefined ? null : <Menu key={open.taskId} menu={open} />;
}

function Menu({ menu }: { menu: MoveMenu }) {
  useStore(runtime().live.records);
  useStore(overlays);
  const ref = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ left: 0, top: 0 });
  const task = shownTask(menu.taskId);
  useLayoutEffect(() => {
    if (ref.current !== null) setPlace(placeBeside(menu.anchor, ref.current));
    ref.current
      ?.querySelector<HTMLElement>('[role="menuitem"]:not([aria-disabled="true"])')
      ?.focus();
  }, [menu]);
  useEffect(() => {
    const close = (event: PointerEvent) => {
      if (!(event.target instanceof Node && ref.current?.contains(event.target)))
        moveMenu.set(undefined);
    };
    addEventListener("pointerdown", close);
    return () => removeEventListener("pointerdown", close);
  }, []);
  if (task === undefined) return null;
  const verdicts = judgeAll(task);
  const choose = (status: Status, force: boolean) => {
    closeMoveMenu();
    moveTo(task, status, force);
  };
  return (
    <div
      ref={ref}
      className="move-menu"
      role="menu"
      tabIndex={-1}
      aria-label={`Move ${task.id} to`}
      data-testid="move-menu"
      style={place}
      onKeyDown={onMenuKey}
    >
      <p role="presentation">Move {task.id} to</p>
      {STATUSES.filter((status) => status !== task.status).map((status) => (
        <MenuEntry key={status} status={status} verdict={verdicts[status]} onChoose={choose} />
      ))}
    </div>
  );
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

function onMenuKey(event: KeyboardEvent<HTMLElement>): void {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="menuitem"]')];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (next !== undefined) items[(next + items.length) % items.length]?.focus();
  else if (event.key === "Escape" || event.key === "Tab") closeMoveMenu();
  else if (event.key !== "Enter" && event.key !== " ") return;
  event.stopPropagation();
  if (event.key !== "Enter" && event.key !== " ") event.preventDefault();
}

function placeBeside(anchor: HTMLElement, menu: HTMLElement): { left: number; top: number } {
  const at = anchor.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  return {
    left: Math.max(8, Math.min(at.right - width, innerWidth - width - 8)),
    top: Math.max(8, Math.min(at.bottom + 4, innerHeight - height - 8)),
  };
}
