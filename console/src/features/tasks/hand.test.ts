/** Several cards in one hand. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Task } from "#contracts/task";
import { identity } from "../../app/identity.ts";
import { openDemoPage, type DemoPage } from "../../testing/demo-page.ts";
import { notices } from "../../ui/notices.ts";
import { buildBoard, toOrder } from "./board.ts";
import { bulk, bulkText } from "./bulk/bulk.ts";
import { clearSelection, selectAlso, selection, shownOrder } from "./bulk/selection.ts";
import { drag, handOf, hover, letGo, lineRow, othersAbove, painted, pickUp } from "./drag.ts";
import { parseFilter } from "./filters.ts";
import { undo } from "./take-back.ts";

let demo: DemoPage["demo"];
let page: DemoPage["page"];

beforeEach(async () => {
  ({ demo, page } = await openDemoPage());
  identity.set("ada");
  notices.set([]);
  bulk.set(undefined);
  drag.set(undefined);
  clearSelection();
  paint();
});

/** As the board does after each change. */
function paint(): void {
  const records = page.live.records.get();
  const filter = parseFilter(new URLSearchParams());
  const input = { records, overlays: new Map(), filter, showAllDone: false, now: Date.now() };
  const board = buildBoard(input);
  painted.set(board.columns);
  shownOrder.set(toOrder(board).map(({ id }) => id));
}

const idsIn = (status: Task["status"]) => {
  paint();
  return painted.get()?.[status].map(({ id }) => id);
};
const stored = (id: string) => demo.store.records.tasks.get(id) as Task;
const column = (...ids: string[]) => ids.map((id) => ({ id }) as Task);

async function ended(): Promise<string> {
  await vi.waitUntil(() => bulk.get()?.open === 0);
  return bulkText(bulk.get()!);
}

describe("what is in the hand", () => {
  it("is one card, unless it is one of those that are chosen: then all of them that are shown", () => {
    selectAlso(["T-103", "T-101", "T-999"]);
    expect(handOf("T-102")).toEqual(["T-102"]);
    expect(handOf("T-103")).toEqual(["T-101", "T-103"]);
  });

  it("a column takes it when it takes any of them, and says how many", () => {
    selectAlso(["T-101", "T-103", "T-104"]);
    pickUp("T-101", "pointer");
    expect(drag.get()?.verdicts.claimed).toEqual({
      allowed: true,
      note: "2 of 3. Dependency T-118 is open",
    });
    expect(drag.get()?.verdicts.review.allowed).toBe(false);
  });
});

describe("where it is let go", () => {
  it("all stand side by side, in the order in which they stood, between the cards there", async () => {
    const [first = "", ...rest] = idsIn("review") ?? [];
    selectAlso(["T-103", "T-101"]);
    pickUp("T-103", "pointer");
    hover({ status: "claimed", index: 1 });
    const before = idsIn("claimed") ?? [];
    letGo();
    expect(await ended()).toBe("2 moved to Claimed");
    expect(idsIn("claimed")).toEqual([before[0], "T-101", "T-103", ...before.slice(1)]);
    expect(idsIn("review")).toEqual([first, ...rest]);
    expect(selection.get().size).toBe(0);
    expect(notices.get().filter(({ toast }) => toast)).toEqual([]);
  });

  it("what may not go stays with its reason, and all of it is one step back", async () => {
    const before = idsIn("queued");
    selectAlso(["T-101", "T-103", "T-104"]);
    pickUp("T-104", "keyboard");
    hover({ status: "claimed", index: 0 });
    letGo();
    expect(await ended()).toBe("2 moved to Claimed, 1 refused");
    expect(bulk.get()?.refused).toEqual([{ taskId: "T-104", reason: "Dependency T-118 is open" }]);
    await vi.waitUntil(() => bulk.get()?.step !== undefined);
    await undo();
    expect(idsIn("queued")).toEqual(before);
  });

  it("in a column that takes none of them they stay, are told why, and stay chosen", () => {
    selectAlso(["T-101", "T-103"]);
    pickUp("T-101", "pointer");
    hover({ status: "review", index: 0 });
    letGo();
    expect(bulk.get()).toBeUndefined();
    expect(notices.get()[0]).toMatchObject({
      kind: "warning",
      title: "2 cards stay where they are",
      text: "From Queued only to Claimed.",
    });
    expect([...selection.get()]).toEqual(["T-101", "T-103"]);
  });

  it("one that was moved meanwhile from the column of the drop is not moved back", async () => {
    selectAlso(["T-101", "T-103"]);
    pickUp("T-103", "pointer");
    const task = { ...stored("T-101"), status: "claimed" as const, assignee: "agent-3" };
    demo.store.commit({
      event: "task_claimed",
      actor: "agent-3",
      target: "task:T-101",
      changes: [{ kind: "tasks", id: "T-101", value: task }],
    });
    page.live.learn("tasks", "T-101", task, '"9-x"');
    hover({ status: "queued", index: 0 });
    letGo();
    await ended();
    expect(bulk.get()?.refused).toEqual([
      { taskId: "T-101", reason: "Moved to Claimed while you held it" },
    ]);
    expect(stored("T-101").assignee).toBe("agent-3");
  });

  it("where they stand already nothing is sent", () => {
    const [first = "", second = ""] = idsIn("queued") ?? [];
    selectAlso([first, second]);
    pickUp(second, "pointer");
    hover({ status: "queued", index: 0 });
    letGo();
    expect(bulk.get()).toBeUndefined();
    expect(selection.get().size).toBe(2);
  });
});

describe("the line of the drop", () => {
  const cards = column("a", "B", "c", "D", "e");
  const hand = new Set(["B", "D"]);

  it("counts only the cards that stay", () => {
    expect([0, 1, 2, 3, 4, 5].map((row) => othersAbove(cards, row, hand))).toEqual([
      0, 1, 1, 2, 2, 3,
    ]);
  });

  it("stands behind the card that will be above", () => {
    expect([0, 1, 2, 3].map((index) => lineRow(cards, index, hand))).toEqual([0, 1, 3, 5]);
  });
});
