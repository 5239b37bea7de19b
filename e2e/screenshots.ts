/** Pictures of each page, in both themes, from a real server: `docs/images/<page>-<theme>.png`. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { dragTo, pickUp, carryTo, untilLive } from "./support/board.ts";
import { launchBrowser } from "./support/browser.ts";
import { seed } from "./support/seed.ts";
import { startServer } from "./support/server.ts";

const IMAGES = join(import.meta.dirname, "../docs/images");

const PICTURES: Readonly<
  Record<string, { path: string; prepare?: (page: Page) => Promise<void> }>
> = {
  tasks: { path: "/tasks" },
  panel: { path: "/tasks/T-110" },
  list: { path: "/tasks?view=list" },
  drag: {
    path: "/tasks",
    async prepare(page) {
      await pickUp(page, "T-104");
      await carryTo(page, "claimed");
    },
  },
  conflict: { path: "/tasks", prepare: makeConflict },
  bulk: { path: "/tasks", prepare: moveMany },
  agents: { path: "/agents" },
  leases: { path: "/leases" },
  events: { path: "/events", prepare: work },
  "human-log": {
    path: "/events",
    async prepare(page) {
      await page.getByRole("button", { name: "Human log" }).click();
      await page.getByTestId("human-log").getByRole("heading", { name: "What happened" }).waitFor();
    },
  },
  "time-travel": { path: "/time-travel" },
};

/** What brings the board back to where it was before a picture. */
const after: (() => Promise<unknown>)[] = [];

mkdirSync(IMAGES, { recursive: true });
const server = await startServer();
const browser = await launchBrowser();
try {
  await seed(server);
  for (const theme of ["g100", "g10"] as const) {
    for (const [name, { path, prepare }] of Object.entries(PICTURES)) {
      const context = await browser.newContext({
        viewport: { width: 1440, height: 900 },
        reducedMotion: "reduce",
      });
      await context.addInitScript((wanted) => {
        localStorage.setItem("kyros.identity", JSON.stringify("ada"));
        localStorage.setItem("kyros.theme", wanted);
        localStorage.setItem("kyros.wip-limits", '{"claimed":4,"in_progress":2,"review":4}');
      }, theme);
      const page = await context.newPage();
      await page.goto(`${server.url}/console${path}`);
      await untilLive(page);
      await prepare?.(page);
      await page.waitForTimeout(500);
      await page.screenshot({
        path: join(IMAGES, `${name}-${theme === "g100" ? "dark" : "light"}.png`),
      });
      await context.close();
      for (const undo of after.splice(0)) await undo();
    }
  }
} finally {
  await browser.close();
  await server.stop();
}

/** An agent claims the very card that is being dropped into the same column. */
async function makeConflict(page: Page): Promise<void> {
  const agent = server.as("agent-5");
  let isFirst = true;
  await page.route("**/collab/tasks/T-105/move", async (route) => {
    if (isFirst)
      await agent.call("claimTask", {
        body: { agent: "agent-5", task_id: "T-105", ttl_seconds: 900 },
      });
    isFirst = false;
    return route.continue();
  });
  await dragTo(page, "T-105", "claimed");
  await page.getByTestId("conflict-T-105").waitFor();
  await agent.call("transitionTask", { params: { id: "T-105" }, body: { to: "queued" } });
}

/** Four cards into one column, two of which may not go there; then everything as it was. */
async function moveMany(page: Page): Promise<void> {
  for (const id of ["T-101", "T-102", "T-103", "T-104"])
    await page.getByRole("checkbox", { name: `Select ${id}` }).click({ force: true });
  await page.getByTestId("bulk-bar").getByRole("button", { name: "Move…" }).click();
  await page.getByTestId("bulk-claimed").click();
  await page.getByTestId("bulk-summary").getByText("Undo all").waitFor();
  for (const id of ["T-116", "T-117"])
    await page.getByRole("checkbox", { name: `Select ${id}` }).click({ force: true });
  const ada = server.as("ada");
  for (const id of ["T-101", "T-103"])
    after.push(() => ada.call("transitionTask", { params: { id }, body: { to: "queued" } }));
}

/** An agent at work while the page is open. */
async function work(page: Page): Promise<void> {
  const agent = server.as("agent-5");
  await agent.call("claimTask", { body: { agent: "agent-5", task_id: "T-103", ttl_seconds: 900 } });
  await agent.call("transitionTask", { params: { id: "T-103" }, body: { to: "queued" } });
  await page.getByTestId("received").getByText("4").waitFor();
}
