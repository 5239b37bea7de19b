import { describe, expect, test } from "vitest";
import { toInstant } from "../kernel/instant.ts";
import { monotonicMs } from "../kernel/stopwatch.ts";
import { kinds } from "../kinds.ts";
import { createEntry } from "./entry.ts";
import { StoredCollection } from "./collection.ts";
import { digestOf, parseDocument } from "./document.ts";
import { aTask } from "./testing/records.ts";

const NOW = toInstant(Date.UTC(2026, 0, 1));

function parse(content: string | Buffer) {
  return parseDocument(kinds.tasks, Buffer.from(content), { now: NOW });
}

/** `line:column detail`, or that nothing is wrong. */
function complaint(content: string | Buffer): string {
  const found = parse(content);
  return found.ok ? "nothing" : `${found.line}:${found.column} ${found.detail}`;
}

const GOOD = `{
  "kind": "tasks",
  "schema": 1,
  "items": {
    "T-1": {
      "title": "Buy milk"
    }
  }
}
`;

describe("what is good", () => {
  test("a record needs a title, and gets the rest", () => {
    const found = parse(GOOD);
    expect(found.ok && found.entries.get("T-1")?.record).toEqual({
      id: "T-1",
      version: 1,
      title: "Buy milk",
      description: "",
      type: "feature",
      status: "queued",
      priority: "normal",
      assignee: null,
      depends_on: [],
      dod: [],
      labels: [],
      repository_url: null,
      branch_name: null,
      position: "z",
      blocked: null,
      archived: false,
      created_by: "file",
      created_at: "2026-01-01T00:00:00.000Z",
      updated_at: "2026-01-01T00:00:00.000Z",
      completed_at: null,
    });
  });

  test.each([
    ["a byte order mark", `\uFEFF${GOOD}`],
    ["carriage returns", GOOD.replaceAll("\n", "\r\n")],
    ["no layout at all", JSON.stringify(JSON.parse(GOOD))],
    ["no newline at the end", GOOD.trimEnd()],
    [
      "another order at the top",
      '{"items":{"T-1":{"title":"Buy milk"}},"schema":1,"kind":"tasks"}',
    ],
  ])("%s does no harm", (_name, content) => {
    const found = parse(content);
    expect(found.ok && [...found.entries.keys()]).toEqual(["T-1"]);
  });

  test("fields of one's own are kept, behind those that are known, also the `null` ones", () => {
    const found = parse(GOOD.replace('"title"', '"mood": null, "x": {"y": [1]}, "title"'));
    const record = found.ok ? found.entries.get("T-1")?.record : undefined;
    expect(record).toMatchObject({ mood: null, x: { y: [1] } });
    expect(Object.keys(record ?? {}).slice(-2)).toEqual(["mood", "x"]);
  });

  test("a record that is known is not read again, and is the same object", () => {
    const entry = createEntry(kinds.tasks, "T-1", aTask("T-1"));
    const bytes = Buffer.from(
      JSON.stringify({ kind: "tasks", schema: 1, items: { "T-1": entry.record } }),
    );
    const found = parseDocument(kinds.tasks, bytes, { now: NOW, known: new Map([["T-1", entry]]) });
    expect(found.ok && found.entries.get("T-1")).toBe(entry);
  });
});

test("[S11] a text of a million quotation marks that does not end is read once over", () => {
  const start = monotonicMs();
  const found = parse(
    `{"kind": "tasks", "schema": 1, "items": {"T-1": {"title": "${'\\"'.repeat(1_000_000)}`,
  );
  expect(found.ok).toBe(false);
  expect(monotonicMs() - start).toBeLessThan(2_000);
});

describe("[S11] what is wrong is told with its line and column", () => {
  const deep = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
  const twice = GOOD.replace('      "title"', '      "title": "Buy bread",\n      "title"');
  const merge = GOOD.replace(
    '      "title": "Buy milk"\n',
    '<<<<<<< HEAD\n      "title": "Buy milk"\n=======\n      "title": "Buy bread"\n>>>>>>> theirs\n',
  );

  test.each([
    ["an empty file", "", "1:1 the file is empty"],
    ["an empty file of blanks", " \n\n", "1:1 the file is empty"],
    [
      "merge markers",
      merge,
      "6:1 a merge conflict is not resolved: keep one side and remove the markers",
    ],
    ["a half save", GOOD.slice(0, 75), "6:14 this is not JSON (colon expected)"],
    ["half of a text", GOOD.slice(0, 83), "6:16 this is not JSON (unexpected end of string)"],
    [
      "a missing comma",
      GOOD.replace('"schema": 1,', '"schema": 1'),
      "4:3 this is not JSON (comma expected)",
    ],
    [
      "one comma too many",
      GOOD.replace('"Buy milk"', '"Buy milk",'),
      "7:5 this is not JSON (property name expected)",
    ],
    [
      "a comment",
      GOOD.replace("{\n", "{\n  // mine\n"),
      "2:3 this is not JSON (invalid comment token)",
    ],
    ["something behind the end", `${GOOD}x`, "10:1 this is not JSON (invalid symbol)"],
    [
      "a byte that is not UTF-8",
      Buffer.concat([
        Buffer.from(GOOD.slice(0, 87)),
        Buffer.from([0xff]),
        Buffer.from(GOOD.slice(87)),
      ]),
      "6:26 the file is not UTF-8",
    ],
    ["a NUL", GOOD.replace("milk", "mi\0lk"), "6:16 this is not JSON (invalid character)"],
    ["another kind", GOOD.replace('"tasks"', '"agents"'), '2:11 "kind" must be "tasks"'],
    [
      "another schema",
      GOOD.replace('"schema": 1', '"schema": 2'),
      '3:13 "schema" must be 1: this server knows no other',
    ],
    [
      "no items",
      '{"kind": "tasks", "schema": 1}',
      '1:1 expected {"kind": "tasks", "schema": 1, "items": {…}}',
    ],
    [
      "items as a list",
      '{"kind": "tasks", "schema": 1, "items": []}',
      '1:1 expected {"kind": "tasks", "schema": 1, "items": {…}}',
    ],
    ["another JSON", "null", '1:1 expected {"kind": "tasks", "schema": 1, "items": {…}}'],
    [
      "more at the top",
      GOOD.replace('"schema"', '"note": "x",\n  "schema"'),
      '3:11 "note" has no place beside kind, schema, items',
    ],
    [
      "the same record twice",
      GOOD.replace("    }\n  }", '    },\n    "T-1": {"title": "x"}\n  }'),
      "8:5 T-1 stands here twice",
    ],
    ["the same field twice", twice, "7:7 title stands here twice"],
    [
      "a field of the wrong type",
      GOOD.replace('"Buy milk"', "7"),
      "6:16 T-1/title: invalid input: expected string, received number",
    ],
    [
      "a field that is missing",
      GOOD.replace('"title"', '"name"'),
      "5:12 T-1/title: invalid input: expected string, received undefined",
    ],
    [
      "a record that is none",
      GOOD.replace('{\n      "title": "Buy milk"\n    }', "[]"),
      "5:12 T-1: a record is a JSON object",
    ],
    [
      "an id that is none",
      GOOD.replace('"T-1"', '"__proto__"'),
      "5:18 __proto__/id: capital letters or digits, a dash, then 1 to 16 lower-case letters or digits, as in T-100",
    ],
    [
      "an id of its own",
      GOOD.replace('"title"', '"id": "T-2", "title"'),
      '6:13 T-1/id: is "T-2", but the record stands under "T-1"',
    ],
    [
      "nesting without end",
      GOOD.replace('"Buy milk"', `"x", "deep": ${deep}`),
      "6:126 nested deeper than 100 levels",
    ],
    [
      "nesting without an end",
      `{"kind": ${"[".repeat(50_000)}`,
      "1:109 nested deeper than 100 levels",
    ],
    [
      "a number beyond all numbers",
      GOOD.replace('"Buy milk"', '"x", "n": 1e999'),
      "6:26 n is too large for a number",
    ],
    [
      "half a character",
      GOOD.replace('"Buy milk"', '"x", "s": "\\ud800"'),
      "6:26 s is not well-formed Unicode (a lone surrogate)",
    ],
    [
      "half a character in a name",
      GOOD.replace('"Buy milk"', '"x", "\\ud800": 1'),
      "6:31 \ud800 is not well-formed Unicode (a lone surrogate)",
    ],
  ])("%s", (_name, content, told) => {
    expect(complaint(content)).toBe(told);
  });

  test("every way to cut a good file short is noticed, and never throws", () => {
    for (let length = 0; length < GOOD.trimEnd().length; length += 1) {
      expect(parse(GOOD.slice(0, length)).ok).toBe(false);
    }
  });

  test("what was found good before is believed only for exactly the same bytes", () => {
    const double = Buffer.from(
      GOOD.replace("    }\n  }", '    },\n    "T-1": {"title": "x"}\n  }'),
    );
    const other = parseDocument(kinds.tasks, double, { now: NOW, trusted: "another digest" });
    expect(other.ok).toBe(false);
  });
});

describe("what a checkpoint vouches for", () => {
  const trust = (content: string, contentOf = (_id: string): string | undefined => "vouched") =>
    parseDocument(kinds.tasks, Buffer.from(content), {
      now: NOW,
      trusted: digestOf(Buffer.from(content)),
      contentOf,
    });
  const written = StoredCollection.of([createEntry(kinds.tasks, "T-1", aTask("T-1"))], 1);
  const file = Buffer.concat(written.toFile("tasks")).toString();

  test("is taken as it stands: the digest is the one that was noted", () => {
    const found = trust(file);
    expect(found.ok && found.entries.get("T-1")?.content).toBe("vouched");
    expect(found.ok && found.entries.get("T-1")?.record).toEqual(aTask("T-1"));
  });

  test("is read anew when records have another form by now: a field that came since is filled in", () => {
    const found = trust(GOOD);
    expect(found.ok && found.entries.get("T-1")?.record).toMatchObject({ status: "queued" });
    expect(found.ok && found.entries.get("T-1")?.content).not.toBe("vouched");
  });

  test("is read anew where the checkpoint does not know a record", () => {
    const found = trust(file, () => undefined);
    expect(found.ok && found.entries.get("T-1")?.content).toHaveLength(22);
  });
});
