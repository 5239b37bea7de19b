import { expect, test } from "vitest";
import { isMarkdown, pathsOf, plainFiles, toPathspecs } from "./paths.ts";

test("[W13] labels that begin with path: name the files, each within the repository", () => {
  expect(pathsOf(["docs", "path:docs/**", "executor:docs/format", "path:./README.md"])).toEqual({
    ok: true,
    globs: ["docs/**", "README.md"],
  });
});

test.each(["path:/etc/**", "path:../other", "path:docs/../../x", "path:", "path:./"])(
  "[W13] %s leads out of it",
  (label) => {
    expect(pathsOf(["path:docs/**", label]).ok).toBe(false);
  },
);

test("[W13] a name with two dots in it is a name", () => {
  expect(pathsOf(["path:docs/v1..v2.md"])).toEqual({ ok: true, globs: ["docs/v1..v2.md"] });
});

test("[W13] git reads them as globs, whatever they begin with", () => {
  expect(toPathspecs(["docs/**", ":!secret"])).toEqual([":(glob)docs/**", ":(glob):!secret"]);
});

test("[W13] links and submodules are no files to be formatted", () => {
  const listing = [
    "100644 1f7a 0\tdocs/a b.md",
    "100755 1f7a 0\tdocs/run.md",
    "120000 1f7a 0\tdocs/link.md",
    "160000 1f7a 0\tvendor",
    "",
  ].join("\0");
  expect(plainFiles(listing)).toEqual(["docs/a b.md", "docs/run.md"]);
});

test("[W13] Markdown is told by the end of its name", () => {
  const names = ["a.md", "A.MD", "b.markdown", "c.mdx", "md", "d.md.txt"];
  expect(names.filter(isMarkdown)).toEqual(["a.md", "A.MD", "b.markdown"]);
});
