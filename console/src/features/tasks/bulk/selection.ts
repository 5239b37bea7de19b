/** The cards that are chosen for one change of all. What is not shown is never part of it. */
import { createStore } from "../../../ui/store.ts";

export const selection = createStore<ReadonlySet<string>>(new Set());

/** Where a range begins: the card that was chosen last. */
let anchor: string | undefined;

/** The cards as they are shown now, in their order; the page keeps this up to date. */
export const shownOrder = createStore<readonly string[]>([]);

/** With `isRange`, all from the card chosen last up to this one. */
export function choose(taskId: string, isRange: boolean): void {
  if (isRange) selectUpTo(taskId);
  else toggleSelected(taskId);
}

function toggleSelected(taskId: string): void {
  anchor = taskId;
  selection.update((chosen) => {
    const next = new Set(chosen);
    if (!next.delete(taskId)) next.add(taskId);
    return next;
  });
}

function selectUpTo(taskId: string): void {
  const order = shownOrder.get();
  const to = order.indexOf(taskId);
  const from = anchor === undefined ? -1 : order.indexOf(anchor);
  if (from < 0 || to < 0) return selectAlso([taskId]);
  selectAlso(order.slice(Math.min(from, to), Math.max(from, to) + 1));
}

export function selectAlso(taskIds: readonly string[]): void {
  anchor ??= taskIds[0];
  selection.update((chosen) => new Set([...chosen, ...taskIds]));
}

export function clearSelection(): void {
  anchor = undefined;
  selection.update((chosen) => (chosen.size === 0 ? chosen : new Set()));
}

/** A checkbox changes by a click, and that knows which keys were held. */
export function isShifted(event: Event): boolean {
  return event instanceof MouseEvent && event.shiftKey;
}
