/** Hundreds of random merges by real git, and what the store makes of each. */
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { conflictsOf } from "#contracts/merge-conflict";
import { KINDS, type Kind } from "#contracts/state";
import { digest } from "../store/canonical.ts";
import { lostChanges } from "./testing/lost-changes.ts";
import { adopt, boardAt, createBoard, type Items, type SomeBoard } from "./testing/boards.ts";
import { someEdits } from "./testing/some-records.ts";
import {
  cloneOf,
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

const SLOW = { timeout: 120_000 };

/** Draws the edits of a whole test, and tells its seed where an expectation fails. */
function draw(rounds: number) {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const edits = fc.sample(someEdits, { seed, numRuns: rounds * NAMES.length * 2 });
  return {
    seed,
    edit: (boards: readonly SomeBoard[], how: "by hand" | "through the store") =>
      Promise.all(boards.map((board) => board.edit(edits.pop()!, how))),
  };
}

const itemsOf = (boards: readonly SomeBoard[]) => boards.map((board) => board.items());

/** @returns whether git was right to stop for a conflict, or to go on. */
async function mergeAndJudge(
  from: string,
  boards: readonly SomeBoard[],
  before: { base: Items[]; ours: Items[]; theirs: Items[] },
) {
  const { code, said } = await repository.git("merge", "-q", "--no-edit", from);
  const merged = itemsOf(boards);
  const found = boards.map((_, at) =>
    judge(before.base[at]!, before.ours[at]!, before.theirs[at]!, merged[at]!),
  );
  const hasConflicts = found.some(({ opened }) => opened > 0);
  const lost = found.flatMap((each) => each.lost);
  return { hasConflicts, problems: code === (hasConflicts ? 1 : 0) ? lost : [...lost, said] };
}

async function adoptAll(boards: readonly SomeBoard[]) {
  const adopted = await Promise.all(boards.map(adopt));
  return adopted.flatMap(({ differences, reused }) => [...differences, ...reused]);
}

test(
  "[G7] [G10] of 240 boards that git merges, none loses a change, each is valid, and each verifies once it is taken in",
  SLOW,
  async () => {
    const rounds = 30;
    const { seed, edit } = draw(rounds);
    const boards = await Promise.all(NAMES.map((name) => createBoard(repository.root, name)));
    await commit(repository, "start");
    let withConflicts = 0;
    for (let round = 0; round < rounds; round += 1) {
      const base = itemsOf(boards);
      await repository.must("checkout", "-q", "-b", `side-${round}`);
      await edit(boards, "by hand");
      await commit(repository, "theirs");
      const theirs = itemsOf(boards);
      await repository.must("checkout", "-q", "main");
      await edit(boards, "through the store");
      await commit(repository, "ours");
      const before = { base, ours: itemsOf(boards), theirs };

      const { hasConflicts, problems } = await mergeAndJudge(`side-${round}`, boards, before);
      expect({ seed, round, problems, failures: driver.failures }).toEqual({
        seed,
        round,
        problems: [],
        failures: [],
      });
      if (hasConflicts) {
        withConflicts += 1;
        await commit(repository, "with open conflicts");
      }
      const wrong = await adoptAll(boards);
      expect({ seed, round, wrong }).toEqual({ seed, round, wrong: [] });
      await commit(repository, "taken in");
    }
    expect(driver.calls).toBeGreaterThan(200);
    expect(withConflicts).toBeGreaterThan(5);
  },
);

test(
  "[G10] [G11] two clones, each with a server of its own: 48 boards that are pulled verify once they are taken in",
  SLOW,
  async () => {
    const rounds = 6;
    const { seed, edit } = draw(rounds);
    const boards = await Promise.all(NAMES.map((name) => createBoard(repository.root, name)));
    await commit(repository, "start");
    const clone = cloneOf(repository);
    const cloned = NAMES.map((name) => boardAt(join(clone.root, name)));
    for (let round = 0; round < rounds; round += 1) {
      const base = itemsOf(boards);
      await edit(boards, "through the store");
      await commit(repository, "ours");
      await edit(cloned, "through the store");
      await commit(clone, "theirs");
      await repository.must("fetch", "-q", clone.root, "main");
      const before = { base, ours: itemsOf(boards), theirs: itemsOf(cloned) };

      const { hasConflicts, problems } = await mergeAndJudge("FETCH_HEAD", boards, before);
      expect({ seed, round, problems }).toEqual({ seed, round, problems: [] });
      if (hasConflicts) await commit(repository, "with open conflicts");
      expect({ seed, round, wrong: await adoptAll(boards) }).toEqual({ seed, round, wrong: [] });
      await commit(repository, "taken in");
      await clone.must("pull", "-q", "--ff-only", "origin", "main");
      expect({ seed, round, wrong: await adoptAll(cloned) }).toEqual({ seed, round, wrong: [] });
      await commit(clone, "taken in there");
      await repository.must("pull", "-q", "--ff-only", clone.root, "main");
    }
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

async function commit(where: Repository, message: string): Promise<void> {
  await where.must("add", "-A");
  await where.must("commit", "-q", "--allow-empty", "-m", message);
}
