/** What is true after any sequence of commands, by whomever, in whatever order and at whatever time. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { STATUSES, TRANSITIONS } from "#contracts/workflow";
import type { Principal } from "../../kernel/principal.ts";
import { anAgent } from "../../store/testing/records.ts";
import { ADA, AGENT_1, AGENT_2, newTask, openBoard, type Board } from "../testing/board.ts";

type Command = (board: Board) => Promise<unknown>;

const who = fc.constantFrom<Principal>(AGENT_1, AGENT_2, ADA);
const which = fc.constantFrom("T-1", "T-2", "T-3", "T-4");
const named = fc.option(fc.constantFrom("agent-1", "agent-2", "ada"), { nil: undefined });
const status = fc.constantFrom(...STATUSES);
const force = fc.boolean();

const terms = (board: Board, id: string, token: number) => {
  const lease = board.lease(`task:${id}`);
  return token === 0 || lease === undefined ? {} : { leaseToken: lease.fencing_token + token - 2 };
};

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ by: who, id: which, to: status, assignee: named, force, token: fc.nat(2) }).map(
    ({ by, id, token, ...step }): Command =>
      (board) =>
        board.tasks.transition(by, id, step, terms(board, id, token)),
  ),
  // A step that the table has, by whoever the task is in the hands of.
  fc.record({ id: which, at: fc.nat(2) }).map(({ id, at }): Command => (board) => {
    const { status: from = "queued", assignee } = board.task(id) ?? {};
    const by = [AGENT_1, AGENT_2, ADA].find((each) => each.id === assignee) ?? AGENT_1;
    const to = TRANSITIONS[from][at % TRANSITIONS[from].length]!;
    return board.tasks.transition(by, id, { to }, {});
  }),
  fc.record({ by: who, id: which, to: status, after: which, force }).map(
    ({ by, id, ...move }): Command =>
      (board) =>
        board.tasks.move(by, id, move, {}),
  ),
  fc.record({ by: who, task_id: fc.option(which, { nil: undefined }) }).map(
    ({ by, task_id }): Command =>
      (board) =>
        board.tasks.claim(by, { agent: by.id, task_id }, {}),
  ),
  fc
    .record({
      by: who,
      id: which,
      patch: fc.record(
        {
          status,
          assignee: fc.constantFrom("agent-1", "ada", null),
          depends_on: fc.subarray(["T-1", "T-2", "T-3"]),
          title: fc.constantFrom("a", "b"),
        },
        { requiredKeys: [] },
      ),
    })
    .map(
      ({ by, id, patch }): Command =>
        (board) =>
          board.tasks.patch(by, id, { format: "merge-patch", patch }, {}),
    ),
  fc.record({ by: who, id: which, force }).map(
    ({ by, id, ...query }): Command =>
      (board) =>
        board.tasks.remove(by, id, query, {}),
  ),
  which.map(
    (id): Command =>
      (board) =>
        board.tasks.create(ADA, newTask({ id }), {}),
  ),
  fc.record({ by: who, id: which, force }).map(({ by, id, ...rest }): Command => (board) => {
    const lock_id = board.lease(`task:${id}`)?.lock_id;
    return board.leases.reclaim(by, { lock_id, reason: "law", ...rest }, {});
  }),
  fc.record({ by: who, id: which }).map(
    ({ by, id }): Command =>
      (board) =>
        board.leases.release(by, board.lease(`task:${id}`)?.lock_id ?? "none", {}, {}),
  ),
  fc.constantFrom(1_000, 200_000, 400_000).map((ms): Command => (board) => {
    board.clock.advance(ms);
    return Promise.resolve();
  }),
  fc.record({ by: who, id: fc.constantFrom("agent-1", "agent-2"), force }).map(
    ({ by, id, ...query }): Command =>
      (board) =>
        board.agents.remove(by, id, query, {}),
  ),
);

const isHeld = (value: string) => ["claimed", "in_progress", "merging"].includes(value);

function tasksOf(board: Board) {
  return Array.from(board.store.read().collection("tasks").entries(), ({ record }) => record);
}

/** Agents hold by exactly one lease of their own, people by none; and a lease on a task says so. */
function expectLeasesMatchHolders(board: Board): void {
  const byLease = board.locks().map(({ resource, holder }) => `${resource} ${holder}`);
  const byTask = tasksOf(board)
    .filter((task) => isHeld(task.status) && task.assignee !== "ada")
    .map(({ id, assignee }) => `task:${id} ${assignee}`);
  expect(byLease.toSorted()).toEqual(byTask.toSorted());
}

function expectAgentsMatchTasks(board: Board): void {
  for (const { id, kind, status: state, current_task } of board.agents.list().items) {
    const held = tasksOf(board).filter((task) => isHeld(task.status) && task.assignee === id);
    expect([id, state]).toEqual([id, current_task === null ? "idle" : "busy"]);
    expect([null, ...held.map((task) => task.id)]).toContain(current_task);
    // What else a person holds no lease tells; an agent that holds something is never idle.
    expect(current_task === null && held.length > 0 && kind !== "human").toBe(false);
  }
}

function expectSoundTasks(board: Board): void {
  const tasks = new Map(tasksOf(board).map((task) => [task.id, task]));
  for (const task of tasks.values()) {
    expect(task.completed_at === null).toBe(task.status !== "done");
    expect(isHeld(task.status) && task.assignee === null).toBe(false);
    const seen = new Set<string>();
    const rest = [...task.depends_on];
    for (let id = rest.pop(); id !== undefined; id = rest.pop()) {
      expect(tasks.has(id)).toBe(true);
      expect(id).not.toBe(task.id);
      if (!seen.has(id)) rest.push(...(tasks.get(id)?.depends_on ?? []));
      seen.add(id);
    }
  }
}

async function expectGrowingTokens(board: Board): Promise<void> {
  const last = new Map<string, number>();
  for (const { event, target, details } of await board.events()) {
    if (event !== "lease_acquired") continue;
    const token = Number(details["fencing_token"]);
    expect(token).toBeGreaterThan(last.get(target) ?? 0);
    last.set(target, token);
  }
}

test("[T2] [T5] [L9] [S14] holders, leases, agents and tokens agree after any sequence of commands", async () => {
  expect.hasAssertions();
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 40 }), async (commands) => {
      const board = await openBoard({
        agents: [anAgent("agent-1"), anAgent("agent-2"), anAgent("ada", { kind: "human" })],
      });
      for (const id of ["T-1", "T-2", "T-3"]) await board.tasks.create(ADA, newTask({ id }), {});
      for (const run of commands) {
        await run(board);
        expectLeasesMatchHolders(board);
        expectAgentsMatchTasks(board);
        expectSoundTasks(board);
      }
      await expectGrowingTokens(board);
    }),
    { numRuns: 150 },
  );
}, 30_000);
