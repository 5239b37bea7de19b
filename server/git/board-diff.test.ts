import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { join } from "node:path";
import { diffText } from "../cli/diff.ts";
import { toInstant } from "../kernel/instant.ts";
import { aLease, anAgent, aTask } from "../store/testing/records.ts";
import { diffBoards, type Records } from "./board-diff.ts";
import { readBoard } from "./revision.ts";
import { newRepository, type Repository } from "./testing/repository.ts";
import { toFields } from "./three-way.ts";

const NOW = toInstant(Date.UTC(2026, 0, 1));

function records(...all: readonly object[]): Records {
  const of = (name: string, isOne: (record: object) => boolean) =>
    new Map(
      all
        .filter(isOne)
        .map(toFields)
        .map((record) => [String(record[name]), record] as const),
    );
  return {
    tasks: of("id", (record) => "title" in record),
    agents: of("id", (record) => "skills" in record),
    locks: of("lock_id", (record) => "lock_id" in record),
  };
}

describe("[G16] what differs is told by record and field", () => {
  test("for people", () => {
    const item = { id: "d1", text: "Tests", done: false };
    const before = records(
      aTask("T-1", { labels: ["old", "both"], dod: [item] }),
      aTask("T-2", { title: "Gone" }),
      anAgent("agent-1"),
      aLease("l1", { resource: "path:src/**", holder: "agent-1" }),
    );
    const after = records(
      aTask("T-1", {
        version: 4,
        updated_at: "2026-02-01T00:00:00.000Z",
        status: "in_progress",
        assignee: "agent-1",
        description: "A longer text",
        labels: ["both", "new"],
        dod: [
          { ...item, done: true },
          { id: "d2", text: "Docs", done: false },
        ],
        conflicts: [{ field: "title", ours: "A", theirs: "B" }],
      }),
      aTask("T-10", { title: "New\u001b[2J" }),
      anAgent("agent-1", { last_seen: "2026-02-01T00:00:00.000Z" }),
    );
    expect(diffText(diffBoards(before, after))).toBe(
      [
        "Tasks",
        "  ~ T-1  Task T-1",
        '      description: – → "A longer text"',
        "      status: queued → in_progress",
        "      assignee: – → agent-1",
        "      dod: [x] d1  Tests",
        "      dod: + [ ] d2  Docs",
        "      labels: -old +new",
        '      ! open conflict: title: ours "A", theirs "B"',
        "  - T-2  Gone",
        "  + T-10  New�[2J  (queued)",
        "",
        "Leases",
        "  - path:src/**  agent-1",
        "",
        "1 added, 1 changed, 2 removed, 1 conflict open",
      ].join("\n"),
    );
  });

  test("what follows from another change, or changes all the time, is no difference", () => {
    const before = records(aTask("T-1"), anAgent("agent-1"), aLease("l1"));
    const late = "2026-02-01T00:00:00.000Z";
    const after = records(
      aTask("T-1", { version: 9, updated_at: late }),
      anAgent("agent-1", { version: 9, last_seen: late }),
      aLease("l1", { version: 9, heartbeat_at: late, expires_at: late }),
    );
    expect(diffBoards(before, after)).toEqual([]);
    expect(diffText([])).toBe("Nothing changed.");
  });
});

describe("[G16] between any two of what git knows", () => {
  let repository: Repository;
  let folder: string;

  beforeEach(() => {
    repository = newRepository();
    folder = join(repository.root, "collaboration");
  });
  afterEach(() => repository.remove());

  function write(title: string): void {
    const state = { kind: "tasks", schema: 1, items: { "T-1": { title } } };
    repository.write("collaboration/state/tasks.json", JSON.stringify(state));
  }

  async function commit(message: string): Promise<void> {
    await repository.must("add", "-A");
    await repository.must("commit", "-q", "-m", message);
  }

  const titleAt = async (revision?: string) =>
    (await readBoard(folder, revision, NOW)).tasks.get("T-1")?.["title"];

  test("commits, by any name, and the files as they are", async () => {
    write("First");
    await commit("one");
    await repository.must("tag", "v1");
    write("Second");
    await commit("two");
    write("Third");
    expect(await titleAt("v1")).toBe("First");
    expect(await titleAt("HEAD~1")).toBe("First");
    expect(await titleAt("main")).toBe("Second");
    expect(await titleAt()).toBe("Third");
  });

  test("before there was a board there was nothing on it", async () => {
    repository.write("README.md", "");
    await commit("before");
    write("First");
    expect(await titleAt("HEAD")).toBeUndefined();
    expect(await titleAt()).toBe("First");
  });

  test("what is no commit, and what cannot be read, is said", async () => {
    write("First");
    await commit("one");
    await expect(readBoard(folder, "nowhere", NOW)).rejects.toThrow(
      "git knows no commit nowhere. See: git log --oneline",
    );
    await expect(readBoard(folder, "--output=x", NOW)).rejects.toThrow("git knows no commit");
    repository.write("collaboration/state/tasks.json", "<<<<<<< ours\n");
    await commit("broken");
    await expect(readBoard(folder, "HEAD", NOW)).rejects.toThrow(
      "HEAD:state/tasks.json, line 1, column 1: a merge conflict is not resolved",
    );
  });
});
