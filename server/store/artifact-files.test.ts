import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createArtifactFiles } from "./artifact-files.ts";

const folder = mkdtempSync(join(tmpdir(), "kyros-artifacts-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("[W3] a file is written whole, with its folders, and leaves nothing else behind", async () => {
  const files = createArtifactFiles(folder);
  expect(await files.write("artifacts/T-1/lint-0.md", "# Lint\n")).toBe(true);
  expect(readFileSync(join(folder, "artifacts/T-1/lint-0.md"), "utf8")).toBe("# Lint\n");
  expect(readdirSync(join(folder, "artifacts/T-1"))).toEqual(["lint-0.md"]);
});

test("[W3] what is there already stays", async () => {
  const files = createArtifactFiles(folder);
  await files.write("artifacts/T-1/lint-0.md", "first");
  expect(await files.write("artifacts/T-1/lint-0.md", "second")).toBe(false);
  expect(readFileSync(join(folder, "artifacts/T-1/lint-0.md"), "utf8")).toBe("first");
});

test("[W2] a file of a report that was refused is taken away", async () => {
  const files = createArtifactFiles(folder);
  await files.write("artifacts/T-1/lint-0.md", "# Lint\n");
  await files.remove("artifacts/T-1/lint-0.md");
  expect(existsSync(join(folder, "artifacts/T-1/lint-0.md"))).toBe(false);
});

test("a disk that does not take it is a fault that says so, and nothing is left", async () => {
  const blocked = join(folder, "board");
  await createArtifactFiles(folder).write("board/x", "");
  writeFileSync(join(blocked, "artifacts"), "a file where a folder should be");
  const writing = createArtifactFiles(blocked).write("artifacts/T-1/lint-0.md", "# Lint\n");
  await expect(writing).rejects.toMatchObject({
    name: "StoreFault",
    code: "store-unavailable",
    message: expect.stringContaining("artifacts/T-1/lint-0.md cannot be written") as string,
  });
  expect(readdirSync(blocked).toSorted()).toEqual(["artifacts", "x"]);
});
