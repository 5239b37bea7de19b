/** What git asks of a merge driver: three files in, the result in place of ours. */
import { basename } from "node:path";
import type { MergeConflict } from "#contracts/merge-conflict";
import type { Instant } from "../kernel/instant.ts";
import { kinds } from "../kinds.ts";
import { realDisk } from "../store/disk.ts";
import { mergeDocuments, type MergedDocument } from "./merge-document.ts";
import type { Sides } from "./three-way.ts";

export type MergedFiles =
  | { readonly ok: true; readonly conflicts: readonly OpenConflict[] }
  /** Nothing was written. */
  | { readonly ok: false; readonly reason: string };

export interface OpenConflict {
  readonly id: string;
  readonly conflict: MergeConflict;
}

/**
 * Writes the merged file in place of ours, also where conflicts stay open: they stand in it.
 *
 * @param sides paths of the three files; git gives an empty base where both sides made the file.
 * @param name of the file in the repository: it says which kind of records these are.
 */
export async function mergeFiles(
  sides: Sides<string>,
  name: string,
  now: Instant,
): Promise<MergedFiles> {
  const bytes: Sides<Buffer> = {
    base: await realDisk.read(sides.base),
    ours: await realDisk.read(sides.ours),
    theirs: await realDisk.read(sides.theirs),
  };
  const merged = mergeNamed(basename(name), bytes, now);
  if (merged === undefined) {
    return { ok: false, reason: `${name} is no state file: tasks.json, agents.json or locks.json` };
  }
  if (!merged.ok) {
    const { line, column, detail } = merged.invalid;
    return {
      ok: false,
      reason: `${name}, ${WHOSE[merged.side]}: line ${line}, column ${column}: ${detail}`,
    };
  }
  realDisk.writeText(sides.ours, merged.bytes);
  return { ok: true, conflicts: merged.conflicts };
}

const WHOSE = { base: "as it was before", ours: "on our side", theirs: "on their side" };

function mergeNamed(file: string, sides: Sides<Buffer>, now: Instant): MergedDocument | undefined {
  switch (file) {
    case kinds.tasks.file:
      return mergeDocuments(kinds.tasks, sides, now);
    case kinds.agents.file:
      return mergeDocuments(kinds.agents, sides, now);
    case kinds.locks.file:
      return mergeDocuments(kinds.locks, sides, now);
    default:
      return undefined;
  }
}
