import general from "json-patch-test-suite/tests.json" with { type: "json" };
import appendix from "json-patch-test-suite/spec_tests.json" with { type: "json" };
import { describe, expect, test } from "vitest";
import type { Operation } from "rfc6902";
import { toMergePatch } from "./json-patch.ts";

const names = { editable: ["title", "labels", "blocked"], readOnly: ["id"] };
const record = { id: "T-1", title: "a", labels: ["x", "y"], blocked: null, mine: 7 };
const patch = (...operations: Operation[]) => toMergePatch(record, operations, names);

describe("a JSON Patch becomes the fields it changes", () => {
  test("and only those", () => {
    expect(
      patch(
        { op: "test", path: "/title", value: "a" },
        { op: "replace", path: "/title", value: "b" },
        { op: "add", path: "/labels/-", value: "z" },
      ),
    ).toEqual({ ok: true, fields: { title: "b", labels: ["x", "y", "z"] } });
  });

  test("a field that is taken out is null, as in a merge patch", () => {
    expect(patch({ op: "remove", path: "/labels" })).toEqual({
      ok: true,
      fields: { labels: null },
    });
  });

  test("a change and its way back change nothing", () => {
    expect(
      patch({ op: "remove", path: "/labels/0" }, { op: "add", path: "/labels/0", value: "x" }),
    ).toEqual({ ok: true, fields: {} });
  });

  test("the record itself is not touched", () => {
    patch({ op: "remove", path: "/labels/0" });
    expect(record.labels).toEqual(["x", "y"]);
  });
});

describe("is refused", () => {
  test("a test that does not hold, with its number and place", () => {
    expect(
      patch({ op: "test", path: "/id", value: "T-1" }, { op: "test", path: "/title", value: "b" }),
    ).toMatchObject({ code: "patch-test-failed", more: { operation: 1, pointer: "/title" } });
  });

  test("a place that does not exist, named inside the patch", () => {
    expect(patch({ op: "replace", path: "/labels/7", value: "b" })).toMatchObject({
      code: "invalid",
      more: { errors: [{ pointer: "/0/path" }] },
    });
    expect(patch({ op: "move", from: "/nothing", path: "/title" })).toMatchObject({
      code: "invalid",
      more: { errors: [{ pointer: "/0/from" }] },
    });
  });

  test("a field of the server's own, and one that nobody knows, each with its pointer", () => {
    expect(
      patch(
        { op: "replace", path: "/id", value: "T-2" },
        { op: "replace", path: "/mine", value: 8 },
        { op: "add", path: "/a~1b", value: 8 },
      ),
    ).toMatchObject({
      code: "invalid",
      more: {
        errors: [
          { pointer: "/id", detail: "only the server writes this" },
          { pointer: "/mine", detail: "is not known here" },
          { pointer: "/a~1b", detail: "is not known here" },
        ],
      },
    });
  });

  test.each(["/__proto__", "/constructor/prototype", "/labels/__proto__/x"])(
    "the trap %s",
    (path) => {
      expect(patch({ op: "add", path, value: { polluted: true } }).ok).toBe(false);
      expect(patch({ op: "copy", from: "/labels", path }).ok).toBe(false);
      expect(patch({ op: "copy", from: path, path: "/title" }).ok).toBe(false);
      expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    },
  );

  test("copies that double themselves, before they fill the memory", () => {
    const operations: Operation[] = Array.from({ length: 60 }, () => ({
      op: "copy",
      from: "/labels",
      path: "/labels/-",
    }));
    expect(patch(...operations)).toMatchObject({ code: "invalid" });
  });
});

interface SuiteCase {
  doc: unknown;
  patch: Operation[];
  expected?: Record<string, unknown>;
  error?: string;
  comment?: string;
  disabled?: boolean;
}

const suite = [...general, ...appendix] as unknown as SuiteCase[];

/** Of the suite, the cases that patch an object into an object: that is what a record is. */
const cases = suite.filter(
  ({ doc, patch: given, expected, error, disabled }) =>
    disabled !== true &&
    isRecord(doc) &&
    Array.isArray(given) &&
    given.every((operation) => operation.path !== "" && !/__proto__/.test(operation.path ?? "")) &&
    (error !== undefined || isRecord(expected)),
);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

describe("json-patch-test-suite", () => {
  const [bad, good] = [true, false].map((isBad) =>
    cases
      .filter(({ error }) => (error !== undefined) === isBad)
      .map((each) => [each.comment ?? JSON.stringify(each.patch), each] as const),
  );

  test("is there", () => {
    expect(good!.length).toBeGreaterThan(30);
    expect(bad!.length).toBeGreaterThan(10);
  });

  test.each(good!)("is applied: %s", (_, { doc, patch: given, expected }) => {
    const before = doc as Record<string, unknown>;
    const editable = [...new Set([...Object.keys(before), ...Object.keys(expected ?? {})])];
    const result = toMergePatch(before, given, { editable, readOnly: [] });
    expect(result.ok).toBe(true);
    const after: Record<string, unknown> = { ...before, ...(result.ok ? result.fields : {}) };
    const orNull = (values: Record<string, unknown> = {}) =>
      Object.fromEntries(editable.map((name) => [name, values[name] ?? null]));
    expect(orNull(after)).toEqual(orNull(expected));
  });

  test.each(bad!)("is refused: %s", (_, { doc, patch: given }) => {
    const before = doc as Record<string, unknown>;
    expect(toMergePatch(before, given, { editable: Object.keys(before), readOnly: [] }).ok).toBe(
      false,
    );
  });
});
