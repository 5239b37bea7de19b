/** Who works here: registered, edited, taken off duty, and missed when gone. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seriousProblems } from "./support/axe.ts";
import { untilLive } from "./support/board.ts";
import { launchBrowser, visit, watchPages } from "./support/browser.ts";
import { startServer, type RunningServer } from "./support/server.ts";

let browser: Browser;
let server: RunningServer;

beforeAll(async () => {
  [browser, server] = await Promise.all([
    launchBrowser(),
    startServer({ AGENT_OFFLINE_AFTER: "4" }),
  ]);
});

afterAll(async () => {
  await browser.close();
  await server.stop();
});

watchPages();

const agent = async (id: string) =>
  (await server.as("ada").call("getAgent", { params: { id } })).body;

describe("agents", () => {
  it("are registered and edited by a person, and taken off duty by one click", async () => {
    const page = await visit({ browser, url: server.url, as: "ada", path: "/agents" });
    await untilLive(page);
    await page.getByRole("button", { name: "Register" }).first().click();
    const dialog = page.getByTestId("agent-dialog");
    await dialog.getByLabel("Name").fill("Night Shift");
    await dialog.getByLabel("Role").fill("backend");
    await dialog.getByLabel("Skills").fill("sql, node");
    expect(await seriousProblems(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Register" }).click();
    const row = page.getByTestId("agent-night-shift");
    await row.waitFor();
    expect(await agent("night-shift")).toMatchObject({
      name: "Night Shift",
      role: "backend",
      skills: ["sql", "node"],
      available: true,
    });
    await row.getByRole("button", { name: "Edit Night Shift" }).click();
    await dialog.getByLabel("Role").fill("frontend");
    await dialog.getByRole("button", { name: "Save" }).click();
    await row.getByText("frontend").waitFor();
    await row.locator(".cds--toggle__switch, label").first().click();
    await expect.poll(async () => (await agent("night-shift"))?.available).toBe(false);
  });

  it("that are not heard of any more are marked by word and shape, without a reload", async () => {
    await server.as("agent-7").call("createAgent", { body: { id: "agent-7", name: "Seven" } });
    const page = await visit({ browser, url: server.url, as: "ada", path: "/agents" });
    await untilLive(page);
    const row = page.getByTestId("agent-agent-7");
    await row.getByText("Offline").waitFor({ timeout: 15_000 });
    expect(await row.locator('[data-shape="offline"]').count()).toBe(1);
    expect(await seriousProblems(page)).toEqual([]);
  });
});
