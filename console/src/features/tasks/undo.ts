/** What can be taken back: the way back of each change, or of all the changes of a bulk together. */
import { createStore } from "../../ui/store.ts";
import type { Change } from "./change.ts";

export interface UndoStep {
  readonly text: string;
  readonly changes: readonly Change[];
}

const KEPT = 50;
const steps = createStore<readonly UndoStep[]>([]);

export function rememberUndo(step: UndoStep): void {
  if (step.changes.length > 0) steps.update((known) => [...known, step].slice(-KEPT));
}

export function lastUndoStep(): UndoStep | undefined {
  return steps.get().at(-1);
}

export function forgetUndo(step: UndoStep): void {
  steps.update((known) => known.filter((other) => other !== step));
}
