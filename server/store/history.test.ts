/** Whatever happens to a folder, in whatever order: the log replayed gives the files. On a simulated disk. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createManualClock } from "../kernel/clock.ts";
import type { FileStore } from "./file-store.ts";
import { put, remove } from "./port.ts";
import { FOLDER, openSimulated, problemsOf, randomFrom } from "./testing/crashes.ts";
import { anAgent, change, setTitle } from "./testing/records.ts";
import { SimDisk } from "./testing/sim-disk.ts";

const TASKS = `${FOLDER}/state/tasks.json`;
const LOG = `${FOLDER}/events/events.jsonl`;

type Items = Record<string, Record<string, unknown>>;
type Step = (story: Story) => Promise<unknown> | void;

/** A folder, its server, and people and git who do things to both. */
class Story {
  readonly clock = createManualClock();
  disk: SimDisk;
  store!: FileStore;
  #remembered: [tasks: string, log: string] = ["", ""];
  #given = new Map<string, { version: number; etag: string }>();
  /** Versions that fell, or that two states of a record have. */
  readonly complaints: string[] = [];

  constructor(seed: number) {
    this.disk = new SimDisk({ random: randomFrom(seed), nowMs: () => this.clock.now() });
  }

  async open(): Promise<void> {
    this.disk = this.disk.restartGently();
    this.store = await openSimulated(this.disk, this.clock);
  }

  text(path: string): string {
    return this.disk.text(path) ?? "";
  }

  edit(how: (items: Items) => void): void {
    const content = JSON.parse(this.text(TASKS)) as { items: Items };
    how(content.items);
    this.disk.editByRename(TASKS, JSON.stringify(content, null, 2));
  }

  /** As `git commit`. */
  remember(): void {
    this.#remembered = [this.text(TASKS), this.text(LOG)];
  }

  /** As `git checkout`. */
  goBack(files: string): void {
    this.disk.editByRename(TASKS, this.#remembered[0]);
    if (files === "both") this.disk.editByRename(LOG, this.#remembered[1]);
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
  forge: fc.tuple(id, fc.nat(9)).map(([name, version]) => (story) => {
    const now = story.clock.now();
    const changes = [{ kind: "tasks", id: name, version: version + 1, value: null }];
    const event = {
      id: `f${now}`,
      ts: new Date(now).toISOString(),
      event: "forged",
      details: { changes },
    };
    story.disk.editInPlace(LOG, `${story.text(LOG)}${JSON.stringify(event)}\n`);
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
    fc.asyncProperty(histories, fc.integer(), async (history, seed) => {
      const story = new Story(seed);
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
    { numRuns: 150 },
  );
}, 120_000);
