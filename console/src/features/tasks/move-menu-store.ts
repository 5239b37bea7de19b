import { createStore } from "../../ui/store.ts";

export interface MoveMenu {
  readonly taskId: string;
  /** Where the menu stands, and what gets the focus back. */
  readonly anchor: HTMLElement;
}

/** One menu for all cards: a menu per card would be ten thousand. */
export const moveMenu = createStore<MoveMenu | undefined>(undefined);

/** A second press on the same button closes it again. */
export function openMoveMenu(taskId: string, anchor: HTMLElement): void {
  if (moveMenu.get()?.anchor === anchor) return closeMoveMenu();
  moveMenu.set({ taskId, anchor });
}

export function closeMoveMenu(): void {
  const open = moveMenu.get();
  moveMenu.set(undefined);
  open?.anchor.focus({ preventScroll: true });
}
