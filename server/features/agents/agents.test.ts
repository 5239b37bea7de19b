import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { newAgentSchema } from "#contracts/agent";
import type { JsonPatch } from "#contracts/task";
import { aLease, anAgent, aTask } from "../../store/testing/records.ts";
import {
  ADA,
  AGENT_1,
  NO_TERMS,
  ok,
  openBoard,
  pass,
  refused,
  type Board,
} from "../testing/board.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
});

afterEach(() => {
  vi.useRealTimers();
});

const newAgent = (fields: object = {}) => newAgentSchema.parse(fields);

const patch = (board: Board, fields: object, ifMatch = etag(board)) =>
  board.agents.patch(
    ADA,
    "agent-1",
    { format: "merge-patch", patch: fields },
    { ifMatch: [ifMatch] },
  );

const etag = (board: Board) => board.store.read().get("agents", "agent-1")?.etag ?? "";

const heartbeat = (board: Board, command = {}) =>
  board.agents.heartbeat(AGENT_1, "agent-1", command, NO_TERMS);

describe("[A1] registering", () => {
  test("fills in what is not said", async () => {
    const board = await openBoard();
    const { id, agent } = await ok(board.agents.create(ADA, newAgent({ id: "bo" }), NO_TERMS));
    expect(id).toBe("bo");
    expect(agent).toEqual({
      id: "bo",
      version: 1,
      name: "bo",
      kind: "agent",
      role: "",
      skills: [],
      status: "idle",
      available: true,
      last_seen: "2026-01-01T00:00:00.000Z",
      current_task: null,
    });
    expect(await board.told()).toEqual(["agent_registered"]);
  });

  test("keeps what is said, each skill once", async () => {
    const board = await openBoard();
    const said = { id: "bo", name: "Bo", kind: "worker", role: "coder", status: "waiting" };
    const input = newAgent({ ...said, skills: ["go", "sql", "go"], available: false });
    const { agent } = await ok(board.agents.create(ADA, input, NO_TERMS));
    expect(agent).toMatchObject({ ...said, skills: ["go", "sql"], available: false });
  });

  test("gives an id where there is none", async () => {
    const board = await openBoard();
    const { id } = await ok(board.agents.create(ADA, newAgent({ name: "Bo" }), NO_TERMS));
    expect(id).toMatch(/^agent-[a-z2-7]{6}$/);
  });

  test("never writes over an agent that is there", async () => {
    const board = await openBoard({ agents: [anAgent("agent-1")] });
    const create = board.agents.create(ADA, newAgent({ id: "agent-1" }), NO_TERMS);
    expect(await refused(create)).toMatchObject({
      code: "already-exists",
      more: { id: "agent-1", current_etag: etag(board) },
    });
  });
});

describe("[A2] a patch", () => {
  test("changes what it names and nothing else, in one event", async () => {
    const agent = anAgent("agent-1", {
      name: "One",
      kind: "worker",
      role: "coder",
      skills: ["go"],
      status: "waiting",
      current_task: "T-1",
    });
    const board = await openBoard({ agents: [agent] });
    const answer = await ok(patch(board, { available: false }));
    expect(answer.agent).toEqual({ ...agent, version: 2, available: false });
    expect(await board.told()).toEqual(["agent_updated"]);
    const others = { name: "1", kind: "agent", role: "tester", skills: ["c"], status: "error" };
    const rest = await ok(patch(board, { ...others, current_task: null }));
    expect(rest.agent).toEqual({
      ...agent,
      ...others,
      version: 3,
      available: false,
      current_task: null,
    });
  });

  test("that changes nothing writes nothing", async () => {
    const board = await openBoard({ agents: [anAgent("agent-1")] });
    const before = etag(board);
    expect((await ok(patch(board, { role: null, skills: null }))).etag).toBe(before);
    expect(await board.told()).toEqual([]);
  });

  test("of an agent that changed is refused, with all that is needed to merge", async () => {
    const board = await openBoard({ agents: [anAgent("agent-1")] });
    const seen = etag(board);
    await ok(patch(board, { role: "coder" }));
    const { code, more } = await refused(patch(board, { role: "tester" }, seen));
    expect(code).toBe("precondition-failed");
    expect(more).toMatchObject({
      current: { role: "coder" },
      changed_fields: ["role"],
      changed_by: "ada",
    });
  });

  test("of an agent that was only seen again says that no field changed", async () => {
    const board = await openBoard({ agents: [anAgent("agent-1")] });
    const seen = etag(board);
    await pass(board, 61_000);
    await ok(heartbeat(board));
    const { more } = await refused(patch(board, { role: "tester" }, seen));
    expect(more).toMatchObject({ changed_fields: [], current_etag: etag(board) });
  });

  test.each<[JsonPatch, string]>([
    [[{ op: "replace", path: "/last_seen", value: "2026-01-01T00:00:00.000Z" }], "ok"],
    [[{ op: "replace", path: "/last_seen", value: "2027-01-01T00:00:00.000Z" }], "/last_seen"],
    [[{ op: "replace", path: "/kind", value: "robot" }], "/kind"],
    [[{ op: "add", path: "/skills/-", value: "go" }], "ok"],
  ])("as JSON Patch %j", async (operations, expected) => {
    const board = await openBoard({ agents: [anAgent("agent-1")] });
    const outcome = await board.agents.patch(
      ADA,
      "agent-1",
      { format: "json-patch", patch: operations },
      NO_TERMS,
    );
    const [error] = outcome.ok ? [] : (outcome.more["errors"] as { pointer: string }[]);
    expect(error?.pointer ?? "ok").toBe(expected);
  });

  test("of an agent that is not there", async () => {
    const board = await openBoard();
    const change = { format: "merge-patch", patch: {} } as const;
    const bare = board.agents.patch(ADA, "bo", change, NO_TERMS);
    expect((await refused(bare)).code).toBe("not-found");
    const conditional = board.agents.patch(ADA, "bo", change, { ifMatch: "*" });
    expect((await refused(conditional)).code).toBe("precondition-failed");
  });
});

describe("[A3] removing", () => {
  const busy = () =>
    openBoard({
      tasks: [
        aTask("T-1", { status: "claimed", assignee: "agent-1" }),
        aTask("T-2", { status: "in_progress", assignee: "agent-1" }),
        aTask("T-3", { assignee: "agent-1" }),
        aTask("T-4", { status: "review", assignee: "agent-1" }),
        aTask("T-5", { status: "in_progress", assignee: "agent-2" }),
        aTask("T-6", { assignee: "agent-2" }),
      ],
      agents: [anAgent("agent-1", { status: "busy", current_task: "T-1" })],
      locks: [
        aLease("lock-1", { resource: "task:T-1" }),
        aLease("lock-2", { resource: "path:src/**" }),
        aLease("lock-3", { resource: "task:T-5", holder: "agent-2" }),
      ],
    });
  const remove = (board: Board, force?: boolean, by: typeof AGENT_1 = ADA) =>
    board.agents.remove(by, "agent-1", { force }, { ifMatch: [etag(board)] });

  test("an agent that holds something is refused, and says what", async () => {
    const { code, more } = await refused(remove(await busy()));
    expect(code).toBe("in-use");
    expect(more).toEqual({ held: ["task:T-1", "path:src/**", "task:T-2"] });
  });

  test("by force gives all of it up in the same commit", async () => {
    const board = await busy();
    await ok(remove(board, true));
    expect(board.agent("agent-1")).toBeUndefined();
    const states = ["T-1", "T-2", "T-3", "T-4"].map((id) => {
      const { status, assignee } = board.task(id) ?? {};
      return [status, assignee];
    });
    expect(states).toEqual([
      ["queued", null],
      ["queued", null],
      ["queued", null],
      ["review", "agent-1"],
    ]);
    expect(await board.last("lease_reclaimed")).toMatchObject({
      target: "path:src/**",
      details: { holder: "agent-1", force: true, reason: "agent-1 was deleted" },
    });
    expect((await board.told()).at(-1)).toBe("agent_deleted");
    expect(await board.last("agent_deleted")).toMatchObject({
      target: "agent:agent-1",
      details: { force: true },
    });
  });

  test("by force takes nothing from anybody else", async () => {
    const board = await busy();
    await ok(remove(board, true));
    expect(board.locks()).toMatchObject([{ lock_id: "lock-3", holder: "agent-2" }]);
    expect(board.task("T-5")).toMatchObject({ status: "in_progress", assignee: "agent-2" });
    expect(board.task("T-6")).toMatchObject({ assignee: "agent-2", version: 1 });
  });

  test("by force is a person's", async () => {
    expect((await refused(remove(await busy(), true, AGENT_1))).code).toBe("forbidden");
  });

  test("one that holds nothing just goes", async () => {
    const board = await openBoard({ agents: [anAgent("agent-1")] });
    expect(await ok(remove(board))).toBeNull();
    expect(await board.told()).toEqual(["agent_deleted"]);
  });
});

describe("[A4] a heartbeat", () => {
  test("answers until when the agent counts as there", async () => {
    const board = await openBoard({ agents: [anAgent("agent-1")] });
    expect(await ok(heartbeat(board))).toEqual({
      ok: true,
      last_seen: "2026-01-01T00:00:00.000Z",
      offline_at: "2026-01-01T00:01:30.000Z",
    });
  });

  test("touches the record once a minute at most, and never as an event", async () => {
    const board = await openBoard({ agents: [anAgent("agent-1")] });
    const before = etag(board);
    await pass(board, 59_900);
    await ok(heartbeat(board));
    expect(etag(board)).toBe(before);
    await pass(board, 200);
    await ok(heartbeat(board));
    expect(etag(board)).not.toBe(before);
    expect(board.agent("agent-1")).toMatchObject({ version: 1, last_seen: board.at(0) });
    expect(await board.told()).toEqual([]);
  });

  test("that says something new is an event", async () => {
    const board = await openBoard({ agents: [anAgent("agent-1")] });
    await ok(heartbeat(board, { status: "waiting", current_task: "T-1" }));
    expect(board.agent("agent-1")).toMatchObject({ status: "waiting", current_task: "T-1" });
    expect(await board.told()).toEqual(["agent_updated"]);
  });

  test("that says no status leaves it, and may name another task alone", async () => {
    const agent = anAgent("agent-1", { status: "waiting", current_task: "T-1" });
    const board = await openBoard({ agents: [agent] });
    await ok(heartbeat(board));
    expect(await board.told()).toEqual([]);
    await ok(heartbeat(board, { current_task: "T-2" }));
    expect(board.agent("agent-1")).toMatchObject({ status: "waiting", current_task: "T-2" });
    expect(await board.told()).toEqual(["agent_updated"]);
  });

  test("of an agent that nobody registered is refused", async () => {
    const board = await openBoard();
    expect((await refused(heartbeat(board))).code).toBe("not-found");
  });
});

test("a list holds all of them, with the place to tail from", async () => {
  const board = await openBoard({ agents: [anAgent("b-2"), anAgent("a-10"), anAgent("a-9")] });
  const { items, cursor } = board.agents.list();
  expect(items.map(({ id }) => id)).toEqual(["a-9", "a-10", "b-2"]);
  expect(cursor).toBe(board.store.read().cursor);
});
