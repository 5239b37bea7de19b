/** What else brings two states of a board together in git, and what the store makes of it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createClock } from "../kernel/clock.ts";
import { kinds } from "../kinds.ts";
import { openFileStore } from "../store/open-file-store.ts";
import { aTask } from "../store/testing/records.ts";
import { adopt, createBoard, type Edit, type SomeBoard } from "./testing/boards.ts";
import {
  newRepository,
  startQuickDriver,
  type QuickDriver,
  type Repository,
} from "./testing/repository.ts";

let repository: Repository;
let driver: QuickDriver;
let board: SomeBoard;

beforeAll(async () => {
  driver = await startQuickDriver(() => repository.root);
});
afterAll(() => driver.close());
beforeEach(async () => {
  repository = newRepository();
  await repository.must("config", "merge.kyros.driver", driver.command);
  board = await createBoard(repository.root, "collaboration");
  await set("T-1", { title: "One" });
  await set("T-2", { title: "Two" });
  await commit("start");
});
afterEach(() => repository.remove());

const WAIT = { timeout: 4_000, interval: 20 };

async function set(id: string, fields: Record<string, unknown>): Promise<void> {
  await board.edit([setting(id, fields)], "through the store");
}

function setting(id: string, fields: Record<string, unknown>): Edit {
  const from = { ...aTask(id, fields) };
  const names = Object.keys(fields);
  return { kind: "tasks", id, from, fields: names, deletes: false, settles: false };
}

async function remove(id: string): Promise<void> {
  await board.edit([{ ...setting(id, {}), deletes: true }], "through the store");
}

async function commit(message: string): Promise<void> {
  await repository.must("add", "-A");
  await repository.must("commit", "-q", "-m", message);
}

/** One commit on a branch, one on main; main is checked out afterwards. */
async function apart(theirs: () => Promise<void>, ours: () => Promise<void>): Promise<void> {
  await repository.must("checkout", "-q", "-b", "side");
  await theirs();
  await commit("theirs");
  await repository.must("checkout", "-q", "main");
  await ours();
  await commit("ours");
}

const task = (id: string) => board.items().tasks[id];

async function expectAgreement(): Promise<void> {
  expect(await adopt(board)).toEqual({ differences: [], reused: [] });
}

describe("[G10] the result holds both sides, and verifies once it is taken in", () => {
  const title = () => set("T-1", { title: "Theirs" });
  const label = () => set("T-1", { labels: ["ours"] });

  test("rebase", async () => {
    await apart(title, label);
    await repository.must("checkout", "-q", "side");
    await repository.must("rebase", "-q", "main");
    expect(task("T-1")).toMatchObject({ title: "Theirs", labels: ["ours"] });
    await expectAgreement();
  });

  test("rebase of several commits, with a conflict that is settled on the way", async () => {
    await repository.must("checkout", "-q", "-b", "side");
    await set("T-1", { title: "Theirs" });
    await commit("first");
    await set("T-2", { priority: "high" });
    await commit("second");
    await repository.must("checkout", "-q", "main");
    await set("T-1", { title: "Ours" });
    await commit("ours");
    await repository.must("checkout", "-q", "side");
    expect((await repository.git("rebase", "main")).code).not.toBe(0);
    expect(task("T-1")).toMatchObject({
      title: "Ours",
      conflicts: [{ field: "title", ours: "Ours", theirs: "Theirs", base: "One" }],
    });
    await board.edit([{ ...setting("T-1", { title: "Both" }), settles: true }], "by hand");
    await repository.must("add", "-A");
    await repository.must("rebase", "--continue");
    expect(task("T-1")).toMatchObject({ title: "Both" });
    expect(task("T-1")).not.toHaveProperty("conflicts");
    expect(task("T-2")).toMatchObject({ priority: "high" });
    await expectAgreement();
  });

  test("cherry-pick, and a merge of the same branch afterwards", async () => {
    await apart(title, label);
    await repository.must("cherry-pick", "side");
    expect(task("T-1")).toMatchObject({ title: "Theirs", labels: ["ours"] });
    await expectAgreement();
    await commit("taken in");
    await repository.must("merge", "-q", "-m", "merged", "side");
    expect(task("T-1")).toMatchObject({ title: "Theirs", labels: ["ours"] });
    await expectAgreement();
  });

  test("stash pop", async () => {
    await set("T-1", { title: "Stashed" });
    await repository.must("stash");
    expect(task("T-1")).toMatchObject({ title: "One" });
    await expectAgreement();
    await set("T-1", { labels: ["ours"] });
    await commit("meanwhile");
    await repository.must("stash", "pop");
    expect(task("T-1")).toMatchObject({ title: "Stashed", labels: ["ours"] });
    await expectAgreement();
  });

  test("merge and checkout under a server that runs", async () => {
    await apart(title, label);
    const clock = createClock();
    const store = await openFileStore({ folder: board.folder, kinds, clock, watch: true });
    const seen = () => store.read().get("tasks", "T-1")?.record;
    try {
      await repository.must("merge", "-q", "-m", "merged", "side");
      await vi.waitFor(
        () => expect(seen()).toMatchObject({ title: "Theirs", labels: ["ours"] }),
        WAIT,
      );
      const merged = seen()?.version ?? 0;
      await commit("taken in");
      await repository.must("checkout", "-q", "HEAD~2", "--", "collaboration");
      await vi.waitFor(() => expect(seen()).toMatchObject({ title: "One" }), WAIT);
      expect(seen()?.version).toBeGreaterThan(merged);
    } finally {
      await store.close();
    }
    await expectAgreement();
  });

  test("one id for two new tasks: all that differs is named", async () => {
    await apart(
      () => set("T-9", { title: "Login" }),
      () => set("T-9", { title: "Logout" }),
    );
    expect((await repository.git("merge", "side")).code).toBe(1);
    expect(task("T-9")).toMatchObject({
      title: "Logout",
      conflicts: [{ field: "title", ours: "Logout", theirs: "Login" }],
    });
    await expectAgreement();
  });

  test("a conflict that was settled as ours stays so, however often theirs was changed", async () => {
    await repository.must("checkout", "-q", "-b", "side");
    await set("T-1", { title: "Theirs" });
    await set("T-1", { title: "Theirs again" });
    await set("T-1", { title: "Theirs at last" });
    await commit("theirs");
    await repository.must("checkout", "-q", "main");
    await set("T-1", { title: "Ours" });
    await commit("ours");
    expect((await repository.git("merge", "side")).code).toBe(1);
    await board.edit([{ ...setting("T-1", { title: "Ours" }), settles: true }], "by hand");
    await repository.must("add", "-A");
    await repository.must("commit", "-q", "-m", "settled");
    await expectAgreement();
    expect(task("T-1")).toMatchObject({ title: "Ours" });
  });

  test("branches that merged each other, each once: what was open stays open, once", async () => {
    await apart(title, () => set("T-1", { title: "Ours" }));
    await repository.must("branch", "main-before");
    expect((await repository.git("merge", "side")).code).toBe(1);
    await commit("main merged side");
    await repository.must("checkout", "-q", "side");
    expect((await repository.git("merge", "main-before")).code).toBe(1);
    await set("T-2", { priority: "high" });
    await commit("side merged main");
    await repository.must("checkout", "-q", "main");
    await set("T-2", { labels: ["ours"] });
    await commit("more on main");
    await repository.git("merge", "side");
    const conflicts = task("T-1")?.["conflicts"] as readonly { field: string }[];
    expect(new Set(conflicts.map(({ field }) => field))).toEqual(new Set(["title"]));
    expect(JSON.stringify(task("T-1"))).toContain("Theirs");
    expect(JSON.stringify(task("T-1"))).toContain("Ours");
    expect(task("T-2")).toMatchObject({ priority: "high", labels: ["ours"] });
    await expectAgreement();
  });

  test("deleted here, changed there: it is still there, and says so", async () => {
    await apart(title, () => remove("T-1"));
    expect((await repository.git("merge", "side")).code).toBe(1);
    expect(task("T-1")).toMatchObject({ title: "Theirs", conflicts: [{ deleted_by: "ours" }] });
    await expectAgreement();
  });

  test("both made the board: neither side's tasks are lost", async () => {
    await repository.must("checkout", "-q", "--orphan", "other");
    await remove("T-1");
    await set("T-7", { title: "Seven" });
    await commit("another beginning");
    await repository.must("checkout", "-q", "main");
    await repository.git("merge", "--allow-unrelated-histories", "other");
    expect(Object.keys(board.items().tasks)).toEqual(["T-1", "T-2", "T-7"]);
    await expectAgreement();
  });
});

describe("[G11] two logs keep the lines of both", () => {
  const LOG = "collaboration/events/events.jsonl";
  const ids = () =>
    repository
      .read(LOG)
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { id: string }).id);

  test("every event of either side is there", async () => {
    const before = ids();
    let theirs: string[] = [];
    let ours: string[] = [];
    await apart(
      async () => {
        await set("T-1", { title: "Theirs" });
        theirs = ids();
      },
      async () => {
        await set("T-2", { title: "Ours" });
        ours = ids();
      },
    );
    await repository.must("merge", "-q", "-m", "merged", "side");
    expect(ids().toSorted()).toEqual([...new Set([...before, ...theirs, ...ours])].toSorted());
    await expectAgreement();
  });

  test("lines that stand there twice, or out of order, change nothing on the board", async () => {
    await set("T-1", { title: "Later" });
    const lines = repository.read(LOG).trim().split("\n");
    repository.write(LOG, `${[...lines, ...lines.toReversed()].join("\n")}\n`);
    await expectAgreement();
    expect(task("T-1")).toMatchObject({ title: "Later" });
    expect(task("T-2")).toMatchObject({ title: "Two" });
  });
});
