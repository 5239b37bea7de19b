/** What the store does when the disk says no, at each operation in turn. */
import { describe, expect, test, vi } from "vitest";
import { createManualClock } from "../kernel/clock.ts";
import { refuse } from "../kernel/refusal.ts";
import { accept, put, StoreFault, type Committed, type Store } from "./port.ts";
import { FOLDER, openSimulated, problemsOf, randomFrom } from "./testing/crashes.ts";
import { anAgent, aTask, change, setTitle } from "./testing/records.ts";
import { SimDisk, type Operation } from "./testing/sim-disk.ts";

type Outcome = Committed<unknown> | StoreFault;

async function setUp(seed = 1) {
  const clock = createManualClock();
  const disk = new SimDisk({ random: randomFrom(seed), nowMs: () => clock.now() });
  const store = await openSimulated(disk, clock);
  const first = await change(store, [
    put("tasks", aTask("T-1", { title: "old" })),
    put("agents", anAgent("agent-1")),
  ]);
  // Later than any clock of a file system.
  clock.advance(10_000);
  return { clock, disk, store, first: first.ok ? [first] : [] };
}

function attempt(store: Store): Promise<Outcome> {
  return change(store, [
    put("tasks", aTask("T-1", { title: "new" })),
    put("agents", anAgent("agent-1", { role: "tester" })),
  ]).catch((error: unknown) => {
    if (error instanceof StoreFault) return error;
    throw error;
  });
}

/** The code of the fault, or that there was none. */
function codeOf(outcome: Outcome): string {
  return outcome instanceof StoreFault ? outcome.code : "done";
}

function acknowledgedBy(...outcomes: readonly Outcome[]): { eventIds: readonly string[] }[] {
  return outcomes.flatMap((outcome) =>
    !(outcome instanceof StoreFault) && outcome.ok ? [outcome] : [],
  );
}

function titleIn(store: Store): string | undefined {
  return store.read().get("tasks", "T-1")?.record.title;
}

/** Fails one operation in one commit, for each operation that a commit takes. */
async function each(
  code: string,
  look: (found: {
    outcome: Outcome;
    operation: Operation;
    store: Store;
    disk: SimDisk;
    clock: ReturnType<typeof createManualClock>;
    first: { eventIds: readonly string[] }[];
  }) => Promise<void>,
  only?: readonly Operation[],
): Promise<number> {
  let failed = 0;
  for (let at = 1; ; at += 1) {
    const { disk, store, clock, first } = await setUp(at);
    const start = disk.operations;
    let hit: Operation | undefined;
    disk.judge = (operation, _path, count) => {
      if (count !== start + at || (only !== undefined && !only.includes(operation))) return "works";
      hit = operation;
      return { code };
    };
    const outcome = await attempt(store);
    const isOver = disk.operations < start + at;
    disk.judge = () => "works";
    if (hit !== undefined) {
      failed += 1;
      await look({ outcome, operation: hit, store, disk, clock, first });
    }
    await store.close();
    if (isOver) return failed;
  }
}

describe("[S4] a full disk", () => {
  test("met at any operation of a commit: nothing changed, nothing left behind, and it works again", async () => {
    const codes = new Set<string>();
    const failed = await each(
      "ENOSPC",
      async ({ outcome, store, disk, first }) => {
        const isDone = codeOf(outcome) === "done";
        codes.add(codeOf(outcome));
        const title = isDone ? "new" : "old";
        expect(titleIn(store)).toBe(title);
        expect(disk.text(`${FOLDER}/state/tasks.json`)).toContain(`"title": "${title}"`);
        expect(disk.text(`${FOLDER}/events/events.jsonl`)?.includes('"new"')).toBe(isDone);
        const again = await attempt(store);
        expect(again).toMatchObject({ ok: true });
        const acknowledged = [...first, ...acknowledgedBy(outcome, again)];
        expect(await problemsOf(store, disk, acknowledged)).toEqual([]);
      },
      ["open", "write", "folder", "link"],
    );
    // What only watches for buried edits may fail without harm.
    expect(codes).toEqual(new Set(["storage-full", "done"]));
    expect(failed).toBeGreaterThanOrEqual(5);
  });

  test("what was refused for want of room does not come back with the power", async () => {
    await each(
      "ENOSPC",
      async ({ outcome, disk, clock }) => {
        if (!(outcome instanceof StoreFault)) return;
        const after = await openSimulated(disk.restart(), clock);
        expect(titleIn(after)).toBe("old");
        await after.close();
      },
      ["open", "write"],
    );
  });

  test("of any size: the log holds no partial line, and each commit is there or is not", async () => {
    const codes = new Set<string>();
    for (let room = 0; room < 6_000; room += 97) {
      const { disk, store, first } = await setUp(room);
      disk.capacity = usedOf(disk) + room;
      const outcome = await attempt(store);
      codes.add(codeOf(outcome));
      expect(titleIn(store)).toBe(codeOf(outcome) === "done" ? "new" : "old");
      disk.capacity = Infinity;
      const acknowledged = [...first, ...acknowledgedBy(outcome)];
      expect(await problemsOf(store, disk, acknowledged)).toEqual([]);
      await store.close();
    }
    expect(codes).toEqual(new Set(["storage-full", "done"]));
  });

  test("a refusal that rested on what found no room is decided again, without it", async () => {
    const { disk, store, first } = await setUp();
    disk.capacity = usedOf(disk) + 50;
    const failing = attempt(store);
    const asking = store.commit(
      (view) =>
        view.get("tasks", "T-1")?.record.title === "new"
          ? refuse("in-use", "It is new.")
          : accept(() => "It is old.", []),
      { actor: "agent-2" },
    );
    expect(await failing).toMatchObject({ code: "storage-full" });
    expect(await asking).toMatchObject({ ok: true, value: "It is old." });
    disk.capacity = Infinity;
    expect(await problemsOf(store, disk, first)).toEqual([]);
    await store.close();
  });

  test("an edit that found no room to be taken in is taken in when there is some", async () => {
    const { disk, store, clock } = await setUp();
    const path = `${FOLDER}/state/tasks.json`;
    disk.editInPlace(path, (disk.text(path) ?? "").replace('"old"', '"by hand"'));
    disk.capacity = usedOf(disk) + 50;
    await expect(setTitle(store, "T-2", "x")).rejects.toMatchObject({ code: "storage-full" });
    await expect(setTitle(store, "T-2", "x")).rejects.toMatchObject({ code: "storage-full" });
    expect(titleIn(store)).toBe("old");
    disk.capacity = Infinity;
    clock.advance(1_000);
    await setTitle(store, "T-2", "x");
    expect(store.read().get("tasks", "T-1")?.record).toMatchObject({
      title: "by hand",
      version: 2,
    });
    expect(JSON.parse(disk.text(path) ?? "")).toMatchObject({
      items: { "T-1": { title: "by hand" }, "T-2": { title: "x" } },
    });
    await store.close();
  });

  test("a checkpoint that finds no room is done without", async () => {
    const { disk, store, clock } = await setUp();
    disk.judge = (operation, path) =>
      operation === "write" && path.includes("checkpoint") ? { code: "ENOSPC" } : "works";
    await store.close();
    expect(disk.paths().filter((path) => path.includes("checkpoint"))).toEqual([]);
    const again = await openSimulated(disk, clock);
    expect(titleIn(again)).toBe("old");
    await again.close();
  });
});

describe("[S3] a sync that fails", () => {
  test("at any place turns the store read-only, is never tried again, and shows no change that may not last", async () => {
    const failed = await each(
      "EIO",
      async ({ outcome, store, disk, clock }) => {
        expect(outcome).toBeInstanceOf(StoreFault);
        expect(outcome).toMatchObject({ code: "store-unavailable" });
        if (!(outcome instanceof StoreFault)) return;
        expect(outcome.more["outcome"]).toBe("no");
        expect(titleIn(store)).toBe("old");
        expect(outcome.message).toContain("was not made");
        const before = disk.operations;
        expect(await attempt(store)).toMatchObject({ code: "store-unavailable" });
        expect(disk.operations).toBe(before);
        expect((await store.health())["writable"]).toMatchObject({ ok: false });
        await store.close();
        const again = await openSimulated(disk, clock);
        expect(titleIn(again)).toBe("old");
        expect(await problemsOf(again, disk, [])).toEqual([]);
        await again.close();
      },
      ["sync"],
    );
    // The log, two files, and the folder with the names of the commit before.
    expect(failed).toBe(4);
  });

  test("of the folder, when nothing follows: read-only, and what was answered before lasts", async () => {
    const { disk, store, clock, first } = await setUp();
    const done = await attempt(store);
    disk.judge = (operation, path) =>
      operation === "sync" && path.endsWith("/state") ? { code: "EIO" } : "works";
    await vi.waitFor(async () =>
      expect((await store.health())["writable"]).toMatchObject({ ok: false }),
    );
    expect(await attempt(store)).toMatchObject({ code: "store-unavailable" });
    const left = disk.restart();
    const after = await openSimulated(left, clock);
    expect(titleIn(after)).toBe("new");
    expect(await problemsOf(after, left, [...first, ...acknowledgedBy(done)])).toEqual([]);
    await after.close();
  });
});

describe("[S3] a rename that fails", () => {
  test("leaves an unknown outcome: what became visible is durable, whatever happens then", async () => {
    const failed = await each(
      "EIO",
      async ({ outcome, store, disk, clock }) => {
        expect(outcome).toMatchObject({ code: "store-unavailable", more: { outcome: "unknown" } });
        expect(titleIn(store)).toBe("new");
        expect(await attempt(store)).toMatchObject({ code: "store-unavailable" });
        const left = disk.restart();
        const after = await openSimulated(left, clock);
        expect(titleIn(after)).toBe("new");
        expect(await problemsOf(after, left, [])).toEqual([]);
        await after.close();
      },
      ["rename"],
    );
    expect(failed).toBe(2);
  });
});

describe("any other refusal of the disk", () => {
  test("is a fault with a code, never a half change; what was acknowledged stays", async () => {
    const codes = new Set<string>();
    const failed = await each("EACCES", async ({ outcome, store, disk, clock, first }) => {
      codes.add(codeOf(outcome));
      const acknowledged = [...first, ...acknowledgedBy(outcome)];
      const seen = titleIn(store);
      await store.close();
      const again = await openSimulated(disk, clock);
      expect(titleIn(again)).toBe(seen);
      expect(await problemsOf(again, disk, acknowledged)).toEqual([]);
      await again.close();
    });
    expect(codes).toEqual(new Set(["store-unavailable", "done"]));
    expect(failed).toBeGreaterThanOrEqual(12);
  });
});

function usedOf(disk: SimDisk): number {
  const capacity = disk.capacity;
  disk.capacity = 1e12;
  const used = 1e12 - disk.freeBytes();
  disk.capacity = capacity;
  return used;
}
