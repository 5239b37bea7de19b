/**
 * A copy of the repository for one attempt: its last commit, in a temporary folder.
 *
 * A clone that shares the objects costs little more than writing out the files. Unlike `git worktree` it
 * leaves nothing in the repository itself: no branch, no lock, and nothing to prune after a crash.
 */
import { isUtf8 } from "node:buffer";
import { join } from "node:path";
import { runChild, type Ran } from "./child.ts";
import { failure, judgeEnding, passing, type Failure } from "./decide.ts";
import { exists, link, makeFolder, removeFolder } from "./files.ts";
import { environmentOf, type Sandbox } from "./sandbox.ts";
import { newScratch } from "./scratch.ts";

export interface WorkingCopy {
  readonly folder: string;
  /** The commit that it shows. */
  readonly base: string;
  /** In the copy and in the sandbox. */
  run(command: string, args: readonly string[]): Promise<Ran>;
  /** What was changed, for `git apply`; empty when nothing was. */
  diff(): Promise<{ readonly ok: true; readonly patch: string } | Failure>;
  remove(): Promise<void>;
}

export interface CopySettings {
  /** The repository's root. */
  readonly repository: string;
  readonly sandbox: Sandbox;
  /** Where programs are found. */
  readonly path: string;
  readonly limitMs: number;
}

type Opened = { readonly ok: true; readonly copy: WorkingCopy } | Failure;

export async function openCopy(settings: CopySettings, signal: AbortSignal): Promise<Opened> {
  const scratch = await newScratch();
  try {
    const opened = await fill(scratch, settings, signal);
    if (!opened.ok) await removeFolder(scratch);
    return opened;
  } catch (error) {
    await removeFolder(scratch);
    throw error;
  }
}

async function fill(scratch: string, settings: CopySettings, signal: AbortSignal): Promise<Opened> {
  const { repository, limitMs } = settings;
  const folder = join(scratch, "copy");
  // No template: a hook in it would run outside of the sandbox.
  const clone = ["clone", "--quiet", "--shared", "--template=", repository, folder];
  const cloned = await git(clone, { cwd: scratch, limitMs, signal });
  if (cloned !== undefined) return cloned;
  // Nobody shall push into the repository from here.
  const detached = await git(["remote", "remove", "origin"], { cwd: folder, limitMs, signal });
  if (detached !== undefined) return detached;
  const folders = { home: join(scratch, "home"), temporary: join(scratch, "tmp") };
  await makeFolder(folders.home);
  await makeFolder(folders.temporary);
  // What is installed is not in git, and a linter is nothing without it.
  const installed = join(repository, "node_modules");
  const place = join(folder, "node_modules");
  if (exists(installed) && !exists(place)) await link(installed, place);

  const run = sandboxed(settings, { cwd: folder, folders, signal });
  const head = await run("git", ["rev-parse", "HEAD"]);
  if (head.exit !== 0) return failure("the repository has no commit to work on", head.output);
  const base = head.stdout.toString("utf8").trim();
  const copy: WorkingCopy = {
    folder,
    base,
    run,
    diff: () => diff(run),
    remove: () => removeFolder(scratch),
  };
  return { ok: true, copy };
}

async function git(
  args: readonly string[],
  where: { readonly cwd: string; readonly limitMs: number; readonly signal: AbortSignal },
): Promise<Failure | undefined> {
  const ran = await runChild({ command: "git", args, ...where });
  if (ran.exit === 0) return undefined;
  const what = `git ${args[0]}`;
  return judgeEnding(what, ran) ?? passing(`${what} failed with exit code ${ran.exit}`, ran.output);
}

function sandboxed(
  { sandbox, path, limitMs }: CopySettings,
  where: {
    readonly cwd: string;
    readonly folders: { readonly home: string; readonly temporary: string };
    readonly signal: AbortSignal;
  },
): WorkingCopy["run"] {
  const { cwd, folders, signal } = where;
  const env = environmentOf(path, folders);
  return (command, args) => {
    const [first = command, ...rest] = [...sandbox.prefix, command, ...args];
    return runChild({ command: first, args: rest, cwd, env, limitMs, signal });
  };
}

const DIFF = [
  "diff",
  "--binary",
  "--no-color",
  "--no-ext-diff",
  "--no-textconv",
  "--src-prefix=a/",
  "--dst-prefix=b/",
  "HEAD",
  "--",
  ".",
  ":(exclude)node_modules",
];

async function diff(run: WorkingCopy["run"]): ReturnType<WorkingCopy["diff"]> {
  // New files count as changes too.
  const added = await run("git", ["add", "--intent-to-add", "--", ".", ":(exclude)node_modules"]);
  const ran = added.exit === 0 ? await run("git", DIFF) : added;
  if (ran.exit !== 0) return judgeEnding("git diff", ran) ?? failure("git diff failed", ran.output);
  if (ran.isCut) return failure("the change is larger than 8 MB; name fewer paths");
  if (!isUtf8(ran.stdout)) return failure("the change is not UTF-8, so no patch can carry it");
  return { ok: true, patch: ran.stdout.toString("utf8") };
}
