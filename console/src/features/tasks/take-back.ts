/** The way back is a change like any other, with its own precondition, never a local rewind. */
import { notify } from "../../ui/notices.ts";
import { runBulk } from "./bulk/bulk.ts";
import { carryOut, tell } from "./changes.ts";
import { forgetUndo, lastUndoStep, type UndoStep } from "./undo.ts";

/** Takes a change back, by default the last. What is undone is not remembered: it would lead back and forth. */
export async function undo(step: UndoStep | undefined = lastUndoStep()): Promise<void> {
  const [first, ...more] = step?.changes ?? [];
  if (step === undefined || first === undefined) return notify("info", "Nothing to undo");
  forgetUndo(step);
  if (more.length > 0)
    return runBulk({ done: "put back", changes: step.changes, refused: [] }, { isUndo: true });
  const result = await carryOut(first);
  tell(first, result);
  if (result.outcome === "saved" || result.outcome === "merged")
    notify("success", "Undone", step.text);
}
