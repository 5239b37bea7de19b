import { describe, expect, test } from "vitest";
import { evaluate, parseTags } from "./conditional.ts";

describe("[H20] the fields that carry entity tags", () => {
  test.each([
    [`"a"`, [`"a"`]],
    [`W/"a"`, [`W/"a"`]],
    [`"a","b"`, [`"a"`, `"b"`]],
    [`"a" , W/"b",\t"c"`, [`"a"`, `W/"b"`, `"c"`]],
    [`"a, b"`, undefined],
    [`"a,b"`, [`"a,b"`]],
    [`""`, [`""`]],
    [`,"a",,`, [`"a"`]],
    ["", []],
    ["*", "*"],
    [" * ", "*"],
    ["a", undefined],
    [`"a`, undefined],
    [`w/"a"`, undefined],
    [`*, "a"`, undefined],
    [`"a", *`, undefined],
    [`"a" "b"`, undefined],
    [`"a"b`, undefined],
    [`"a\u0001"`, undefined],
  ])("%s reads as %j", (value, tags) => {
    const parsed = parseTags("If-Match", value);
    expect(parsed.ok ? parsed.tags : undefined).toEqual(tags);
  });

  test("[H20] a refusal names the header and shows what a tag looks like", () => {
    const parsed = parseTags("If-Match", "3-abc");
    expect(parsed).toMatchObject({ ok: false, code: "malformed" });
    expect(parsed.ok ? "" : parsed.detail).toContain(`If-Match: "3-Xy…"`);
  });
});

describe("[H21] precedence and comparison", () => {
  const none = undefined;
  test.each([
    // If-Match, If-None-Match, exists, read → , write →
    [none, none, true, "proceed", "proceed"],
    [none, none, false, "proceed", "proceed"],
    ["*", none, true, "proceed", "proceed"],
    ["*", none, false, "precondition-failed", "precondition-failed"],
    [[`"now"`], none, true, "proceed", "proceed"],
    [[`"now"`], none, false, "precondition-failed", "precondition-failed"],
    [[`"old"`], none, true, "precondition-failed", "precondition-failed"],
    [[`W/"now"`], none, true, "precondition-failed", "precondition-failed"],
    [[`"old"`, `"now"`], none, true, "proceed", "proceed"],
    [[], none, true, "precondition-failed", "precondition-failed"],
    [none, "*", true, "not-modified", "precondition-failed"],
    [none, "*", false, "proceed", "proceed"],
    [none, [`"now"`], true, "not-modified", "precondition-failed"],
    [none, [`W/"now"`], true, "not-modified", "precondition-failed"],
    [none, [`"old"`], true, "proceed", "proceed"],
    [none, [`"old"`, `W/"now"`], true, "not-modified", "precondition-failed"],
    [none, [], true, "proceed", "proceed"],
    [[`"now"`], [`"now"`], true, "not-modified", "precondition-failed"],
    [[`"now"`], [`"old"`], true, "proceed", "proceed"],
    [[`"old"`], [`"now"`], true, "precondition-failed", "precondition-failed"],
  ] as const)(
    "If-Match %j, If-None-Match %j, exists %s",
    (match, noneMatch, exists, read, write) => {
      const current = exists ? [`"now"`] : [];
      const given = { ifMatch: match, ifNoneMatch: noneMatch };
      expect(evaluate(given, current, true)).toBe(read);
      expect(evaluate(given, current, false)).toBe(write);
    },
  );

  test("[H22] If-Match takes the collection's tag for a record, If-None-Match only the record's own", () => {
    const current = [`"3-x"`, `"c9"`];
    expect(evaluate({ ifMatch: [`"c9"`] }, current, false)).toBe("proceed");
    expect(evaluate({ ifNoneMatch: [`"c9"`] }, current, true)).toBe("proceed");
  });
});
