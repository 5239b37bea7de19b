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
  panel: { path: "/tasks/T-109" },
  list: { path: "/tasks?view=list" },
  drag: {
    path: "/tasks",
    async prepare(page) {
      await pickUp(page, "T-104");
      await carryTo(page, "claimed");
    },
  },
  conflict: { path: "/tasks", prepare: makeConflict },
  agents: { path: "/agents" },
  leases: { path: "/leases" },
  events: { path: "/events" },
  "time-travel": { path: "/time-travel" },
};

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
