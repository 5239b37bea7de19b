/** What an edit of the file does to a task that no command could have done. */
import type { Task } from "#contracts/task";
import { isHeld, TRANSITIONS, type Guard, type Status } from "#contracts/workflow";
import { openItems } from "./dod.ts";

/**
 * The guards that the edit passed by, as far as the task itself tells: what it depends on is not asked.
 * A task that is new in the file, or gone from it, passed none.
 */
export function skippedGuards(
  before: Task | undefined,
  after: Task | undefined,
): ("transition" | Guard)[] {
  if (before === undefined || after === undefined) return [];
  const moves = before.status !== after.status;
  const changesHolder = moves || before.assignee !== after.assignee;
  const allowed: readonly Status[] = TRANSITIONS[before.status];
  const skipped: ("transition" | Guard)[] = [];
  if (moves && !allowed.includes(after.status)) skipped.push("transition");
  if (changesHolder && isHeld(before.status) && before.assignee !== null) skipped.push("holder");
  if (moves && after.status === "done" && openItems(after).length > 0) skipped.push("dod-done");
  return skipped;
}
