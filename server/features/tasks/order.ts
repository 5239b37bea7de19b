/** In which order tasks stand, on the board and in the eyes of who looks for work. */
import type { Task } from "#contracts/task";
import { compareIds } from "../../kernel/natural-order.ts";

/** By rank; where ranks are equal, the older first. Total. */
export type BoardKey = Pick<Task, "position" | "created_at" | "id">;

export function compareOnBoard(a: BoardKey, b: BoardKey): number {
  return (
    compareText(a.position, b.position) ||
    compareText(a.created_at, b.created_at) ||
    compareIds(a.id, b.id)
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
