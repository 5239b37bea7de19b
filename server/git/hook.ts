/**
 * The guard in the pre-commit hook. It is one line of its own in whatever hook there is, between two
 * marks: a hook that somebody wrote is never replaced or moved. The line holds no path of this machine,
 * since hooks may be kept in the repository: what to run is in its configuration, and where that is
 * not, nothing is run.
 */
import { basename, dirname, join, resolve } from "node:path";
import { followLink, makeExecutable, realDisk } from "../store/disk.ts";
import { isUnder } from "./is-under.ts";
import { git } from "./git.ts";
import type { Step } from "./step.ts";

export const GUARD_LINE = `sh -c "$(git config kyros.guard)" || exit 1`;

const BLOCK = `# >>> kyros: what somebody else holds is not committed (docs/git.md)
${GUARD_LINE}
# <<< kyros
`;

const WHAT = "guard in the pre-commit hook";

export function guardStep(folder: string, top: string, commonFolder: string): Step {
  const file = followLink(hookFile(folder, top, commonFolder));
  const before = realDisk.readText(file);
  const isDone =
    before?.includes("kyros.guard") === true || before?.includes("kyros guard") === true;
  const isOurs = isUnder(top, file) || isUnder(commonFolder, file);
  const obstacle = isOurs ? problemWith(file, before) : `${file} is for other repositories too`;
  return {
    what: `${WHAT} (${file})`,
    isDone,
    ...(obstacle !== undefined && {
      obstacle: `${obstacle}. To have the guard, add to it what does: ${GUARD_LINE}`,
    }),
    apply() {
      realDisk.makeFolder(followLink(dirname(file)));
      realDisk.writeText(file, withBlock(before));
      if (before === undefined) makeExecutable(file);
    },
  };
}

/** Where git looks; husky's own folder is made anew each time, and leads to the file beside it. */
function hookFile(folder: string, top: string, commonFolder: string): string {
  const { ok, text } = git(folder, ["config", "--type=path", "--get", "core.hooksPath"]);
  const hooks = ok && text !== "" ? resolve(top, text) : join(commonFolder, "hooks");
  const isHusky = basename(hooks) === "_" && basename(dirname(hooks)) === ".husky";
  return join(isHusky ? dirname(hooks) : hooks, "pre-commit");
}

function problemWith(file: string, text: string | undefined): string | undefined {
  const first = /^#!.*/.exec(text ?? "")?.[0];
  if (first === undefined || /\b(ba|da|k|z)?sh\b/.test(first)) return undefined;
  return `${file} is no shell script`;
}

/** Before everything else in it: a hook may end with `exec` or `exit`. */
function withBlock(before: string | undefined): string {
  if (before === undefined) return `#!/bin/sh\n${BLOCK}`;
  const head = /^#!.*(\n|$)/.exec(before)?.[0] ?? "";
  const gap = head === "" || head.endsWith("\n") ? "" : "\n";
  return `${head}${gap}${BLOCK}${before.slice(head.length)}`;
}
