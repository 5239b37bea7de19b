import { describe, expect, test } from "vitest";
import { anAgent, aTask } from "../../store/testing/records.ts";
import { ADA, AGENT_1, newTask, NO_TERMS, ok, openBoard, type Board } from "../testing/board.ts";

async function history(board: Board, query: { limit?: number; cursor?: string } = {}) {
  const answer = await board.tasks.history("T-1", { limit: 100, ...query });
  if (!("items" in answer)) throw new Error(`${answer.code}: ${answer.detail}`);
  return answer;
}

const patch = (board: Board, fields: object) =>
  ok(board.tasks.patch(ADA, "T-1", { format: "merge-patch", patch: fields }, NO_TERMS));

async function lived() {
  const board = await openBoard({ agents: [anAgent("agent-1")] });
  await ok(board.tasks.create(ADA, newTask({ id: "T-1", title: "a" }), NO_TERMS));
  await ok(board.tasks.create(ADA, newTask({ id: "T-10" }), NO_TERMS));
  await patch(board, { title: "b", labels: ["x"] });
  await ok(board.tasks.transition(AGENT_1, "T-1", { to: "claimed" }, NO_TERMS));
  await patch(board, { blocked: { reason: "r" } });
  await patch(board, { blocked: { reason: "s" } });
  await ok(board.tasks.transition(AGENT_1, "T-1", { to: "queued" }, NO_TERMS));
  return board;
}

describe("[T30] the history of a task", () => {
  test("is its own events and those of its leases, newest first, with versions", async () => {
    const { items, next_cursor } = await history(await lived());
    expect(items.map(({ event, version, actor }) => [event, version, actor])).toEqual([
      ["task_transitioned", 6, "agent-1"],
      ["lease_released", null, "agent-1"],
      ["task_updated", 5, "ada"],
      ["task_updated", 4, "ada"],
      ["task_transitioned", 3, "agent-1"],
      ["lease_acquired", null, "agent-1"],
      ["task_updated", 2, "ada"],
      ["task_created", 1, "ada"],
    ]);
    expect(next_cursor).toBeNull();
  });

  test("says of each what it changed, from what to what", async () => {
    const { items } = await history(await lived());
    const diffs = items.filter(({ version }) => version !== null).map(({ diff }) => diff);
    const since = "2026-01-01T00:00:00.004Z";
    expect(diffs.slice(0, -1)).toEqual([
      [
        { field: "status", before: "claimed", after: "queued" },
        { field: "assignee", before: "agent-1", after: null },
      ],
      [{ field: "blocked", before: { reason: "r", since }, after: { reason: "s", since } }],
      [{ field: "blocked", before: null, after: { reason: "r", since } }],
      [
        { field: "status", before: "queued", after: "claimed" },
        { field: "assignee", before: null, after: "agent-1" },
      ],
      [
        { field: "title", before: "a", after: "b" },
        { field: "labels", before: [], after: ["x"] },
      ],
    ]);
    expect(diffs.at(-1)).toContainEqual({ field: "title", after: "a" });
  });

  test("keeps what the log needs for itself to the log", async () => {
    const { items } = await history(await lived());
    expect(items[0]?.details).toEqual({ from: "claimed", to: "queued" });
  });

  test("comes in pages that join without a gap, each with full diffs", async () => {
    const board = await lived();
    const whole = (await history(board)).items;
    const pages = [];
    let cursor: string | undefined;
    do {
      const page = await history(board, { limit: 3, ...(cursor !== undefined && { cursor }) });
      pages.push(page.items);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    expect(pages.map((page) => page.length)).toEqual([3, 3, 2]);
    expect(pages.flat()).toEqual(whole);
  });

  test("outlives the task", async () => {
    const board = await lived();
    await ok(board.tasks.remove(ADA, "T-1", {}, NO_TERMS));
    const { items } = await history(board);
    expect(items[0]).toMatchObject({ event: "task_deleted", details: { title: "b" } });
    expect(items[0]?.diff).toContainEqual({ field: "title", before: "b" });
  });

  test("of a task with an id that was used before ends with both lives", async () => {
    const board = await lived();
    await ok(board.tasks.remove(ADA, "T-1", {}, NO_TERMS));
    await ok(board.tasks.create(ADA, newTask({ id: "T-1", title: "again" }), NO_TERMS));
    const { items } = await history(board);
    expect(items[0]?.diff).toContainEqual({ field: "title", after: "again" });
    expect(items).toHaveLength(10);
  });

  test("knows edits of the file", async () => {
    const board = await lived();
    await board.edit({ tasks: [{ ...board.task("T-1")!, title: "by hand" }] });
    const { items } = await history(board, { limit: 1 });
    expect(items[0]).toMatchObject({
      event: "state_edited",
      actor: "file",
      diff: [{ field: "title", before: "b", after: "by hand" }],
    });
  });

  test("of a task that never was is refused", async () => {
    const board = await openBoard({ tasks: [aTask("T-2")] });
    const answer = await board.tasks.history("T-1", { limit: 10 });
    expect(answer).toMatchObject({ ok: false, code: "not-found" });
  });

  test("from a cursor that names no place any more is refused", async () => {
    const board = await lived();
    const answer = await board.tasks.history("T-1", { limit: 10, cursor: "99.00000000" });
    expect(answer).toMatchObject({ ok: false, code: "cursor-gone" });
  });
});
