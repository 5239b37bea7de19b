/**
 * What a repository needs so that git and the board get along. Only the repository's own configuration
 * is written, never the person's.
 */
import { join, resolve } from "node:path";
import { realDisk } from "../store/disk.ts";
import { git } from "./git.ts";
import { guardStep } from "./hook.ts";
import type { Step } from "./step.ts";

/** How this very program is started again, by a Node and a file that are there now. */
export interface Program {
  readonly node: string;
  readonly main: string;
}

/** Undefined where the folder is in no repository, or there is no git. */
export function gitSteps(folder: string, program: Program): readonly Step[] | undefined {
  const asked = git(folder, ["rev-parse", "--show-toplevel", "--git-common-dir"]);
  const [top, common] = asked.text.split("\n");
  if (!asked.ok || top === undefined || common === undefined) return undefined;
  return [
    attributeStep(folder, "state/*.json", "state/tasks.json", "kyros"),
    attributeStep(folder, "events/*.jsonl", "events/events.jsonl", "union"),
    configStep(folder, "merge driver for state files", {
      "merge.kyros.name": "Kyros: by record and by field",
      "merge.kyros.driver": driverCommand(program),
    }),
    configStep(folder, "command of the guard", { "kyros.guard": guardCommand(program) }),
    guardStep(folder, top, resolve(folder, common)),
  ];
}

/** Whether git here knows how to merge a board at all; undefined as above. `init` sees to the rest. */
export function hasMergeDriver(folder: string): boolean | undefined {
  if (!git(folder, ["rev-parse", "--git-dir"]).ok) return undefined;
  return git(folder, ["config", "--get", "merge.kyros.driver"]).ok;
}

/** A clone without the driver merges by lines, as git does where it knows no driver of the name. */
function attributeStep(folder: string, pattern: string, example: string, merge: string): Step {
  const file = join(folder, ".gitattributes");
  const { text } = git(folder, ["check-attr", "merge", "--", example]);
  const found = /: merge: (.*)$/.exec(text)?.[1];
  const isForeign = found !== undefined && found !== "unspecified" && found !== merge;
  return {
    what: `.gitattributes: ${pattern} merge=${merge}`,
    isDone: found === merge,
    ...(isForeign && {
      obstacle: `.gitattributes has merge=${found} for ${pattern}; make it merge=${merge}, or leave it`,
    }),
    apply() {
      const before = realDisk.readText(file) ?? "";
      const gap = before === "" || before.endsWith("\n") ? "" : "\n";
      realDisk.writeText(file, `${before}${gap}${pattern} merge=${merge}\n`);
    },
  };
}

function configStep(
  folder: string,
  what: string,
  settings: Readonly<Record<string, string>>,
): Step {
  const open = Object.entries(settings).filter(
    ([key, value]) => git(folder, ["config", "--local", "--get", key]).text !== value,
  );
  return {
    what,
    isDone: open.length === 0,
    apply() {
      for (const [key, value] of open) {
        const { ok, complaint } = git(folder, ["config", "--local", "--replace-all", key, value]);
        if (!ok) throw new Error(`git config ${key} failed: ${complaint}`);
      }
    },
  };
}

/**
 * Node ends with 1 when a program cannot even be loaded, and to git 1 means that the conflict stands in
 * the file. Loaded like this, it is 4.
 */
const LOAD = `import(require("url").pathToFileURL(process.argv[1])).catch((e)=>{console.error(e.message);process.exit(4)})`;

function startCommand({ node, main }: Program): string {
  return `${quoted(node)} -e '${LOAD}' ${quoted(main)}`;
}

/** Where records cannot be merged, or the program is gone, by lines: nobody's change may just vanish. */
function driverCommand(program: Program): string {
  // A percent sign is git's: two of them are one.
  const start = startCommand(program).replaceAll("%", "%%");
  return (
    `${start} merge-driver %O %A %B %P; s=$?; test $s -le 1 && exit $s; ` +
    `git merge-file -L ours -L base -L theirs %A %O %B`
  );
}

/** Only what the guard says itself stops a commit, not that it cannot run. */
function guardCommand(program: Program): string {
  return `${startCommand(program)} guard || test $? -ne 1`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
