import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toInstant } from "./kernel/instant.ts";
import { kinds } from "./kinds.ts";

const NOW = toInstant(Date.UTC(2026, 0, 1));

const readTask = (raw: unknown, id = "T-1") => kinds.tasks.read(id, raw, NOW);

describe("what a person leaves out is filled in", () => {
  test("a task needs no more than a title", () => {
    expect(readTask({ title: "by hand" })).toEqual({
      ok: true,
      record: {
        id: "T-1",
        version: 1,
        title: "by hand",
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
      },
    });
  });

  test("items of the definition of done may be plain texts", () => {
    expect(readTask({ title: "a", dod: ["tests", { text: "docs", by: "Ada" }] })).toMatchObject({
      record: {
        dod: [
          { id: "d1", text: "tests", done: false },
          { id: "d2", text: "docs", done: false, by: "Ada" },
        ],
      },
    });
  });

  test("blocked needs a reason only, and done has its time", () => {
    expect(readTask({ title: "a", status: "done", blocked: { reason: "r" } })).toMatchObject({
      record: {
        blocked: { reason: "r", since: "2026-01-01T00:00:00.000Z" },
        completed_at: "2026-01-01T00:00:00.000Z",
      },
    });
  });

  test("an agent needs nothing at all", () => {
    expect(kinds.agents.read("bo", {}, NOW)).toMatchObject({
      record: { id: "bo", name: "bo", kind: "agent", status: "idle", available: true },
    });
  });

  test("a lease needs a resource and a holder", () => {
    expect(kinds.locks.read("l-1", { resource: "name:x", holder: "ada" }, NOW)).toMatchObject({
      record: { lock_id: "l-1", ttl_seconds: 300, expires_at: "2026-01-01T00:05:00.000Z" },
    });
  });
});

describe("what is there is kept", () => {
  test("in the order of the contract, and behind it what nobody knows", () => {
    const read = readTask({ zeta: 1, title: "a", alpha: { b: [1] }, id: "T-1", status: "review" });
    const names = read.ok ? Object.keys(read.record) : [];
    expect(names.slice(0, 3)).toEqual(["id", "version", "title"]);
    expect(names.slice(-3)).toEqual(["completed_at", "zeta", "alpha"]);
    expect(read).toMatchObject({ record: { zeta: 1, alpha: { b: [1] }, status: "review" } });
  });

  test("and reading it again changes nothing", () => {
    const raw = fc.record(
      {
        title: fc.string({ minLength: 1, unit: "grapheme" }),
        mine: fc.json().map((text) => JSON.parse(text) as unknown),
      },
      { requiredKeys: ["title"] },
    );
    fc.assert(
      fc.property(raw, (given) => {
        const once = readTask(given);
        const twice = once.ok ? readTask(once.record) : once;
        expect(JSON.stringify(twice)).toBe(JSON.stringify(once));
      }),
    );
  });
});

describe("what cannot be right is refused, with its place", () => {
  test.each<[unknown, ...string[]]>([
    [7, ""],
    [null, ""],
    [[], ""],
    [{}, "/title"],
    [{ title: "" }, "/title"],
    [{ title: "a", id: "T-2" }, "/id"],
    [{ title: "a", status: "half" }, "/status"],
    [{ title: "a", dod: [{ done: true }] }, "/dod/0/id", "/dod/0/text"],
    [{ title: "a", depends_on: ["nobody"] }, "/depends_on/0"],
    [{ title: "a", created_at: "yesterday" }, "/created_at"],
    [JSON.parse('{"title": "a", "__proto__": {"x": 1}}'), "/__proto__"],
  ])("%j at %s", (raw, ...pointers) => {
    const issues = pointers.map((pointer) => ({ pointer }));
    expect(readTask(raw)).toMatchObject({ ok: false, issues });
  });

  test("a key that is no id", () => {
    expect(readTask({ title: "a" }, "t1")).toMatchObject({
      ok: false,
      issues: [{ pointer: "/id" }],
    });
  });

  test("a lease whose times are no times", () => {
    const raw = { resource: "name:x", holder: "ada", heartbeat_at: "soon" };
    expect(kinds.locks.read("l-1", raw, NOW)).toMatchObject({
      ok: false,
      issues: [{ pointer: "/heartbeat_at" }, { pointer: "/expires_at" }],
    });
  });
});
