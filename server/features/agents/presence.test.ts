import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { StoreFault } from "../../store/port.ts";
import { anAgent } from "../../store/testing/records.ts";
import {
  ADA,
  AGENT_1,
  newTask,
  NO_TERMS,
  ok,
  openBoard,
  pass,
  type Board,
} from "../testing/board.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
});

afterEach(() => {
  vi.useRealTimers();
});

const heartbeat = (board: Board) => board.agents.heartbeat(AGENT_1, "agent-1", {}, NO_TERMS);

describe("[A5] whoever is not seen for so long is offline, with an event", () => {
  const watching = async (fields = {}) => {
    const board = await openBoard({ agents: [anAgent("agent-1", fields)] });
    board.agents.start();
    return board;
  };

  test("agents and workers", async () => {
    for (const kind of ["agent", "worker"] as const) {
      const board = await watching({ kind });
      await pass(board, 100_000);
      expect(board.agent("agent-1")?.status).toBe("offline");
      expect(await board.last("agent_offline")).toMatchObject({
        actor: "kyros",
        target: "agent:agent-1",
        details: { last_seen: "2026-01-01T00:00:00.000Z" },
      });
      board.agents.stop();
    }
  });

  test("and said so once, however long it stays away", async () => {
    const board = await watching();
    await pass(board, 300_000);
    expect(await board.told()).toEqual(["agent_offline"]);
    board.agents.stop();
  });

  test("not before", async () => {
    const board = await watching();
    await pass(board, 90_000);
    expect(board.agent("agent-1")?.status).toBe("idle");
    board.agents.stop();
  });

  test("not people: they do not send signs of life", async () => {
    const board = await watching({ kind: "human" });
    await pass(board, 200_000);
    expect(board.agent("agent-1")?.status).toBe("idle");
    board.agents.stop();
  });

  test("not who sends heartbeats, however rarely the record is touched", async () => {
    const board = await watching();
    for (let beat = 0; beat < 5; beat += 1) {
      await pass(board, 59_000);
      await ok(heartbeat(board));
    }
    expect(board.agent("agent-1")?.status).toBe("idle");
    // Nor in between, to be back at the next one.
    expect(await board.told()).toEqual([]);
    board.agents.stop();
  });

  test("not who asks for changes", async () => {
    const board = await watching();
    for (let change = 0; change < 5; change += 1) {
      await pass(board, 59_000);
      board.agents.seen("agent-1");
    }
    await pass(board, 0);
    expect(board.agent("agent-1")?.status).toBe("idle");
    expect(await board.told()).toEqual([]);
    board.agents.stop();
  });

  test("not who was registered or given work a moment ago by somebody else", async () => {
    const board = await watching();
    await pass(board, 80_000);
    await ok(board.tasks.create(ADA, newTask({ id: "T-1" }), NO_TERMS));
    await ok(board.tasks.claim(ADA, { agent: "agent-1" }, NO_TERMS));
    await pass(board, 80_000);
    expect(board.agent("agent-1")?.status).toBe("busy");
    board.agents.stop();
  });

  test("not right after a start: nobody could be seen before it", async () => {
    const board = await watching({ last_seen: "2025-12-24T00:00:00.000Z" });
    await pass(board, 89_000);
    expect(board.agent("agent-1")?.status).toBe("idle");
    board.agents.stop();
  });

  test("and the wall clock may jump", async () => {
    const board = await watching();
    await ok(heartbeat(board));
    board.clock.jump(3_600_000);
    await ok(heartbeat(board));
    await pass(board, 60_000);
    expect(board.agent("agent-1")?.status).toBe("idle");
    board.agents.stop();
  });

  test("once it is back it is online again, busy with what it had", async () => {
    const board = await watching({ status: "busy", current_task: "T-1" });
    await pass(board, 100_000);
    expect(board.agent("agent-1")?.status).toBe("offline");
    board.agents.seen("agent-1");
    await pass(board, 100);
    expect(board.agent("agent-1")).toMatchObject({ status: "busy", current_task: "T-1" });
    expect(await board.told()).toEqual(["agent_offline", "agent_updated"]);
    expect((await board.last("agent_updated"))?.actor).toBe("agent-1");
    board.agents.stop();
  });

  test("and idle when it had nothing", async () => {
    const board = await watching();
    await pass(board, 100_000);
    await ok(heartbeat(board));
    expect(board.agent("agent-1")).toMatchObject({ status: "idle", current_task: null });
    board.agents.stop();
  });

  test("a store that cannot write is no reason to stop watching", async () => {
    const board = await watching();
    const commit = vi.spyOn(board.store, "commit");
    commit.mockRejectedValue(new StoreFault("store-unavailable", "read-only"));
    await pass(board, 110_000);
    expect(board.faults.length).toBeGreaterThan(0);
    board.agents.seen("agent-1");
    await pass(board, 100);
    commit.mockRestore();
    await pass(board, 100_000);
    expect(board.agent("agent-1")?.status).toBe("offline");
    board.agents.seen("agent-1");
    await pass(board, 100);
    expect(board.agent("agent-1")?.status).toBe("idle");
    board.agents.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
