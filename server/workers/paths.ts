/** How a task names its files: by labels such as `path:docs/**`. */

const PREFIX = "path:";

export type Paths =
  | { readonly ok: true; readonly globs: readonly string[] }
  | { readonly ok: false; readonly reason: string };

/** At least one, each within the repository. */
export function pathsOf(labels: readonly string[]): Paths {
  const globs = labels
    .filter((label) => label.startsWith(PREFIX))
    .map((label) => label.slice(PREFIX.length).replace(/^(\.\/)+/, ""));
  const [outside] = globs.filter((glob) => !isInside(glob));
  if (outside !== undefined) {
    return { ok: false, reason: `the label path:${outside} leads out of the repository` };
  }
  if (globs.length === 0) {
    return { ok: false, reason: "no label names the files: add one such as path:docs/**" };
  }
  return { ok: true, globs };
}

function isInside(glob: string): boolean {
  return glob !== "" && !glob.startsWith("/") && !glob.split("/").includes("..");
}

/** As git reads them: `*` stays in one folder, `**` does not, and a folder means all in it. */
export function toPathspecs(globs: readonly string[]): string[] {
  return globs.map((glob) => `:(glob)${glob}`);
}

/** Plain files of `git ls-files --stage -z`: no links, no submodules. */
export function plainFiles(listing: string): string[] {
  return listing
    .split("\0")
    .filter((line) => line.startsWith("100"))
    .map((line) => line.slice(line.indexOf("\t") + 1));
}

export function isMarkdown(path: string): boolean {
  return /\.(md|markdown)$/i.test(path);
}
