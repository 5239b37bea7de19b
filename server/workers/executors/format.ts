/** `docs/format`: Prettier over the Markdown that the task names. */
import { fileURLToPath } from "node:url";
import { failure, judgeEnding, type Outcome } from "../decide.ts";
import type { Executor, Job } from "../executor.ts";
import { isMarkdown, pathsOf, plainFiles, toPathspecs } from "../paths.ts";

/** As many as fit on any command line. */
const FILES_AT_ONCE = 200;

export const format: Executor = {
  name: "docs/format",
  async run(job) {
    const files = await findFiles(job);
    if (!files.ok) return files;
    // Run as a program of its own, so that the worker never loads what a repository's settings name.
    const prettier = fileURLToPath(import.meta.resolve("prettier/bin/prettier.cjs"));
    for (let at = 0; at < files.paths.length; at += FILES_AT_ONCE) {
      const some = files.paths.slice(at, at + FILES_AT_ONCE);
      const args = [prettier, "--write", "--log-level", "warn", "--", ...some];
      const ran = await job.copy.run(process.execPath, args);
      const ending = judgeEnding("Prettier", ran);
      if (ending !== undefined) return ending;
      if (ran.exit !== 0) return failure("Prettier could not format every file", ran.output);
    }
    return toOutcome(job, files.paths.length);
  },
};

type Found = { readonly ok: true; readonly paths: readonly string[] } | (Outcome & { ok: false });

async function findFiles({ task, copy, boardFolder }: Job): Promise<Found> {
  const named = pathsOf(task.labels);
  if (!named.ok) return failure(named.reason);
  const listed = await copy.run("git", [
    "ls-files",
    "--stage",
    "-z",
    "--",
    ...toPathspecs(named.globs),
  ]);
  const ending = judgeEnding("git ls-files", listed);
  if (ending !== undefined) return ending;
  if (listed.exit !== 0) return failure("git does not understand the paths", listed.output);
  const paths = plainFiles(listed.stdout.toString("utf8"))
    .filter(isMarkdown)
    // The board is the server's to write.
    .filter((path) => boardFolder === undefined || !path.startsWith(`${boardFolder}/`));
  if (paths.length > 0) return { ok: true, paths };
  return failure(`no Markdown file in git matches ${named.globs.join(", ")}`);
}

async function toOutcome({ copy }: Job, files: number): Promise<Outcome> {
  const diff = await copy.diff();
  if (!diff.ok) return diff;
  const of = files === 1 ? "1 Markdown file" : `${files} Markdown files`;
  if (diff.patch === "") return { ok: true, summary: `${of}: formatted already` };
  const changed = diff.patch.match(/^diff --git /gm)?.length ?? 0;
  const summary = `${of}: ${changed} to be formatted`;
  return { ok: true, summary, artifact: { kind: "patch", content: diff.patch, base: copy.base } };
}
