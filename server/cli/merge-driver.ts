/** `kyros merge-driver`. */
import type { MergeConflict } from "#contracts/merge-conflict";
import { createClock } from "../kernel/clock.ts";
import { command } from "./command.ts";
import { CommandError, EXIT } from "./exit.ts";
import { shown } from "./output.ts";
import { count } from "./verify.ts";

export const mergeDriver = command({
  name: "merge-driver",
  summary: "merge a state file by record and field; git calls this, see docs/git.md",
  args: ["BASE", "OURS", "THEIRS", "NAME"],
  options: {},
  notes:
    "Three files, and the name of the file in the repository. The result is written to OURS. Ends with 1 when a " +
    "conflict stays open (the file names it and is valid all the same), and with 4, nothing written, when " +
    "one of the files cannot be read.",
  examples: ["kyros merge-driver %O %A %B %P"],
  async run({ args: [base = "", ours = "", theirs = "", name = ""], out }) {
    const { mergeFiles } = await import("../git/merge-files.ts");
    const merged = await mergeFiles({ base, ours, theirs }, name, createClock().now()).catch(
      (error: unknown) => {
        throw cannotMerge(error instanceof Error ? error.message : String(error));
      },
    );
    if (!merged.ok) throw cannotMerge(merged.reason);
    const { conflicts } = merged;
    if (conflicts.length === 0) return EXIT.ok;
    out.show({ file: name, conflicts }, () =>
      [
        `CONFLICT in ${name}: ${count(conflicts.length, "conflict")}. The file is valid and holds our values; both stand in "conflicts" of the record.`,
        ...conflicts.map(({ id, conflict }) => `  ${id} ${conflictText(conflict)}`),
        `Set each field to what should be true, take its entry out of "conflicts", and git add the file.`,
      ].join("\n"),
    );
    return EXIT.refused;
  },
});

export function conflictText(conflict: MergeConflict): string {
  if ("deleted_by" in conflict) {
    const other = conflict.deleted_by === "ours" ? "theirs" : "ours";
    return `was deleted by ${conflict.deleted_by} and changed by ${other}: it is still there`;
  }
  const { field, ours, theirs } = conflict;
  return `${field}: ours ${shown(ours)}, theirs ${shown(theirs)}`;
}

/** Not 1: to git that means that the conflict stands in the file. */
function cannotMerge(reason: string): CommandError {
  return new CommandError(EXIT.unreachable, `Not merged by record. ${reason}`);
}
