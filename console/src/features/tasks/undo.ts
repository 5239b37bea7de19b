/** The way back: a compensating change like any other, with its own precondition. */
import { notify } from "../../ui/notices.ts";
import { createStore } from "../../ui/store.ts";
import type { Change, Outcome } from "./change.ts";

export interface UndoStep {
  readonly text: string;
  readonly change: Change;
}

const KEPT = 50;
const steps = createStore<readonly UndoStep[]>([]);
/** What is remembered while undoing would only lead back and forth. */
let undoing = false;

export function rememberUndo(step: UndoStep): void {
  if (!undoing) steps.update((known) => [...known, step].slice(-KEPT));
}

export async function undo(perform: (change: Change) => Promise<Outcome>): Promise<void> {
  const step = steps.get().at(-1);
  if (step === undefined) return notify("info", "Nothing to undo");
  steps.update((known) => known.slice(0, -1));
  undoing = true;
  try {
    const outcome = await perform(step.change);
    if (outcome === "saved" || outcome === "merged") notify("success", "Undone", step.text);
  } finally {
    undoing = false;
  }
}
