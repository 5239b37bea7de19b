/** Text that is being written: it survives a reload, a conflict and a lost connection. */
import { isObject } from "../../../live/merge-patch.ts";
import { readSaved, writeSaved } from "../../../ui/saved.ts";

export interface Draft {
  readonly text: string;
  /** What stood there when the writing began: the base of a merge. */
  readonly base: string;
}

export function readDraft(taskId: string, field: string): Draft | undefined {
  const kept = readSaved("session", keyOf(taskId, field));
  if (!isObject(kept)) return undefined;
  const { text, base } = kept;
  return typeof text === "string" && typeof base === "string" ? { text, base } : undefined;
}

export function writeDraft(taskId: string, field: string, draft: Draft | undefined): void {
  writeSaved("session", keyOf(taskId, field), draft);
}

function keyOf(taskId: string, field: string): string {
  return `draft.${taskId}.${field}`;
}
