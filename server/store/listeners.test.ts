import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createManualClock } from "../kernel/clock.ts";
import { kinds } from "../kinds.ts";
import { createMemoryStore } from "./memory-store.ts";
import { openFileStore } from "./open-file-store.ts";
import type { Store } from "./port.ts";
import { setTitle } from "./testing/records.ts";

async function onFiles(): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), "kyros-listeners-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return openFileStore({ folder, kinds, clock: createManualClock() });
}

const inMemory = () => Promise.resolve(createMemoryStore({ kinds, clock: createManualClock() }));

test.each([
  ["on files", onFiles],
  ["in memory", inMemory],
])(
  "a listener that throws changes neither a commit's answer nor what others hear (%s)",
  async (_where, open) => {
    const store = await open();
    const bugs: unknown[] = [];
    const heads: number[] = [];
    store.events.onBug((bug) => bugs.push(bug));
    store.events.subscribe(() => {
      throw new Error("a bug of mine");
    });
    store.events.subscribe(() => heads.push(store.events.head));
    const answers = [await setTitle(store, "T-1", "one"), await setTitle(store, "T-1", "two")];
    await store.close();
    expect(answers.map(({ ok }) => ok)).toEqual([true, true]);
    expect(heads).toEqual([1, 2]);
    expect(bugs.map(String)).toEqual(["Error: a bug of mine", "Error: a bug of mine"]);
  },
);
