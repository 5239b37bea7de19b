/** What stands in the way of a commit: exclusive leases of others on its files. */
import { join } from "node:path";
import type { Lease } from "#contracts/lease";
import { coversPath } from "../features/leases/resource.ts";
import { toTimestamp, type Instant } from "../kernel/instant.ts";
import { kinds } from "../kinds.ts";
import { errorCode, realDisk } from "../store/disk.ts";
import { parseDocument } from "../store/document.ts";
import { isUnder } from "./is-under.ts";
import { git } from "./git.ts";

export interface Obstacle {
  readonly lease: Lease;
  readonly paths: readonly string[];
}

/**
 * The files that the commit under way changes, from the root of the repository, both names of one that
 * moved. The board's own are left out: they change with every lease. After a merge only what
 * is on neither side: the rest was committed before, by whoever might.
 *
 * @throws Error where git cannot tell.
 */
export function stagedPaths(cwd: string, board: string): readonly string[] {
  const top = ask(cwd, ["rev-parse", "--show-toplevel"]);
  const changed = (...against: string[]) =>
    ask(cwd, ["diff", "--cached", "--name-only", "--no-renames", "-z", ...against])
      .split("\0")
      .filter((path) => path !== "");
  const merged = git(cwd, ["rev-parse", "--verify", "--quiet", "MERGE_HEAD"]);
  const elsewhere = merged.ok ? new Set(changed(merged.text)) : undefined;
  return changed().filter(
    (path) => elsewhere?.has(path) !== false && !isUnder(board, join(top, path)),
  );
}

function ask(cwd: string, args: readonly string[]): string {
  const { ok, text, complaint } = git(cwd, args);
  if (!ok) throw new Error(`git ${args[0]}: ${complaint}`);
  return text;
}

/** A server writes renewals at most once a second: the file may be behind by as much. */
const MOST_BEHIND_MS = 2_000;

/**
 * The live leases as their file has them. It is enough: every grant and every end stands in it before
 * it is answered, whether a server runs or not.
 *
 * @throws Error saying what is wrong with the file.
 */
export async function readLeases(folder: string, now: Instant): Promise<readonly Lease[]> {
  const path = join(folder, "state", kinds.locks.file);
  const bytes = await realDisk.read(path).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  });
  if (bytes === undefined) return [];
  const document = parseDocument(kinds.locks, bytes, { now });
  if (!document.ok) {
    throw new Error(`${path}:${document.line}:${document.column}: ${document.detail}`);
  }
  const moment = toTimestamp(now - MOST_BEHIND_MS);
  return [...document.entries.values()]
    .map(({ record }) => record)
    .filter((lease) => lease.expires_at >= moment);
}

export function obstaclesTo(
  paths: readonly string[],
  leases: readonly Lease[],
  actor: string,
): readonly Obstacle[] {
  return leases
    .filter(({ mode, holder }) => mode === "exclusive" && holder !== actor)
    .map((lease) => ({ lease, paths: paths.filter(coversPath(lease.resource)) }))
    .filter((obstacle) => obstacle.paths.length > 0);
}
