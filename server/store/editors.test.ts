/**
 * Somebody saves a state file at the worst moments: before each operation of the disk that a commit
 * takes, in place and by a rename of their own. Deterministic, on a simulated disk.
 */
import { describe, expect, test } from "vitest";
import { createManualClock } from "../kernel/clock.ts";
import { put, remove, type Store } from "./port.ts";
import { FOLDER, openSimulated, randomFrom } from "./testing/crashes.ts";
import { allEvents } from "./testing/observe.ts";
import { aTask, change, setTitle } from "./testing/records.ts";
import { SimDisk, type Operation } from "./testing/sim-disk.ts";

const TASKS = `${FOLDER}/state/tasks.json`;

interface Scene {
  readonly disk: SimDisk;
  readonly clock: ReturnType<typeof createManualClock>;
  store: Store & { look(): Promise<void> };
}

async function setUp(seed: number): Promise<Scene> {
  const clock = createManualClock();
  const disk = new SimDisk({ random: randomFrom(seed), nowMs: () => clock.now() });
  const store = await openSimulated(disk, clock);
  await change(store, [put("tasks", aTask("T-1")), put("tasks", aTask("T-2"))]);
  clock.advance(10_000);
  return { disk, clock, store };
}

interface Way {
  /** Some operations ahead: an editor needs a moment between making its file and renaming it. */
  prepare?(disk: SimDisk): void;
  save(disk: SimDisk, text: string): void;
  /**
   * Between the second name and the rename there is nothing but the rename itself. A file that is
   * moved in from elsewhere within these microseconds is the one thing that nobody can see.
   */
  readonly cannotBeSeenAt?: Operation;
}

const TEMPORARY = `${FOLDER}/state/tasks.json.tmp`;

const WAYS: Record<string, Way> = {
  "in place": { save: (disk, text) => disk.editInPlace(TASKS, text) },
  "by a rename from the same folder": {
    prepare: (disk) => disk.create(TEMPORARY, ""),
    save(disk, text) {
      disk.editInPlace(TEMPORARY, text);
      disk.moveForGood(TEMPORARY, TASKS);
    },
  },
  "by a rename from elsewhere": {
    save: (disk, text) => disk.editByRename(TASKS, text),
    cannotBeSeenAt: "rename",
  },
};

const PREPARED_BEFORE = 6;

/** Has somebody save at this operation of the disk, counted from now; tells whether it came to that. */
function saveAt(disk: SimDisk, way: Way, at: number, id: string): () => boolean {
  const start = disk.operations;
  let isSaved = false;
  if (at <= PREPARED_BEFORE) way.prepare?.(disk);
  disk.judge = (operation, _path, count) => {
    if (count === start + at - PREPARED_BEFORE) way.prepare?.(disk);
    if (count === start + at && operation !== way.cannotBeSeenAt) {
      way.save(disk, edited(disk.text(TASKS) ?? "", id, "by hand"));
      isSaved = true;
    }
    return "works";
  };
  return () => isSaved;
}

/** What a person who looks at the file now would save, with one title changed. */
function edited(text: string, id: string, title: string): string {
  const content = JSON.parse(text) as { items: Record<string, { title: string }> };
  const task = content.items[id];
  if (task === undefined) throw new Error(`${id} is not there`);
  task.title = title;
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** Lets the moments pass in which buried files are looked at. */
async function settle({ store, clock }: Scene): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    await store.look();
    clock.advance(200);
  }
}

function keptAside(disk: SimDisk): string[] {
  return disk
    .paths()
    .filter((path) => path.includes("/set-aside/"))
    .map((path) => disk.text(path) ?? "");
}

async function isSafe(scene: Scene, title: string): Promise<boolean> {
  const { store, disk } = scene;
  const inState = [...store.read().collection("tasks").entries()].some(
    ({ record }) => record.title === title,
  );
  const inLog = (await allEvents(store)).some(({ line }) => line.includes(title));
  return inState || inLog || keptAside(disk).some((text) => text.includes(title));
}

/** Longer than a commit and all that follows it. */
const OPERATIONS = 40;

describe.each(Object.keys(WAYS))("[S10] a save %s", (name) => {
  const way = WAYS[name]!;

  test("before any operation of a commit to another record: both are there", async () => {
    let saves = 0;
    for (let at = 1; at < OPERATIONS; at += 1) {
      const scene = await setUp(at);
      const { disk, store } = scene;
      const isSaved = saveAt(disk, way, at, "T-1");
      expect(await setTitle(store, "T-2", "by API")).toMatchObject({ ok: true });
      disk.judge = () => "works";
      await settle(scene);
      const title = isSaved() ? "by hand" : "Task T-1";
      const titles = ["T-1", "T-2"].map((id) => store.read().get("tasks", id)?.record.title);
      expect([at, ...titles]).toEqual([at, title, "by API"]);
      expect(disk.text(TASKS)).toContain(`"title": "${title}"`);
      expect(disk.text(TASKS)).toContain('"title": "by API"');
      saves += isSaved() ? 1 : 0;
      await store.close();
    }
    expect(saves).toBeGreaterThanOrEqual(9);
  });

  test("before any operation of a commit to the same record: taken in, or set aside with an event", async () => {
    let aside = 0;
    for (let at = 1; at < OPERATIONS; at += 1) {
      const scene = await setUp(at);
      const { disk, store } = scene;
      const isSaved = saveAt(disk, way, at, "T-1");
      expect(await setTitle(store, "T-1", "by API")).toMatchObject({ ok: true });
      disk.judge = () => "works";
      await settle(scene);
      expect([at, await isSafe(scene, "by hand")]).toEqual([at, isSaved()]);
      const events = await allEvents(store);
      const told = events.filter(({ event }) => event.event === "edit_set_aside");
      aside += told.length;
      expect(told).toHaveLength(keptAside(disk).length);
      for (const { event } of told) {
        expect(event).toMatchObject({ actor: "file", target: "state:tasks" });
        expect(event.details).toMatchObject({ records: ["T-1"] });
        expect(disk.text(`${FOLDER}/${String(event.details["path"])}`)).toContain("by hand");
      }
      await store.close();
    }
    expect(aside).toBeGreaterThan(2);
  });

  test("is there after a kill at any moment that follows", async () => {
    let saves = 0;
    for (let at = 1; at < 20; at += 1) {
      for (const later of [0, 1, 2, 4, 7, 11]) {
        const { disk, store, clock } = await setUp(at);
        const start = disk.operations;
        const isSaved = saveAt(disk, way, at, "T-1");
        const { judge } = disk;
        disk.judge = (operation, path, count) => {
          judge(operation, path, count);
          return count > start + at + later ? "power cut" : "works";
        };
        await setTitle(store, "T-2", "by API").catch(() => {});
        const after = disk.restartGently();
        const again = await openSimulated(after, clock);
        const now: Scene = { disk: after, clock, store: again };
        await settle(now);
        expect([at, later, await isSafe(now, "by hand")]).toEqual([at, later, isSaved()]);
        saves += isSaved() ? 1 : 0;
        await again.close();
      }
    }
    expect(saves).toBeGreaterThan(50);
  });
});

describe("[S10] a save in the middle of a look", () => {
  test("by a rename while the old file gets its second name: it is the new one that is kept", async () => {
    const scene = await setUp(12);
    const { disk, store } = scene;
    let saves = 0;
    disk.judge = (operation, path) => {
      if (operation !== "link" || !path.includes("/replaced/") || saves > 0) return "works";
      saves += 1;
      disk.editByRename(TASKS, edited(disk.text(TASKS) ?? "", "T-1", "by hand"));
      // The kernel had found the old file already, and does not link what has lost its last name.
      return { code: "ENOENT" };
    };
    await setTitle(store, "T-2", "by API");
    disk.judge = () => "works";
    await settle(scene);
    const titles = ["T-1", "T-2"].map((id) => store.read().get("tasks", id)?.record.title);
    expect([saves, ...titles]).toEqual([1, "by hand", "by API"]);
    await store.close();
  });

  test("by way of removing the old file, whatever operations of a commit come between", async () => {
    let saves = 0;
    for (let at = 1; at < OPERATIONS; at += 1) {
      for (const later of [1, 2, 3]) {
        const scene = await setUp(at);
        const { disk, store } = scene;
        const text = edited(disk.text(TASKS) ?? "", "T-1", "by hand");
        const backup = `${TASKS}~`;
        const start = disk.operations;
        let isSaved = false;
        disk.judge = (_operation, _path, count) => {
          if (count === start + at) disk.moveForGood(TASKS, backup);
          if (count === start + at + later) {
            if (disk.text(TASKS) === undefined) disk.create(TASKS, text);
            else disk.editInPlace(TASKS, text);
            disk.deleteForGood(backup);
            isSaved = true;
          }
          return "works";
        };
        await setTitle(store, "T-2", "by API");
        disk.judge = () => "works";
        if (isSaved) await settle(scene);
        expect([at, later, isSaved && !(await isSafe(scene, "by hand"))]).toEqual([
          at,
          later,
          false,
        ]);
        saves += isSaved ? 1 : 0;
        await store.close();
      }
    }
    expect(saves).toBeGreaterThanOrEqual(27);
  });
});

describe("[S10] what is saved twice in a row", () => {
  test("in the same tick of the clock and with the same size is seen both times", async () => {
    const scene = await setUp(3);
    const { disk, store } = scene;
    for (const title of ["hand 1", "hand 2", "hand 3"]) {
      disk.editInPlace(TASKS, edited(disk.text(TASKS) ?? "", "T-1", title));
      await store.look();
    }
    expect(store.read().get("tasks", "T-1")?.record).toMatchObject({ title: "hand 3", version: 4 });
    await store.close();
  });

  test("into the buried file and into the new one: the later save of a record stands", async () => {
    const scene = await setUp(4);
    const { disk, store } = scene;
    const buried = disk.handleOf(TASKS);
    const before = disk.text(TASKS) ?? "";
    await setTitle(store, "T-2", "by API");
    buried.overwrite(edited(before, "T-1", "into the buried one"));
    disk.editInPlace(TASKS, edited(disk.text(TASKS) ?? "", "T-1", "into the new one"));
    await settle(scene);
    expect(store.read().get("tasks", "T-1")?.record.title).toBe("into the new one");
    expect(await isSafe(scene, "into the buried one")).toBe(true);
    await store.close();
  });

  test("slowly into the buried file: half of it is waited for", async () => {
    const scene = await setUp(5);
    const { disk, store, clock } = scene;
    const buried = disk.handleOf(TASKS);
    const text = edited(disk.text(TASKS) ?? "", "T-1", "slowly");
    await setTitle(store, "T-2", "by API");
    for (const part of [0, 40, 90]) {
      buried.overwrite(text.slice(0, part));
      await store.look();
      clock.advance(30);
    }
    buried.overwrite(text);
    await settle(scene);
    expect(store.read().get("tasks", "T-1")?.record.title).toBe("slowly");
    expect(keptAside(disk)).toEqual([]);
    await store.close();
  });

  test("a half save that never ends is set aside, as it is", async () => {
    const scene = await setUp(6);
    const { disk, store } = scene;
    const buried = disk.handleOf(TASKS);
    await setTitle(store, "T-2", "by API");
    buried.overwrite('{"kind": "tasks", "items": {"T-1": {"title": "hal');
    await settle(scene);
    expect(keptAside(disk)).toEqual(['{"kind": "tasks", "items": {"T-1": {"title": "hal']);
    const told = (await allEvents(store)).filter(({ event }) => event.event === "edit_set_aside");
    expect(told).toHaveLength(1);
    await store.close();
  });

  test("a foreign file that comes and goes beside ours leaves no trace", async () => {
    const scene = await setUp(7);
    const { disk, store } = scene;
    const start = disk.operations;
    disk.judge = (operation, _path, count) => {
      if (count === start + 1) disk.create(`${FOLDER}/state/4913`, "");
      if (operation === "rename") disk.deleteForGood(`${FOLDER}/state/4913`);
      return "works";
    };
    await setTitle(store, "T-2", "by API");
    disk.judge = () => "works";
    await settle(scene);
    expect(keptAside(disk)).toEqual([]);
    expect(disk.paths().filter((path) => path.includes("/replaced/"))).toEqual([]);
    await store.close();
  });
});

describe("[S9] external edits", () => {
  test("are versioned, logged by `file` with the changed fields, and beat a stale ETag", async () => {
    const scene = await setUp(8);
    const { disk, store } = scene;
    const stale = store.read().get("tasks", "T-1")?.etag;
    disk.editInPlace(TASKS, edited(disk.text(TASKS) ?? "", "T-1", "by hand"));
    const seen = await store.commit(
      (view) => {
        const current = view.get("tasks", "T-1")?.etag;
        return {
          ok: false,
          code: "precondition-failed",
          detail: String(current === stale),
          more: {},
        };
      },
      { actor: "agent-1" },
    );
    expect(seen).toMatchObject({ detail: "false" });
    const last = (await allEvents(store)).at(-1)?.event;
    expect(last).toMatchObject({
      event: "state_edited",
      actor: "file",
      target: "task:T-1",
      details: {
        what: "changed",
        fields: ["title"],
        changes: [{ kind: "tasks", id: "T-1", version: 2 }],
      },
    });
    await store.close();
  });

  test("create and delete records; what is unknown of them survives", async () => {
    const scene = await setUp(9);
    const { disk, store } = scene;
    const content = JSON.parse(disk.text(TASKS) ?? "") as { items: Record<string, unknown> };
    delete content.items["T-1"];
    content.items["T-7"] = { title: "Buy milk", mood: { colour: "blue", deep: [1, null] } };
    disk.editInPlace(TASKS, JSON.stringify(content));
    await store.look();
    const view = store.read();
    expect(view.get("tasks", "T-1")).toBeUndefined();
    expect(view.get("tasks", "T-7")?.record).toMatchObject({
      version: 1,
      title: "Buy milk",
      status: "queued",
      mood: { colour: "blue", deep: [1, null] },
    });
    expect(disk.text(TASKS)).toContain('"colour": "blue"');
    const events = (await allEvents(store)).slice(-2).map(({ event }) => event.details["what"]);
    expect(new Set(events)).toEqual(new Set(["created", "deleted"]));
    await store.close();
  });

  test("of nothing but versions and layout change nothing but the file back", async () => {
    const scene = await setUp(10);
    const { disk, store } = scene;
    const before = disk.text(TASKS) ?? "";
    const { cursor } = store.read();
    disk.editInPlace(
      TASKS,
      JSON.stringify(JSON.parse(before.replaceAll('"version": 1', '"version": 77'))),
    );
    await store.look();
    expect(store.read().cursor).toBe(cursor);
    expect(disk.text(TASKS)).toBe(before);
    await store.close();
  });

  test("a record that comes from elsewhere keeps its version, and counts on from there", async () => {
    const scene = await setUp(11);
    const { disk, store } = scene;
    const content = JSON.parse(disk.text(TASKS) ?? "") as { items: Record<string, unknown> };
    content.items["T-8"] = { title: "From a branch", version: 12 };
    disk.editInPlace(TASKS, JSON.stringify(content));
    await store.look();
    expect(store.read().get("tasks", "T-8")?.record.version).toBe(12);
    await change(store, [remove("tasks", "T-8")]);
    await setTitle(store, "T-8", "again");
    expect(store.read().get("tasks", "T-8")?.record.version).toBe(14);
    await store.close();
  });
});
