import canonicalize from "canonicalize";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digest, digestMembers, sameJson, toEtag, toMembers, versionOf } from "./canonical.ts";

describe("equality", () => {
  test("two values are the same JSON exactly when their canonical forms are", () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const pair = fc.oneof(
      fc.tuple(value, value),
      value.map((one) => [one, JSON.parse(JSON.stringify(one)) as unknown] as const),
    );
    fc.assert(
      fc.property(pair, ([a, b]) => {
        expect(sameJson(a, b)).toBe(canonicalize(a) === canonicalize(b));
      }),
    );
  });

  test("the order of members does not count, and an undefined member is none", () => {
    expect(sameJson({ a: 1, b: [2] }, { b: [2], c: undefined, a: 1 })).toBe(true);
  });

  test("a name that every object inherits is a name like any other", () => {
    expect(sameJson(JSON.parse('{"__proto__": {}}'), { other: {} })).toBe(false);
    expect(sameJson({ toString: "a" }, { valueOf: "a" })).toBe(false);
  });

  test("a member that is null is not a member that is absent", () => {
    expect(sameJson({ a: null }, {})).toBe(false);
  });
});

describe("digests", () => {
  test("are those of RFC 8785: the order of members and the writing of numbers do not count", () => {
    expect(digest({ b: 1, a: [1.0, 2] })).toBe(digest({ a: [1, 2], b: 1 }));
    expect(digest({ a: [2, 1] })).not.toBe(digest({ a: [1, 2] }));
  });

  test("made of an object's members, are those of the object", () => {
    const value = fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(value, (object) => {
        expect(digestMembers(toMembers(object))).toBe(digest(object));
      }),
    );
  });

  test("are 128 bits of SHA-256 over the canonical text, URL-safe", () => {
    // printf '{"a":1,"b":"ü"}' | openssl dgst -sha256 -binary | base64
    expect(digest({ b: "ü", a: 1 })).toBe("GlnlIuAs5QrSwnwRptMPhm");
  });
});

describe("ETags", () => {
  test("are the version and the digest, quoted", () => {
    expect(toEtag(7, "x".repeat(22))).toBe('"7-xxxxxxxxxxxxxxxxxxxxxx"');
    expect(versionOf('"7-xxxxxxxxxxxxxxxxxxxxxx"')).toBe(7);
  });

  test.each([
    'W/"7-xxxxxxxxxxxxxxxxxxxxxx"',
    "7-xxxxxxxxxxxxxxxxxxxxxx",
    '"7-x"',
    '""',
    "",
    "*",
    '"c7-abc"',
  ])("%j names no version", (text) => {
    expect(versionOf(text)).toBeUndefined();
  });
});
