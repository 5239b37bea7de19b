/** The numbered rules of docs/spec and the titles of the tests, held against each other. */
import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const RULE = /^- \*\*([A-Z]{1,2}\d+)\*\*/gm;
const CITED = /\[([A-Z]{1,2}\d+)\]/g;
const TITLE = /\b(?:test|it|describe)(?:\.each\([\s\S]*?\))?\(\s*(["'`])([\s\S]*?)\1/g;

const specs = globSync("docs/spec/*.md");
const tests = globSync("{contracts,server,console,e2e,scripts}/**/*.test.{ts,tsx}");

const rules = new Map(
  specs.flatMap((file) => matches(read(file), RULE).map((rule) => [rule, file] as const)),
);
const cited = new Map(
  tests.flatMap((file) =>
    titles(read(file)).flatMap((title) =>
      matches(title, CITED).map((rule) => [rule, file] as const),
    ),
  ),
);

test("there are specifications and tests to compare", () => {
  expect(specs.length).toBeGreaterThanOrEqual(5);
  expect(rules.size).toBeGreaterThanOrEqual(60);
  expect(cited.size).toBeGreaterThanOrEqual(60);
});

test("no rule is numbered twice", () => {
  const all = specs.flatMap((file) => matches(read(file), RULE));
  expect(all.filter((rule, index) => all.indexOf(rule) !== index)).toEqual([]);
});

test("every rule is held by a test whose title cites it", () => {
  const uncited = [...rules].filter(([rule]) => !cited.has(rule));
  expect(uncited.map(([rule, file]) => `${rule} of ${file}`)).toEqual([]);
});

test("every rule that a test cites is written down", () => {
  const unknown = [...cited].filter(([rule]) => !rules.has(rule));
  expect(unknown.map(([rule, file]) => `${rule} in ${file}`)).toEqual([]);
});

function titles(source: string): string[] {
  return [...source.matchAll(TITLE)].map((match) => match[2] ?? "");
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? "");
}

function read(file: string): string {
  return readFileSync(file, "utf8");
}
