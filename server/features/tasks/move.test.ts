import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MoveCommand } from "#contracts/task";
import { aLease, anAgent, aTask } from "../../store/testing/records.ts";
import {
  ADA,
  AGENT_1,
  AGENT_2,
  newTask,
  NO_TERMS,
  ok,
  openBoard,
  refused,
  type Board,
} from "../testing/board.ts";

/** T-1, T-2, … in the queue, with these ranks. */
const column = (...positions: string[]) =>
  openBoard({ tasks: positions.map((position, at) => aTask(`T-${at + 1}`, { position })) });

const move = (board: Board, id: string, command: MoveCommand) =>
  board.tasks.move(ADA, id, command, NO_TERMS);

const orderOf = (board: Board, status = "queued") => {
  const page = board.tasks.list({ limit: 1_000 });
  return "items" in page
    ? page.items.filter((task) => task.status === status).map(({ id }) => id)
    : [];
};

describe("[T17] a moved card stands where it was put", () => {
  test.each<[string, MoveCommand, string[]]>([
    ["before the first", { before: "T-1" }, ["T-3", "T-1", "T-2", "T-4"]],
    ["before another", { before: "T-2" }, ["T-1", "T-3", "T-2", "T-4"]],
    ["behind another", { after: "T-1" }, ["T-1", "T-3", "T-2", "T-4"]],
    ["behind the last", { after: "T-4" }, ["T-1", "T-2", "T-4", "T-3"]],
    ["between two", { after: "T-1", before: "T-2" }, ["T-1", "T-3", "T-2", "T-4"]],
    [
      "right behind the one named, though others came between",
      { after: "T-1", before: "T-4" },
      ["T-1", "T-3", "T-2", "T-4"],
    ],
    ["at the end without a neighbour", { to: "queued" }, ["T-1", "T-2", "T-4", "T-3"]],
  ])("%s", async (_, command, expected) => {
    const board = await column("a", "b", "c", "d");
    await ok(move(board, "T-3", command));
    expect(orderOf(board)).toEqual(expected);
  });

  test("and no other record changes", async () => {
    const board = await column("a", "b", "c", "d");
    const before = ["T-1", "T-2", "T-4"].map(board.etag);
    await ok(move(board, "T-3", { before: "T-1" }));
    expect(["T-1", "T-2", "T-4"].map(board.etag)).toEqual(before);
    expect(await board.told()).toEqual(["task_updated"]);
  });

  test("one that stands there already stays, and nothing is written", async () => {
    const board = await column("a", "b", "b1", "d");
    await ok(move(board, "T-3", { after: "T-2", before: "T-4" }));
    expect(await board.told()).toEqual([]);
  });

  test("equal and crowded ranks from the file make room for as many as it takes", async () => {
    const board = await column("a", "a", "a", "a0", "b");
    await ok(move(board, "T-5", { after: "T-1" }));
    expect(orderOf(board)).toEqual(["T-1", "T-5", "T-2", "T-3", "T-4"]);
    expect(board.task("T-1")?.position).toBe("a");
    expect(await board.told()).toEqual(["task_updated"]);
  });

  test("where there is no room at all, the whole column gets new ranks", async () => {
    const last = "z".repeat(200);
    const board = await column(last, last, "a");
    await ok(move(board, "T-3", { after: "T-1" }));
    expect(orderOf(board)).toEqual(["T-1", "T-3", "T-2"]);
  });

  test("before a card with the smallest rank there is", async () => {
    const board = await column("0", "a");
    await ok(move(board, "T-2", { before: "T-1" }));
    expect(orderOf(board)).toEqual(["T-2", "T-1"]);
  });

  test("whatever ranks a person wrote, and however often cards move", async () => {
    const rank = fc.stringMatching(/^[0a-bz]{1,3}$/);
    const moves = fc.array(fc.tuple(fc.nat(4), fc.nat(4), fc.boolean()), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(rank, { minLength: 5, maxLength: 5 }),
        moves,
        async (ranks, all) => {
          const board = await column(...ranks);
          for (const [card, neighbour, isBefore] of all) {
            if (card === neighbour) continue;
            const [id, other] = [`T-${card + 1}`, `T-${neighbour + 1}`];
            const rest = orderOf(board).filter((each) => each !== id);
            const at = rest.indexOf(other) + (isBefore ? 0 : 1);
            await ok(move(board, id, isBefore ? { before: other } : { after: other }));
            expect(orderOf(board)).toEqual(rest.toSpliced(at, 0, id));
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("to another column", () => {
  const board = () =>
    openBoard({
      tasks: [
        aTask("T-1", { status: "in_progress", assignee: "agent-1", position: "a" }),
        aTask("T-2", { status: "review", position: "b" }),
        aTask("T-3", { status: "review", position: "c" }),
      ],
      agents: [anAgent("ada", { kind: "human" })],
      locks: [aLease("lock-1", { resource: "task:T-1" })],
    });

  test("[T18] it is a transition with a place, in one event", async () => {
    const open = await board();
    const answer = await ok(
      open.tasks.move(AGENT_1, "T-1", { to: "review", before: "T-3" }, NO_TERMS),
    );
    expect(answer).toMatchObject({ old_status: "in_progress", new_status: "review" });
    expect(orderOf(open, "review")).toEqual(["T-2", "T-1", "T-3"]);
    expect(await open.told()).toEqual(["lease_released", "task_transitioned"]);
  });

  test("[T18] with the same guards", async () => {
    const open = await board();
    const by = (principal: typeof AGENT_1, command: MoveCommand) =>
      open.tasks.move(principal, "T-1", command, NO_TERMS);
    expect((await refused(by(AGENT_2, { to: "review" }))).code).toBe("not-holder");
    expect((await refused(by(AGENT_1, { to: "done" }))).code).toBe("invalid-transition");
    expect((await refused(by(AGENT_2, { to: "review", force: true }))).code).toBe("forbidden");
    const byForce = { to: "review", force: true, reason: "agent-1 hangs" } as const;
    expect((await ok(by(ADA, byForce))).new_status).toBe("review");
    for (const event of ["lease_reclaimed", "task_transitioned"]) {
      expect((await open.last(event))?.details).toMatchObject({
        force: true,
        reason: "agent-1 hangs",
      });
    }
  });

  test("[T18] and a stale lease is fenced off here too", async () => {
    const open = await board();
    const stale = open.tasks.move(AGENT_1, "T-1", { to: "review", lock_id: "lock-0" }, NO_TERMS);
    expect((await refused(stale)).code).toBe("fence-stale");
  });

  test("a card in somebody's hands may be given another place in its column by anybody", async () => {
    const open = await openBoard({
      tasks: [
        aTask("T-1", { status: "claimed", assignee: "agent-1", position: "a" }),
        aTask("T-2", { status: "claimed", assignee: "agent-1", position: "b" }),
      ],
    });
    await ok(open.tasks.move(AGENT_2, "T-1", { to: "claimed", after: "T-2" }, NO_TERMS));
    expect(orderOf(open, "claimed")).toEqual(["T-2", "T-1"]);
  });

  test.each<[string, MoveCommand, string]>([
    ["a neighbour in another column", { before: "T-2" }, "T-2 does not stand in in_progress"],
    [
      "a neighbour that is not there",
      { to: "review", after: "T-404" },
      "T-404 does not stand in review",
    ],
    ["itself", { after: "T-1" }, "a card cannot be its own neighbour"],
    [
      "neighbours the wrong way round",
      { to: "review", after: "T-3", before: "T-2" },
      "T-3 does not stand before T-2",
    ],
    [
      "one neighbour on both sides",
      { to: "review", after: "T-2", before: "T-2" },
      "T-2 does not stand before T-2",
    ],
  ])("%s is refused with a pointer", async (_, command, detail) => {
    const open = await board();
    const { code, more } = await refused(open.tasks.move(AGENT_1, "T-1", command, NO_TERMS));
    expect(code).toBe("invalid");
    expect(more).toMatchObject({ errors: [{ detail }] });
  });
});

test("[T16] a new task stands at the end, and ranks of many do not get longer", async () => {
  const board = await openBoard();
  for (let at = 0; at < 200; at += 1) {
    await ok(board.tasks.create(ADA, newTask({ id: `T-${at}` }), NO_TERMS));
  }
  const order = orderOf(board);
  expect(order).toEqual(Array.from({ length: 200 }, (_, at) => `T-${at}`));
  expect(order.map((id) => board.task(id)?.position.length)).toEqual(order.map(() => 6));
});
