import { beforeEach, describe, expect, it } from "vitest";
import type { Task } from "#contracts/task";
import { identity } from "../../../app/identity.ts";
import { openDemoPage, type DemoPage } from "../../../testing/demo-page.ts";
import { notices } from "../../../ui/notices.ts";
import { conflicts } from "../conflicts.ts";
import { undo } from "../take-back.ts";
import { patchChange } from "../task-changes.ts";
import { bulk, bulkText, byReason, planMove, runBulk } from "./bulk.ts";

let demo: DemoPage["demo"];
let page: DemoPage["page"];

beforeEach(async () => {
  ({ demo, page } = await openDemoPage());
  identity.set("ada");
  conflicts.set([]);
  notices.set([]);
  bulk.set(undefined);
});

const seen = (...ids: string[]): Task[] =>
  ids.map((id) => page.live.records.get().tasks.get(id) as Task);
const stored = (id: string): Task => demo.store.records.tasks.get(id) as Task;

function theyChange(id: string, fields: Partial<Task>): void {
  const changes = [{ kind: "tasks" as const, id, value: { ...stored(id), ...fields } }];
  demo.store.commit({ event: "task_updated", actor: "agent-3", target: `task:${id}`, changes });
}

const setPriority = (tasks: Task[]) => ({
  done: "set to high priority",
  changes: tasks.map((task) => patchChange(task, { priority: "high" }, "Changed the priority")),
  refused: [],
});

describe("one wish for many tasks", () => {
  it("what may not go is refused with its reason, and keeps nobody else back", async () => {
    await runBulk(planMove(seen("T-101", "T-103", "T-104"), "claimed"));
    expect(stored("T-101").status).toBe("claimed");
    expect(stored("T-103").status).toBe("claimed");
    expect(stored("T-104").status).toBe("queued");
    expect(bulk.get()).toMatchObject({
      total: 3,
      open: 0,
      saved: 2,
      refused: [{ taskId: "T-104", reason: "Dependency T-118 is open" }],
    });
  });

  it("what is there already is not part of it", () => {
    const plan = planMove(seen("T-101", "T-103"), "queued");
    expect(plan).toEqual({ done: "moved to Queued", changes: [], refused: [] });
  });

  it("ends in one word for all, kept among the notifications, and in no toast", async () => {
    const tasks = seen("T-101", "T-102", "T-103");
    theyChange("T-101", { title: "their title" });
    theyChange("T-103", { priority: "normal" });
    await runBulk(setPriority(tasks.filter(({ priority }) => priority !== "high")));
    const ended = bulk.get();
    expect(ended && bulkText(ended)).toBe("1 set to high priority, 1 conflict");
    expect(notices.get().map(({ title, toast }) => [title, toast])).toEqual([
      ["1 set to high priority, 1 conflict", false],
    ]);
  });

  it("a conflict waits with both sides, and belongs to the bulk change", async () => {
    const tasks = seen("T-102", "T-103");
    theyChange("T-103", { priority: "normal" });
    await runBulk(setPriority(tasks));
    expect(stored("T-103").priority).toBe("normal");
    expect(
      conflicts.get().map(({ change, by, bulk: number }) => [change.taskId, by, number]),
    ).toEqual([["T-103", "agent-3", bulk.get()?.number]]);
  });

  it("is merged where somebody changed something else", async () => {
    const tasks = seen("T-103");
    theyChange("T-103", { title: "their title" });
    await runBulk(setPriority(tasks));
    expect(stored("T-103")).toMatchObject({ priority: "high", title: "their title" });
    expect(bulk.get()).toMatchObject({ saved: 0, merged: 1, conflicts: 0 });
  });
});

describe("the way back", () => {
  it("is one step for all, and each card stands where it stood", async () => {
    const before = seen("T-101", "T-103").map(({ position }) => position);
    await runBulk(planMove(seen("T-101", "T-103"), "claimed"));
    await undo();
    expect(
      ["T-101", "T-103"].map((id) => [stored(id).status, stored(id).assignee, stored(id).position]),
    ).toEqual([
      ["queued", null, before[0]],
      ["queued", null, before[1]],
    ]);
    expect(bulk.get()).toMatchObject({ done: "put back", saved: 2, step: undefined });
  });

  it("of an earlier bulk change leaves what came after it", async () => {
    await runBulk(setPriority(seen("T-102", "T-103")));
    const step = bulk.get()?.step;
    await runBulk(planMove(seen("T-101", "T-103"), "claimed"));
    await undo(step);
    expect(stored("T-103")).toMatchObject({ priority: "low", status: "claimed" });
  });
});

it("the refused are told by reason, the most frequent first", () => {
  expect(
    byReason([
      { taskId: "T-1", reason: "Held by agent-1" },
      { taskId: "T-2", reason: "Dependency T-9 is open" },
      { taskId: "T-3", reason: "Dependency T-9 is open" },
    ]),
  ).toEqual([
    ["Dependency T-9 is open", ["T-2", "T-3"]],
    ["Held by agent-1", ["T-1"]],
  ]);
});
