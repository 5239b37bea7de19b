import { hash } from "node:crypto";
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

  const SORTED =
    '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis",' +
    '"€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}';

  test.each([
    [
      String.raw`{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}`,
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    ],
    [
      String.raw`{"\u20ac": "Euro Sign", "\r": "Carriage Return", "1": "One", "\u0080": "Control",
        "\ufb33": "Hebrew Letter Dalet With Dagesh", "\ud83d\ude00": "Emoji: Grinning Face",
        "\u00f6": "Latin Small Letter O With Diaeresis"}`,
      SORTED,
    ],
  ])("RFC 8785, section 3.2: %s", (given, canonical) => {
    const value = JSON.parse(given) as object;
    expect(digest(value)).toBe(sha(canonical));
    expect(digestMembers(toMembers(value))).toBe(sha(canonical));
  });

  test.each([
    ["0000000000000000", "0"],
    ["8000000000000000", "0"],
    ["0000000000000001", "5e-324"],
    ["8000000000000001", "-5e-324"],
    ["7fefffffffffffff", "1.7976931348623157e+308"],
    ["ffefffffffffffff", "-1.7976931348623157e+308"],
    ["4340000000000000", "9007199254740992"],
    ["c340000000000000", "-9007199254740992"],
    ["4430000000000000", "295147905179352830000"],
    ["44b52d02c7e14af5", "9.999999999999997e+22"],
    ["44b52d02c7e14af6", "1e+23"],
    ["44b52d02c7e14af7", "1.0000000000000001e+23"],
    ["444b1ae4d6e2ef4e", "999999999999999700000"],
    ["444b1ae4d6e2ef4f", "999999999999999900000"],
    ["444b1ae4d6e2ef50", "1e+21"],
    ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
    ["3eb0c6f7a0b5ed8d", "0.000001"],
    ["41b3de4355555553", "333333333.3333332"],
    ["41b3de4355555554", "333333333.33333325"],
    ["41b3de4355555555", "333333333.3333333"],
    ["41b3de4355555556", "333333333.3333334"],
    ["41b3de4355555557", "333333333.33333343"],
    ["becbf647612f3696", "-0.0000033333333333333333"],
    ["43143ff3c1cb0959", "1424953923781206.2"],
  ])("RFC 8785, appendix B: the double %s is written %s", (bits, text) => {
    expect(digest(Buffer.from(bits, "hex").readDoubleBE())).toBe(sha(text));
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

function sha(text: string): string {
  return hash("sha256", text, "base64url").slice(0, 22);
}
