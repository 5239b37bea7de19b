import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isUnused, scaffold } from "./scaffold.ts";

let parent: string;
let folder: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "kyros-scaffold-"));
  folder = join(parent, "deep/board");
});
afterEach(() => rmSync(parent, { recursive: true }));

test("a folder is unused while it is not there or empty", () => {
  expect(isUnused(folder)).toBe(true);
  mkdirSync(folder, { recursive: true });
  expect(isUnused(folder)).toBe(true);
  writeFileSync(join(folder, "note.txt"), "");
  expect(isUnused(folder)).toBe(false);
});

test("what is missing is written, the folder included, and named", () => {
  expect(scaffold(folder)).toEqual(["README.md", ".gitignore", ".gitattributes"]);
  expect(readFileSync(join(folder, ".gitignore"), "utf8")).toBe(".kyros/\n");
});

test("what is there is left alone", () => {
  scaffold(folder);
  writeFileSync(join(folder, ".gitignore"), "mine\n");
  rmSync(join(folder, "README.md"));
  expect(scaffold(folder)).toEqual(["README.md"]);
  expect(readFileSync(join(folder, ".gitignore"), "utf8")).toBe("mine\n");
});
