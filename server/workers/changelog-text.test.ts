import { describe, expect, test } from "vitest";
import { toCommits, unreleased, withChapter } from "./changelog-text.ts";

const MONDAY = "2026-01-05T09:00:00.000Z";

function done(id: string, fields: object = {}) {
  return { id, title: `Title ${id}`, type: "feature" as const, completed_at: MONDAY, ...fields };
}

describe("[W15] the chapter of what is not released", () => {
  test("tells done tasks by their type, and commits that name none of them", () => {
    const commits = toCommits("a1\tFix (T-1)\nb2\tT-10: also\nc3\tTabs\tstay\n");
    const tasks = [
      done("T-1", { type: "bugfix" }),
      done("T-2", { title: "Two  lines\nand *stars* <b>" }),
      done("T-3", { type: "chore" }),
    ];
    expect(unreleased(tasks, commits, undefined)).toBe(
      [
        "## Unreleased",
        "### Features",
        "- Two lines and \\*stars\\* \\<b\\> (T-2)",
        "### Fixes",
        "- Title T-1 (T-1)",
        "### Chores",
        "- Title T-3 (T-3)",
        "### Other commits",
        "- T-10: also (b2)\n- Tabs stay (c3)",
      ].join("\n\n"),
    );
  });

  test("begins after the last release, whatever time zone that was made in", () => {
    const tasks = [
      done("T-1", { completed_at: "2026-01-05T08:59:59.999Z" }),
      done("T-2", { completed_at: "2026-01-05T09:00:00.001Z" }),
    ];
    expect(unreleased(tasks, [], "2026-01-05T10:00:00+01:00")).toBe(
      "## Unreleased\n\n### Features\n\n- Title T-2 (T-2)",
    );
  });

  test("is empty where there is nothing to tell", () => {
    expect(unreleased([], [], undefined)).toBe("");
  });
});

describe("[W15] its place", () => {
  const chapter = "## Unreleased\n\n- new";

  test.each([
    ["in a file of its own", "", "# Changelog\n\n## Unreleased\n\n- new\n"],
    ["behind the title", "# Log\n\nAbout.\n", "# Log\n\nAbout.\n\n## Unreleased\n\n- new\n"],
    [
      "before the newest release",
      "# Log\n\n## 1.0\n\n- old\n",
      "# Log\n\n## Unreleased\n\n- new\n\n## 1.0\n\n- old\n",
    ],
    [
      "where the old one stood",
      "# Log\r\n\r\n## [Unreleased]\r\n\r\n### Features\r\n\r\n- gone\r\n\r\n## 1.0\r\n\r\n- old\r\n",
      "# Log\n\n## Unreleased\n\n- new\n\n## 1.0\n\n- old\n",
    ],
    ["also at the end", "# Log\n\n## Unreleased\n\n- gone\n", "# Log\n\n## Unreleased\n\n- new\n"],
  ])("%s", (_, before, after) => {
    expect(withChapter(before, chapter)).toBe(after);
    // Once more changes nothing.
    expect(withChapter(after, chapter)).toBe(after);
  });
});
