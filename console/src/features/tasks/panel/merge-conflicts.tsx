import { WarningAltFilled } from "@carbon/icons-react";
import { conflictsOf, type MergeConflict } from "#contracts/merge-conflict";
import type { Task } from "#contracts/task";

/** What a merge of two branches left to be decided. It is settled in the file, where git wrote it. */
export function MergeConflicts({ task }: { task: Task }) {
  const conflicts = conflictsOf(task);
  if (conflicts.length === 0) return null;
  return (
    <section className="merge-conflicts" aria-label="Open conflicts" data-testid="merge-conflicts">
      <p>
        <WarningAltFilled /> <strong>A merge left this open</strong>
      </p>
      <ul>
        {conflicts.map((conflict) => (
          <li key={"field" in conflict ? conflict.field : conflict.deleted_by} dir="auto">
            {toSentence(conflict)}
          </li>
        ))}
      </ul>
      <p className="hint">
        Set what should be true, then take the entry out of <code>conflicts</code> of this record in{" "}
        <code>state/tasks.json</code>.
      </p>
    </section>
  );
}

function toSentence(conflict: MergeConflict): string {
  if (!("field" in conflict)) {
    return conflict.deleted_by === "ours"
      ? "Deleted on this branch, changed on the other one."
      : "Deleted on the other branch, changed on this one.";
  }
  return `${conflict.field}: the other branch says ${toText(conflict.theirs)}, and ${toText(conflict.ours)} stands.`;
}

function toText(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  return typeof value === "string" ? `“${value}”` : JSON.stringify(value);
}
