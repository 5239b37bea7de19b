import * as fc from "fast-check";
import picomatch from "picomatch";
import { describe, expect, test } from "vitest";
import { compileGlob, compilePath, overlaps } from "./glob.ts";

/** Dot files are files, and `[!a]` means what it means in a shell. */
const JUDGE = { dot: true, posix: true };

const overlap = (a: string, b: string) => overlaps(compileGlob(a), compileGlob(b));
const matches = (path: string, glob: string) => overlaps(compilePath(path), compileGlob(glob));

describe("[L6] two globs overlap exactly when a file can match both", () => {
  test.each([
    ["src/a.ts", "src/a.ts"],
    ["src/*.ts", "src/a.*"],
    ["src/**", "src/a/b/c.ts"],
    ["src/**", "src"],
    ["**", "anything/at/all"],
    ["**/*.ts", "src/deep/down.ts"],
    ["**/*.ts", "top.ts"],
    ["src/**/test/*.ts", "src/test/a.ts"],
    ["src/**/test/*.ts", "src/a/b/test/c.ts"],
    ["src/**/a.ts", "**/b/a.ts"],
    ["src/?.ts", "src/x.ts"],
    ["src/[a-c].ts", "src/[c-e].ts"],
    ["src/[!a].ts", "src/b.ts"],
    ["{src,docs}/**", "docs/*.md"],
    ["src/{a,b{1,2}}.ts", "src/b2.ts"],
    ["*a*b*", "xaybz"],
    ["src/*", "src/.env"],
    ["app/[id]/page.ts", "app/[id]/page.ts"],
    ["app/[id]/page.ts", "app/i/page.ts"],
    ["app/(group)/page.ts", "app/(group)/page.ts"],
    [String.raw`app/\[id\]/page.ts`, "app/[id]/page.ts"],
    ["a/**/**/b", "a/b"],
    ["src/[[:alpha:]].ts", "src/q.ts"],
    ["src/{a}.ts", "src/{a}.ts"],
    ["src/{a", "src/{a"],
    ["src/[a", "src/[a"],
    ["src/a**", "src/abc"],
    ["src/**.ts", "src/a/b.ts"],
  ])("%s and %s do", (a, b) => {
    expect(overlap(a, b)).toBe(true);
  });

  test.each([
    ["src/a.ts", "src/b.ts"],
    ["src/*.ts", "src/*.js"],
    ["src/*", "src/a/b"],
    ["src/*", "src"],
    ["src/**", "srcs/a"],
    ["src/**", "docs/**"],
    ["src/*.ts", "src/a/b.ts"],
    ["**/*.ts", "a/b.tsx"],
    ["src/?.ts", "src/xy.ts"],
    ["src/?", "src/a/b"],
    ["src/[a-c].ts", "src/[d-e].ts"],
    ["src/[!a].ts", "src/a.ts"],
    ["a[!x]b", "a/b"],
    ["{src,docs}/**", "test/**"],
    ["src/{a,b}.ts", "src/c.ts"],
    ["a*b", "b*a"],
    ["a/**/c", "a/b/d"],
    [String.raw`src/\*.ts`, "src/a.ts"],
    ["src/{a}.ts", "src/a.ts"],
    ["SRC/a", "src/a"],
  ])("%s and %s do not", (a, b) => {
    expect(overlap(a, b)).toBe(false);
    expect(overlap(b, a)).toBe(false);
  });
});

describe("a path is taken as it is", () => {
  test.each([
    ["app/[id]/page.ts", "app/**", true],
    ["app/[id]/page.ts", "app/i/page.ts", false],
    ["a*b", "a*b", true],
    ["a*b", "axb", false],
    ["src/a.ts", "src/*.ts", true],
    ["src/a.ts", "src/*.js", false],
  ])("%s under %s: %s", (path, glob, expected) => {
    expect(matches(path, glob)).toBe(expected);
  });
});

const name = fc.stringMatching(/^[ab.]{0,2}[ab]$/);
const literalPath = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const atom = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("a", "b", ".", "c") },
  { weight: 3, arbitrary: fc.constantFrom("*", "?", "[ab]", "[!a]", "[b-c]", "[^b]") },
  { weight: 1, arbitrary: fc.constantFrom("{a,b}", "a{b,bc,}", "{a*,?b}", "{a,{b,c}}") },
);
const segment = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(atom, { minLength: 1, maxLength: 4 }).map((all) => all.join("")),
  },
  { weight: 2, arbitrary: fc.constant("**") },
);
const glob = fc
  .array(segment, { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join("/"))
  .filter((text) => !/(^|\/)\.{1,2}(\/|$)/.test(text));

/** A glob made from a path, so that it mostly matches it. */
const globFor = (path: string) =>
  fc
    .tuple(
      ...path.split("/").map((part) => fc.oneof(fc.constant("**"), blurred(part), blurred(part))),
    )
    .map((parts) => parts.join("/"));
const blurred = (part: string) =>
  fc
    .tuple(
      ...Array.from(part, (char) =>
        fc.constantFrom(
          char,
          char,
          "?",
          "*",
          `[${char}c]`,
          "[!c]",
          `{${char},c}`,
          `{c,{*,${char}}}`,
        ),
      ),
    )
    .map((chars) => chars.join(""));
const pathAndTwoGlobs = literalPath.chain((path) =>
  fc.tuple(fc.constant(path), fc.oneof(globFor(path), glob), globFor(path)),
);

describe("laws", () => {
  test("[L7] what picomatch finds in both is an overlap: no shared file is ever missed", () => {
    let seen = 0;
    fc.assert(
      fc.property(pathAndTwoGlobs, ([path, a, b]) => {
        if (![a, b].every((text) => picomatch.isMatch(path, text, JUDGE))) return;
        seen += 1;
        expect({ a, b, overlap: overlap(a, b) }).toEqual({ a, b, overlap: true });
        expect({ a, path, matches: matches(path, a) }).toEqual({ a, path, matches: true });
      }),
      { numRuns: 3_000 },
    );
    expect(seen).toBeGreaterThan(500);
  });

  test("and nothing else, where nothing is said to be wider", () => {
    // Of `x/**`, picomatch lets x itself match unless x ends in a star; here it always does.
    const wider = /[[{]|[^/]\*\*|\*\*[^/]|\*(\/\*\*)+$/;
    const exact = glob.filter((text) => !wider.test(text));
    fc.assert(
      fc.property(exact, literalPath, (text, path) => {
        expect(matches(path, text)).toBe(picomatch.isMatch(path, text, JUDGE));
      }),
      { numRuns: 3_000 },
    );
  });

  test("overlap does not ask who came first", () => {
    fc.assert(
      fc.property(glob, glob, (a, b) => {
        expect(overlap(a, b)).toBe(overlap(b, a));
      }),
    );
  });

  test("every glob overlaps itself", () => {
    fc.assert(
      fc.property(glob, (text) => {
        expect(overlap(text, text)).toBe(true);
      }),
    );
  });

  test("any text at all is a pattern", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.string({ maxLength: 60 }), (a, b) => {
        expect(typeof overlap(a, b)).toBe("boolean");
      }),
    );
  });
});

test("[L8] patterns made to take long do not: walks are bounded by the product of the lengths", () => {
  const evil = [
    "*a".repeat(249),
    "{a,b}".repeat(99),
    "{a,".repeat(160),
    "[".repeat(499),
    "?*".repeat(249),
  ];
  for (const a of evil) {
    for (const b of evil) {
      const automata = [compileGlob(`${a}x`), compileGlob(`${b}y`)] as const;
      expect(automata[0].edges.length).toBeLessThan(3_000);
      expect(overlaps(...automata)).toBe(false);
    }
  }
});
