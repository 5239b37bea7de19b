/** Whatever happens to a folder, in whatever order: the log replayed gives the files. On a simulated disk. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createManualClock } from "../kernel/clock.ts";
import type { FileStore } from "./file-store.ts";
import { put, remove } from "./port.ts";
import { FOLDER, openSimulated, problemsOf, randomFrom } from "./testing/crashes.ts";
import { anAgent, aTask, change, setTitle } from "./testing/records.ts";
import { SimDisk } from "./testing/sim-disk.ts";

const TASKS = `${FOLDER}/state/tasks.json`;
const EVENTS = `${FOLDER}/events/`;
/** Few lines to a file of the log, so that a history has several; or all in one. */
const SEGMENTS = [1_000, undefined] as const;

type Items = Record<string, Record<string, unknown>>;
type Step = (story: Story) => Promise<unknown> | void;

/** A folder, its server, and people and git who do things to both. */
class Story {
  readonly clock = createManualClock();
  disk: SimDisk;
  store!: FileStore;
  readonly #segmentBytes: number | undefined;
  #remembered: { tasks: string; log: ReadonlyMap<string, string> } = { tasks: "", log: new Map() };
  #given = new Map<string, { version: number; etag: string }>();
  /** Versions that fell, or that two states of a record have. */
  readonly complaints: string[] = [];

  constructor(seed: number, segmentBytes: number | undefined) {
    this.#segmentBytes = segmentBytes;
    this.disk = new SimDisk({ random: randomFrom(seed), nowMs: () => this.clock.now() });
  }

  async open(): Promise<void> {
    this.disk = this.disk.restartGently();
    this.store = await openSimulated(this.disk, this.clock, this.#segmentBytes);
  }

  text(path: string): string {
    return this.disk.text(path) ?? "";
  }

  /** The files of the log, in order. */
  get log(): string[] {
    const paths = this.disk.paths().filter((path) => path.startsWith(EVENTS));
    return paths.toSorted((a, b) => a.length - b.length || a.localeCompare(b));
  }

  edit(how: (items: Items) => void): void {
    const content = JSON.parse(this.text(TASKS)) as { items: Items };
    how(content.items);
    this.disk.editByRename(TASKS, JSON.stringify(content, null, 2));
  }

  /** As `git commit`. */
  remember(): void {
    const log = new Map(this.log.map((path) => [path, this.text(path)]));
    this.#remembered = { tasks: this.text(TASKS), log };
  }

  /** As `git checkout`. */
  goBack(files: string): void {
    const { tasks, log } = this.#remembered;
    this.disk.editByRename(TASKS, tasks);
    if (files !== "both") return;
    for (const path of this.log) if (!log.has(path)) this.disk.deleteForGood(path);
    for (const [path, text] of log) this.disk.editByRename(path, text);
  }

  look(): void {
    for (const { id, record, etag } of this.store.read().collection("tasks").entries()) {
      const before = this.#given.get(id);
      this.#given.set(id, { version: record.version, etag });
      if (before === undefined) continue;
      if (record.version < before.version) this.complaints.push(`${id} fell to ${record.version}`);
      if (record.version === before.version && etag !== before.etag) {
        this.complaints.push(`${id} has version ${record.version} twice`);
      }
    }
  }
}

const id = fc.constantFrom("T-1", "T-2", "T-10");
const text = fc.nat(9).map((number) => `text ${number}`);
const files = fc.constantFrom("state", "both");
const segments = fc.constantFrom(...SEGMENTS);

const steps: Record<string, fc.Arbitrary<Step>> = {
  title: fc.tuple(id, text).map(
    ([name, title]) =>
      ({ store }) =>
        setTitle(store, name, title),
  ),
  delete: id.map(
    (name) =>
      ({ store }) =>
        change(store, [remove("tasks", name)]),
  ),
  agent: text.map(
    (role) =>
      ({ store }) =>
        change(store, [put("agents", anAgent("agent-1", { role }))]),
  ),
  edit: fc.tuple(id, text).map(
    ([name, title]) =>
      (story) =>
        story.edit((items) => (items[name] = { ...items[name], title })),
  ),
  cut: id.map((name) => (story) => story.edit((items) => delete items[name])),
  remember: fc.constant((story) => story.remember()),
  goBack: files.map((which) => (story) => story.goBack(which)),
  // As a merge by lines leaves it: what another branch did stands anywhere.
  forge: fc
    .tuple(id, fc.nat(9), fc.constantFrom("value", "patch", "gone"), fc.nat(), fc.nat())
    .map(([name, version, what, where, line]) => (story) => {
      const now = story.clock.now();
      const title = `theirs ${version}`;
      const told =
        what === "patch"
          ? { patch: { title } }
          : { value: what === "gone" ? null : aTask(name, { title }) };
      const hash = what === "gone" ? {} : { hash: "of-another-branch" };
      const changes = [{ kind: "tasks", id: name, version: version + 1, ...hash, ...told }];
      const ts = new Date(now).toISOString();
      const event = { id: `f${now}`, ts, event: "forged", details: { changes } };
      const path = story.log.at(where % story.log.length) ?? "";
      const lines = story.text(path).split("\n").slice(0, -1);
      lines.splice(line % (lines.length + 1), 0, JSON.stringify(event));
      story.disk.editInPlace(path, lines.map((each) => `${each}\n`).join(""));
    }),
  kill: fc.constant((story) => story.open()),
  stop: fc
    .constantFrom<Step>(
      () => {},
      (story) => story.edit((items) => (items["T-2"] = { title: "meanwhile" })),
      (story) => story.goBack("both"),
      (story) => story.goBack("state"),
    )
    .map((meanwhile) => async (story) => {
      await story.store.close();
      await meanwhile(story);
      await story.open();
    }),
};

const WEIGHTS: Record<string, number> = { title: 4, edit: 3, delete: 2, cut: 2 };

const histories = fc.array(
  fc.oneof(
    ...Object.entries(steps).map(([name, arbitrary]) => ({
      weight: WEIGHTS[name] ?? 1,
      arbitrary,
    })),
  ),
  { minLength: 1, maxLength: 25 },
);

test("[S5] [S12] after any history of commits, edits, git and restarts: replay, files and view agree, versions only rise", async () => {
  await fc.assert(
    fc.asyncProperty(histories, fc.integer(), segments, async (history, seed, segmentBytes) => {
      const story = new Story(seed, segmentBytes);
      await story.open();
      story.remember();
      for (const step of history) {
        story.clock.advance(3_000);
        await step(story);
        await story.store.look();
        story.look();
      }
      expect(story.complaints).toEqual([]);
      const problems = await problemsOf(story.store, story.disk, []);
      // Edits are what this is about; only a crash must not be taken for one.
      expect(problems.filter((problem) => !problem.includes("taken for an edit"))).toEqual([]);
    }),
    { numRuns: 200 },
  );
}, 120_000);
