/** The keyboard on the board: one tab stop, arrows between cards, and a card in the hand. */
import { useState, type FocusEvent, type KeyboardEvent } from "react";
import { STATUSES, type Status } from "#contracts/workflow";
import { singleKeys } from "../../app/shortcuts.ts";
import type { Columns } from "./board.ts";
import { choose, selectAlso } from "./bulk/selection.ts";
import { revealCard } from "./column-registry.ts";
import { drag, letGo, pickUp, putBack, steer } from "./drag.ts";
import { openMoveMenu } from "./move-menu-store.ts";

const ARROWS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"];

export function useBoardKeys(columns: Columns, onOpen: (id: string) => void) {
  const [focused, setFocused] = useState<string | undefined>(undefined);
  const tabStop = isShown(columns, focused) ? focused : firstCard(columns);

  const onKeyDown = (event: KeyboardEvent) => {
    const card = cardOf(event.target);
    if (card === undefined) return;
    const handled = drag.get()?.mode === "keyboard" ? steerKey(event) : cardKey(event, card);
    if (!handled) return;
    event.preventDefault();
    event.stopPropagation();
  };

  const cardKey = (event: KeyboardEvent, card: string): boolean => {
    if (event.altKey || event.metaKey) return false;
    const isOnCard = event.target instanceof HTMLElement && event.target.dataset["task"] === card;
    if (ARROWS.includes(event.key)) {
      const next = neighbour(columns, card, event.key, event.ctrlKey);
      if (event.shiftKey) selectAlso(next === undefined ? [card] : [card, next]);
      return goTo(next);
    }
    if (event.ctrlKey && event.key === "a") return chooseColumn(columns, card);
    return isOnCard && !event.ctrlKey && actOn(event, card, onOpen);
  };

  return {
    tabStop,
    onKeyDown,
    onFocus: (event: FocusEvent) => {
      const card = cardOf(event.target);
      if (card !== undefined) setFocused(card);
    },
    onBlur: (event: FocusEvent) => {
      // Focus that leaves the board takes the hand away from the card.
      const stays =
        event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget);
      if (!stays && event.relatedTarget !== null && drag.get()?.mode === "keyboard") putBack();
    },
  };
}

/** The keys of one card; those of a single letter can be switched off. */
function actOn(event: KeyboardEvent, card: string, onOpen: (id: string) => void): boolean {
  if (event.key === "Enter") pickUp(card, "keyboard");
  else if (event.key === " ") onOpen(card);
  else if (!singleKeys.get()) return false;
  else if (event.key === "o") onOpen(card);
  else if (event.key === "x") choose(card, false);
  else if (event.key === "m") openMoveMenu(card, event.target as HTMLElement);
  else return false;
  return true;
}

function steerKey(event: KeyboardEvent): boolean {
  if (ARROWS.includes(event.key)) steer(event.key, event.ctrlKey);
  else if (event.key === "Escape") putBack();
  else if (event.key === "Enter") {
    const card = drag.get()?.taskId;
    letGo();
    if (card !== undefined) setTimeout(() => revealCard(card), 50);
  } else return event.key !== "Tab";
  return true;
}

function chooseColumn(columns: Columns, card: string): boolean {
  const column = STATUSES.map((status) => columns[status]).find((tasks) =>
    tasks.some(({ id }) => id === card),
  );
  selectAlso((column ?? []).map(({ id }) => id));
  return true;
}

function goTo(id: string | undefined): boolean {
  if (id !== undefined) revealCard(id);
  return true;
}

/** The card one step away, or at the end of the column or row with `far`. */
export function neighbour(
  columns: Columns,
  id: string,
  key: string,
  far: boolean,
): string | undefined {
  const status = STATUSES.find((name) => columns[name].some((task) => task.id === id));
  if (status === undefined) return undefined;
  const column = columns[status];
  const index = column.findIndex((task) => task.id === id);
  if (key === "ArrowUp") return column[far ? 0 : index - 1]?.id;
  if (key === "ArrowDown") return column[far ? column.length - 1 : index + 1]?.id;
  const beside = sideways(columns, status, key === "ArrowLeft", far);
  return beside?.[Math.min(index, beside.length - 1)]?.id;
}

function sideways(columns: Columns, from: Status, isLeft: boolean, far: boolean) {
  const at = STATUSES.indexOf(from);
  const candidates = isLeft ? STATUSES.slice(0, at).toReversed() : STATUSES.slice(at + 1);
  const filled = candidates.filter((name) => columns[name].length > 0);
  const status = far ? filled.at(-1) : filled[0];
  return status && columns[status];
}

function firstCard(columns: Columns): string | undefined {
  const status = STATUSES.find((name) => columns[name].length > 0);
  return status && columns[status][0]?.id;
}

function isShown(columns: Columns, id: string | undefined): boolean {
  return id !== undefined && STATUSES.some((name) => columns[name].some((task) => task.id === id));
}

function cardOf(target: EventTarget): string | undefined {
  return target instanceof HTMLElement
    ? target.closest<HTMLElement>("[data-task]")?.dataset["task"]
    : undefined;
}
