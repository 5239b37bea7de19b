/** What a changelog says, from done tasks and commits. */
import type { Task, TaskType } from "#contracts/task";

export interface Commit {
  readonly hash: string;
  readonly subject: string;
}

type Done = Pick<Task, "id" | "title" | "type" | "completed_at">;

const HEADINGS: Record<TaskType, string> = {
  feature: "Features",
  bugfix: "Fixes",
  docs: "Documentation",
  test: "Tests",
  chore: "Chores",
};

const UNRELEASED = "## Unreleased";

/** From the lines of `git log --format=%h%x09%s`. */
export function toCommits(log: string): Commit[] {
  return log
    .split("\n")
    .filter((line) => line.includes("\t"))
    .map((line) => {
      const [hash = "", ...subject] = line.split("\t");
      return { hash, subject: subject.join("\t") };
    });
}

/**
 * The chapter of what is not released yet. A commit that names a done task is told by that task.
 *
 * @param since when the last release was; undefined: there was none.
 */
export function unreleased(
  tasks: readonly Done[],
  commits: readonly Commit[],
  since: string | undefined,
): string {
  const done = tasks.filter(
    ({ completed_at: at }) =>
      at !== null && (since === undefined || Date.parse(at) > Date.parse(since)),
  );
  const groups = Object.entries(HEADINGS).map(([type, heading]) => {
    const lines = done
      .filter((task) => task.type === type)
      .map(({ id, title }) => `${title} (${id})`);
    return { heading, lines };
  });
  const untold = commits.filter(({ subject }) => !done.some(({ id }) => names(subject, id)));
  const lines = untold.map(({ hash, subject }) => `${subject} (${hash})`);
  const chapters = [...groups, { heading: "Other commits", lines }]
    .filter((group) => group.lines.length > 0)
    .map((group) => [`### ${group.heading}`, "", ...group.lines.map(toItem)].join("\n"));
  return chapters.length === 0 ? "" : [UNRELEASED, ...chapters].join("\n\n");
}

/** `T-10` does not name T-1. */
function names(subject: string, id: string): boolean {
  return subject.split(/[^A-Za-z0-9-]+/).includes(id);
}

/** Titles are text, whatever Markdown would make of them. */
function toItem(text: string): string {
  return `- ${text
    .replaceAll(/\s+/g, " ")
    .trim()
    .replaceAll(/[\\`*_[\]<>]/g, (mark) => `\\${mark}`)}`;
}

/** Puts the chapter in the place of the old one, or before the newest release. */
export function withChapter(changelog: string, chapter: string): string {
  const text = changelog.replaceAll("\r\n", "\n");
  if (text.trim() === "") return `# Changelog\n\n${chapter}\n`;
  const headings = [...text.matchAll(/^## .*$/gm)];
  const own = headings.findIndex(([line]) => /^## \[?unreleased\b/i.test(line));
  const from = headings[Math.max(own, 0)]?.index ?? text.length;
  const to = own < 0 ? from : (headings[own + 1]?.index ?? text.length);
  const before = text.slice(0, from).trimEnd();
  const behind = text.slice(to).trim();
  return `${[before, chapter, behind].filter((part) => part !== "").join("\n\n")}\n`;
}
