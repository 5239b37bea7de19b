import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter, Route, Routes } from "react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { identity } from "../../app/identity.ts";
import { startRuntime } from "../../app/runtime.ts";
import { createDemo } from "../../demo/demo-server.ts";
import { TasksPage } from "./tasks-page.tsx";

beforeEach(() => {
  // The test page has no layout: without this, the virtual lists would show nothing.
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(2_000);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(200);
  Element.prototype.scrollIntoView = () => undefined;
  identity.set("ada");
});

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

async function open(path: string) {
  const demo = createDemo({ alive: false });
  const { live, queries } = startRuntime(demo);
  live.start();
  render(
    <QueryClientProvider client={queries}>
      <MemoryRouter initialEntries={[path]}>
        <Routes>
          <Route path="/tasks/:taskId?" element={<TasksPage />} />
        </Routes>
      </MemoryRouter>
    </QueryClientProvider>,
  );
  await screen.findByTestId("card-T-101");
  return demo;
}

it("a card moves by single clicks, and the menu gives the reason where it may not go", async () => {
  const demo = await open("/tasks");
  await userEvent.click(screen.getByRole("button", { name: "Move T-104 to…" }));
  expect(screen.getByTestId("move-to-claimed").textContent).toContain("Dependency T-118 is open");
  await userEvent.keyboard("{Escape}");
  await userEvent.click(screen.getByRole("button", { name: "Move T-101 to…" }));
  await userEvent.click(screen.getByTestId("move-to-claimed"));
  const column = screen.getByTestId("column-claimed");
  expect(await within(column).findByTestId("card-T-101")).toBeTruthy();
  await vi.waitFor(() => expect(demo.store.records.tasks.get("T-101")?.assignee).toBe("ada"));
});

it("a card moves by the keyboard alone, and Escape puts it back", async () => {
  const demo = await open("/tasks");
  screen.getByTestId("card-T-101").focus();
  await userEvent.keyboard("{Enter}{ArrowRight}{Escape}");
  expect(demo.store.records.tasks.get("T-101")?.status).toBe("queued");
  screen.getByTestId("card-T-101").focus();
  await userEvent.keyboard("{Enter}{ArrowRight}{Enter}");
  await vi.waitFor(() => expect(demo.store.records.tasks.get("T-101")?.status).toBe("claimed"));
});

it("the filter of a link is the filter of the board", async () => {
  await open("/tasks?q=payment");
  expect(screen.queryByTestId("card-T-102")).toBeNull();
  expect(screen.getByTestId("count-queued").textContent).toBe("2 of 8");
});

it("what somebody else does appears without asking", async () => {
  const demo = await open("/tasks");
  const task = demo.store.records.tasks.get("T-101");
  if (task === undefined) throw new Error("no task");
  const changes = [
    { kind: "tasks" as const, id: "T-101", value: { ...task, title: "Changed elsewhere" } },
  ];
  demo.store.commit({ event: "task_updated", actor: "agent-1", target: "task:T-101", changes });
  expect(await screen.findByText("Changed elsewhere")).toBeTruthy();
});
