/**
 * Where the board of a repository is. All worktrees of a repository share one: the folder in the main
 * worktree. The copy that git checks out in a linked one is only what that branch last committed; two
 * servers, each on its own copy, would each give away the same task.
 *
 * Read from git's files, not asked of git: every command starts with this.
 */
import { dirname, join, relative, resolve } from "node:path";
import { exists, readText } from "../store/peek.ts";

const BOARD = "collaboration";

/** @param given by an option or `KYROS_DIR`: then that is it. */
export function boardFolder(cwd: string, given: string | undefined): string {
  if (given !== undefined) return resolve(cwd, given);
  const here = join(cwd, BOARD);
  const top = worktreeOf(cwd);
  const main = top && mainOf(top);
  if (top === undefined || main === undefined) return here;
  const shared = [join(main, relative(top, cwd), BOARD), join(main, BOARD)];
  return shared.find(isBoard) ?? here;
}

function isBoard(folder: string): boolean {
  return exists(join(folder, "state")) || exists(join(folder, "events"));
}

/** The top of the worktree around a folder: `.git` is a folder there, or a file that names one. */
export function worktreeOf(folder: string): string | undefined {
  if (exists(join(folder, ".git"))) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : worktreeOf(parent);
}

/**
 * The main worktree; undefined where this repository has none (a bare one) or hides it (a submodule's
 * main worktree is itself).
 */
function mainOf(top: string): string | undefined {
  const named = /^gitdir: (.+)$/m.exec(readText(join(top, ".git")) ?? "")?.[1];
  if (named === undefined) return top;
  const gitFolder = resolve(top, named.trim());
  const common = readText(join(gitFolder, "commondir"))?.trim();
  if (common === undefined) return top;
  const commonFolder = resolve(gitFolder, common);
  return /[\\/]\.git$/.test(commonFolder) ? dirname(commonFolder) : undefined;
}
