/** `changelog`: CHANGELOG.md, from tasks that are done and commits that tell of no task. */
import { join } from "node:path";
import { toCommits, unreleased, withChapter } from "../changelog-text.ts";
import { failure, judgeEnding } from "../decide.ts";
import type { Executor } from "../executor.ts";
import { isPlain, readText, writeText } from "../files.ts";

const FILE = "CHANGELOG.md";

/** More than this is no changelog any more. */
const MOST_COMMITS = 500;

export const changelog: Executor = {
  name: "changelog",
  async run(job) {
    const { copy } = job;
    const described = await copy.run("git", ["describe", "--tags", "--abbrev=0"]);
    const tag = described.exit === 0 ? described.stdout.toString("utf8").trim() : undefined;
    const range = tag === undefined ? "HEAD" : `${tag}..HEAD`;
    const asked = ["log", "--no-merges", `--max-count=${MOST_COMMITS}`, "--format=%h%x09%s", range];
    const log = await copy.run("git", [...asked, "--"]);
    const ending = judgeEnding("git log", log);
    if (ending !== undefined) return ending;
    if (log.exit !== 0) return failure("git log failed", log.output);
    const released =
      tag === undefined
        ? undefined
        : await copy.run("git", ["log", "-1", "--format=%cI", tag, "--"]);

    const since = released?.stdout.toString("utf8").trim();
    const commits = toCommits(log.stdout.toString("utf8"));
    const chapter = unreleased(await job.doneTasks(), commits, since);
    const sinceWhen = tag === undefined ? "" : ` since ${tag}`;
    if (chapter === "") return { ok: true, summary: `nothing to tell${sinceWhen}` };
    const path = join(copy.folder, FILE);
    if (!isPlain(path)) return failure(`${FILE} is no plain file`);
    await writeText(path, withChapter((await readText(path)) ?? "", chapter));
    const diff = await copy.diff();
    if (!diff.ok) return diff;
    if (diff.patch === "") return { ok: true, summary: `${FILE} tells everything${sinceWhen}` };
    const summary = `${FILE}: what is not released yet${sinceWhen}`;
    return { ok: true, summary, artifact: { kind: "patch", content: diff.patch, base: copy.base } };
  },
};
