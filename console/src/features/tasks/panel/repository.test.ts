import { expect, it } from "vitest";
import { branchProblem, repositoryProblem, toShortAddress, toWebLink } from "./repository.ts";

it.each([
  ["https://github.com/kyros/board", "https://github.com/kyros/board"],
  ["http://localhost:3000/x?y=1#z", "http://localhost:3000/x?y=1#z"],
  ["javascript:alert(1)", undefined],
  ["  JaVaScRiPt:alert(1)", undefined],
  ["data:text/html,<script>alert(1)</script>", undefined],
  ["file:///etc/passwd", undefined],
  ["git@github.com:kyros/board.git", undefined],
  ["//evil.example", undefined],
  ["", undefined],
])("%s is a link to %s", (text, link) => {
  expect(toWebLink(text)).toBe(link);
});

it("an address that is no link to the web is not taken", () => {
  expect(repositoryProblem("https://example.org/x.git")).toBeUndefined();
  expect(repositoryProblem("")).toBeUndefined();
  expect(repositoryProblem("javascript:alert(1)")).toBe(
    "Give an address that begins with https:// or http://.",
  );
});

it("an address is shown without what every address has", () => {
  expect(toShortAddress("https://github.com/kyros/board.git")).toBe("github.com/kyros/board");
  expect(toShortAddress("https://example.org/")).toBe("example.org");
});

it.each(["main", "feature/T-100-lease", "a.b", "ünïcode", "x@y"])("%s may be a branch", (name) => {
  expect(branchProblem(name)).toBeUndefined();
});

it.each([
  "two words",
  "a..b",
  "a~1",
  "a^",
  "a:b",
  "a?",
  "a*",
  "a[b",
  "a\\b",
  "-a",
  "/a",
  "a/",
  "a//b",
  "a.",
  ".a",
  "a/.b",
  "a.lock",
  "a.lock/b",
  "@",
  "a@{b",
])("%s may not be a branch", (name) => {
  expect(branchProblem(name)).toBeTypeOf("string");
});
