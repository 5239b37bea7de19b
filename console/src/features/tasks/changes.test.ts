import { beforeEach, describe, expect, it } from "vitest";
import { openDemoPage, type DemoPage } from "../../testing/demo-page.ts";
import { notices } from "../../ui/notices.ts";
import { overlays, perform } from "./changes.ts";
import { asSeenNow, conflictFields, conflicts } from "./conflicts.ts";
import type { Task } from "#contracts/task";
import { moveChange, patchChange } from "./task-changes.ts";
import { undo } from "./take-back.ts";

let demo: DemoPage["demo"];
let page: DemoPage["page"];
let sent: DemoPage["sent"];

beforeEach(async () => {
  ({ demo, page, sent } = await openDemoPage());
  conflicts.set([]);
  notices.set([]);
});

const seen = (id: string): Task => page.live.records.get().tasks.get(id) as Task;

/** Somebody else, straight at the server. */
function theyChange(id: string, fields: Partial<Task>): void {
  const task = demo.store.records.tasks.get(id) as Task;
  const changes = [{ kind: "tasks" as const, id, value: { ...task, ...fields } }];
  demo.store.commit({ event: "task_updated", actor: "agent-3", target: `task:${id}`, changes });
}

describe("a change of a card", () => {
  it("is painted before the server answers, and the paint is gone when it has", async () => {
    const saving = perform(moveChange(seen("T-101"), "claimed", undefined));
    expect(overlays.get().get("T-101")).toMatchObject({ status: "claimed" });
    expect(await saving).toBe("saved");
    expect(overlays.get().size).toBe(0);
    expect(seen("T-101").status).toBe("claimed");
  });

  it("two quick changes follow each other, the second with the first one's ETag", async () => {
    const task = seen("T-101");
    const first = perform(moveChange(task, "claimed", undefined));
    const painted = { ...task, ...overlays.get().get("T-101") };
    const second = perform(moveChange(painted, "in_progress", undefined));
    expect(await Promise.all([first, second])).toEqual(["saved", "saved"]);
    expect(sent.map((request) => request.headers.get("if-match"))).toEqual([
      '"1-demoT-101v1"',
      '"2-demoT-101v2"',
    ]);
    expect(seen("T-101").status).toBe("in_progress");
  });

  it("that was made on top of a refused one is not sent", async () => {
    const task = seen("T-102");
    const first = perform(moveChange(task, "claimed", undefined));
    const painted = { ...task, ...overlays.get().get("T-102") };
    const second = perform(moveChange(painted, "in_progress", undefined));
    expect(await Promise.all([first, second])).toEqual(["refused", "skipped"]);
    expect(sent).toHaveLength(1);
    expect(notices.get()[0]?.title).toBe("T-102: A dependency is still open");
  });
});

describe("when somebody was faster", () => {
  it("other fields: it is sent once more, and says whose change it was merged with", async () => {
    const task = seen("T-101");
    theyChange("T-101", { title: "their title" });
    expect(await perform(moveChange(task, "claimed", undefined))).toBe("merged");
    expect(sent).toHaveLength(2);
    expect(seen("T-101")).toMatchObject({ status: "claimed", title: "their title" });
    expect(notices.get()[0]?.title).toBe("T-101: merged with agent-3's change");
  });

  it("the same field: the card stands where the server says, and both sides wait", async () => {
    const task = seen("T-101");
    theyChange("T-101", { title: "their title" });
    expect(await perform(patchChange(task, { title: "my title" }, "Changed the title"))).toBe(
      "conflict",
    );
    expect(sent).toHaveLength(1);
    expect(seen("T-101").title).toBe("their title");
    const [conflict] = conflicts.get();
    expect(conflict?.by).toBe("agent-3");
    expect(conflict?.change.wanted).toEqual({ title: "my title" });
    expect(conflict && conflictFields(conflict)).toEqual(["title"]);
  });

  it("keep mine writes over theirs, with their ETag", async () => {
    const task = seen("T-101");
    theyChange("T-101", { title: "their title" });
    await perform(patchChange(task, { title: "my title" }, "Changed the title"));
    const [conflict] = conflicts.get();
    if (conflict === undefined) throw new Error("no conflict");
    expect(await perform(asSeenNow(conflict))).toBe("saved");
    expect(demo.store.records.tasks.get("T-101")?.title).toBe("my title");
  });

  it("both wanted the same: there is nothing to decide", async () => {
    const task = seen("T-101");
    theyChange("T-101", { title: "one title" });
    expect(await perform(patchChange(task, { title: "one title" }, "Changed the title"))).toBe(
      "merged",
    );
    expect(conflicts.get()).toEqual([]);
  });
});

describe("undo", () => {
  it("is a change like any other, and does not fill its own memory", async () => {
    await perform(patchChange(seen("T-103"), { priority: "high" }, "Changed the priority"));
    await undo();
    expect(demo.store.records.tasks.get("T-103")).toMatchObject({ priority: "low", version: 3 });
    expect(notices.get()[0]?.title).toBe("Undone");
  });

  it("does not run over what somebody changed since", async () => {
    await perform(patchChange(seen("T-103"), { priority: "high" }, "Changed the priority"));
    theyChange("T-103", { priority: "normal" });
    await undo();
    expect(demo.store.records.tasks.get("T-103")?.priority).toBe("normal");
    expect(conflicts.get()).toHaveLength(1);
  });
});
