/** Hundreds of random merges by real git, and what the store makes of each. */
import * as fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { conflictsOf } from "#contracts/merge-conflict";
import { KINDS, type Kind } from "#contracts/state";
import { digest } from "../store/canonical.ts";
import { lostChanges } from "./testing/lost-changes.ts";
import { adopt, createBoard, type Items } from "./testing/boards.ts";
import { someEdits } from "./testing/some-records.ts";
import {
  newRepository,
  startQuickDriver,
  type QuickDriver,
  type Repository,
} from "./testing/repository.ts";

let repository: Repository;
let driver: QuickDriver;

beforeAll(async () => {
  driver = await startQuickDriver(() => repository.root);
});
afterAll(() => driver.close());
beforeEach(async () => {
  repository = newRepository();
  await repository.must("config", "merge.kyros.driver", driver.command);
});
afterEach(() => repository.remove());

const NAMES = ["a", "b", "c", "d", "e", "f", "g", "h"];
const ROUNDS = 30;

test(
  "[G7] [G10] of 240 boards that git merges, none loses a change, each is valid, and each verifies once it is taken in",
  { timeout: 120_000 },
  async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const edits = fc.sample(someEdits, { seed, numRuns: ROUNDS * NAMES.length * 2 });
    const boards = await Promise.all(NAMES.map((name) => createBoard(repository.root, name)));
    await commit("start");
    let withConflicts = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const base = boards.map((board) => board.items());
      await repository.must("checkout", "-q", "-b", `side-${round}`);
      await Promise.all(boards.map((board) => board.edit(edits.pop()!, "by hand")));
      await commit("theirs");
      const theirs = boards.map((board) => board.items());
      await repository.must("checkout", "-q", "main");
      await Promise.all(boards.map((board) => board.edit(edits.pop()!, "through the store")));
      await commit("ours");
      const ours = boards.map((board) => board.items());

      const { code, said } = await repository.git("merge", "-q", "-m", "merged", `side-${round}`);
      const merged = boards.map((board) => board.items());
      const found = boards.map((_, at) => judge(base[at]!, ours[at]!, theirs[at]!, merged[at]!));
      expect(driver.failures).toEqual([]);
      const isOpen = found.some(({ opened }) => opened > 0);
      expect({ seed, round, code, lost: found.flatMap(({ lost }) => lost), said }).toEqual({
        seed,
        round,
        code: isOpen ? 1 : 0,
        lost: [],
        said: expect.any(String) as string,
      });
      if (isOpen) {
        withConflicts += 1;
        await commit("with open conflicts");
      }
      for (const { differences, reused } of await Promise.all(boards.map(adopt))) {
        expect({ seed, round, differences, reused }).toEqual({
          seed,
          round,
          differences: [],
          reused: [],
        });
      }
      await commit("taken in");
    }
    expect(driver.calls).toBeGreaterThan(200);
    expect(withConflicts).toBeGreaterThan(10);
    expect(withConflicts).toBeLessThan(ROUNDS);
  },
);

function judge(base: Items, ours: Items, theirs: Items, merged: Items) {
  const lost: string[] = [];
  let opened = 0;
  for (const kind of KINDS) {
    const ids = new Set([base, ours, theirs].flatMap((side) => Object.keys(side[kind])));
    for (const id of ids) {
      const of = (side: Items) => side[kind][id];
      const name = `${kind}/${id}: `;
      for (const side of [ours, theirs]) {
        lost.push(...lostChanges(kind, of(base), of(side), of(merged)).map((what) => name + what));
      }
      opened += newConflicts(kind, id, [ours, theirs], merged);
    }
  }
  return { lost, opened };
}

function newConflicts(kind: Kind, id: string, sides: readonly Items[], merged: Items): number {
  const texts = (items: Items) => conflictsOf(items[kind][id] ?? {}).map((one) => digest(one));
  const before = sides.flatMap(texts);
  return texts(merged).filter((text) => !before.includes(text)).length;
}

async function commit(message: string): Promise<void> {
  await repository.must("add", "-A");
  await repository.must("commit", "-q", "--allow-empty", "-m", message);
}
