import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toInstant } from "../kernel/instant.ts";
import { kinds } from "../kinds.ts";
import { sameJson } from "./canonical.ts";
import { mergePatch, redo, toLogged } from "./change.ts";
import { createEntry } from "./entry.ts";
import { decodeLine, encodeLine } from "./log-line.ts";
import { aTask } from "./testing/records.ts";

describe("a merge patch", () => {
  test.each([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ a: "foo" }, "bar", "bar"],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("RFC 7396, appendix A: %j by %j is %j", (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });

  test("touches neither of its arguments, and nobody's prototype", () => {
    const target = Object.freeze({ a: Object.freeze({ b: 1 }) });
    const patch = JSON.parse('{"__proto__": {"polluted": true}, "a": {"c": 2}}') as object;
    const merged = mergePatch(target, patch) as Record<string, unknown>;
    expect(merged["a"]).toEqual({ b: 1, c: 2 });
    expect(Object.hasOwn(merged, "__proto__")).toBe(true);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
  });
});

/** What a person may have put into a record besides its fields, `null`s and odd names included. */
const extras = fc.dictionary(
  fc.oneof(fc.constantFrom("mood", "constructor", "toString", ""), fc.string({ maxLength: 5 })),
  fc.jsonValue({ maxDepth: 4 }),
  { maxKeys: 4 },
);

const tasks = fc
  .record({
    title: fc.string({ minLength: 1, maxLength: 20 }).filter((text) => text.isWellFormed()),
    assignee: fc.option(fc.constantFrom("agent-1", "agent-2")),
    labels: fc.array(fc.constantFrom("a", "b"), { maxLength: 2 }),
    blocked: fc.option(fc.constant({ reason: "waits", since: "2026-01-01T00:00:00.000Z" })),
    dod: fc.array(
      fc.constantFrom(
        { id: "d1", text: "tests", done: false },
        { id: "d1", text: "tests", done: true },
      ),
      {
        maxLength: 1,
      },
    ),
    extras,
  })
  .map(({ extras: own, ...fields }) => {
    const known = new Set(Object.keys(aTask("T-1")));
    const free = Object.entries(own).filter(([name]) => !known.has(name) && name !== "__proto__");
    return aTask("T-1", { ...Object.fromEntries(free), ...fields });
  });

describe("a logged change", () => {
  test("redone from the log's own text gives exactly the record that it was made from", () => {
    fc.assert(
      fc.property(tasks, tasks, fc.boolean(), (old, next, isNew) => {
        const before = isNew ? undefined : createEntry(kinds.tasks, "T-1", old);
        const after = createEntry(kinds.tasks, "T-1", { ...next, version: 2 });
        const change = toLogged(kinds.tasks, "T-1", before, after);
        const [logged] = throughTheLog(change);
        const again = redo(kinds.tasks, before?.record, logged, toInstant(0));
        expect(sameJson(again, after.record)).toBe(true);
        expect(logged.hash).toBe(after.content);
      }),
      { numRuns: 500 },
    );
  });

  test.each<[string, object, object, object]>([
    ["a field", {}, { title: "new" }, { title: "new" }],
    ["a field that becomes null", { assignee: "agent-1" }, {}, { assignee: null }],
    ["a member of a field", { mood: { a: 1, b: 2 } }, { mood: { a: 1, b: 3 } }, { mood: { b: 3 } }],
    ["a field that is taken out", { mood: 1 }, {}, { mood: null }],
  ])("of %s is as short as that", (_, was, is, patch) => {
    const before = createEntry(kinds.tasks, "T-1", aTask("T-1", { ...was }));
    const after = createEntry(kinds.tasks, "T-1", aTask("T-1", { version: 2, ...is }));
    expect(toLogged(kinds.tasks, "T-1", before, after)).toEqual({
      kind: "tasks",
      id: "T-1",
      version: 2,
      hash: after.content,
      patch,
    });
  });

  test("that only a whole value can tell is told by it: a member that becomes null", () => {
    const before = createEntry(kinds.tasks, "T-1", aTask("T-1", { mood: { a: 1 } }));
    const after = createEntry(kinds.tasks, "T-1", aTask("T-1", { version: 2, mood: { a: null } }));
    const change = toLogged(kinds.tasks, "T-1", before, after);
    expect(change.patch).toBeUndefined();
    expect(change.value).toMatchObject({ id: "T-1", mood: { a: null } });
  });

  test("of a deletion leads to nothing, whatever stood there", () => {
    const gone = { kind: "tasks", id: "T-1", version: 3, value: null } as const;
    expect(redo(kinds.tasks, aTask("T-1"), gone, toInstant(0))).toBeUndefined();
    expect(redo(kinds.tasks, undefined, gone, toInstant(0))).toBeUndefined();
  });

  test("that does not fit what stands before it leads to nothing, and never throws", () => {
    const odd = { kind: "tasks", id: "T-1", version: 3, patch: { title: 7 } } as const;
    expect(redo(kinds.tasks, aTask("T-1"), odd, toInstant(0))).toBeUndefined();
    expect(redo(kinds.tasks, undefined, odd, toInstant(0))).toBeUndefined();
  });
});

function throughTheLog(change: ReturnType<typeof toLogged>): [ReturnType<typeof toLogged>] {
  const event = {
    id: "e",
    ts: "2026-01-01T00:00:00.000Z",
    event: "changed",
    actor: "person",
    target: "task:T-1",
    details: { changes: [change] as never },
  };
  const decoded = decodeLine(encodeLine(event, 1, 0).line);
  if (typeof decoded === "string") throw new Error(decoded);
  return decoded.details["changes"] as never;
}
