/** The console without any server: its own data, its own little API. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dragTo, standsIn, untilLive } from "./support/board.ts";
import { launchBrowser, visit, watchPages } from "./support/browser.ts";
import { startDemoSite, type DemoSite } from "./support/demo-site.ts";
import { seriousProblems } from "./support/axe.ts";

let browser: Browser;
let site: DemoSite;

beforeAll(async () => {
  [browser, site] = await Promise.all([launchBrowser(), startDemoSite()]);
});

afterAll(async () => {
  await browser.close();
  await site.stop();
});

watchPages();

describe("demo mode", () => {
  it("shows a board that works, although nobody serves an API", async () => {
    const page = await visit({ browser, url: site.url, as: "ada" });
    await untilLive(page);
    await dragTo(page, "T-101", "claimed");
    await standsIn(page, "T-101", "claimed");
    await page.getByTestId("card-T-101").click();
    await page.getByTestId("panel").getByRole("heading", { name: "Checkout keeps" }).waitFor();
    expect(await page.getByTestId("history").locator("li").count()).toBeGreaterThan(1);
  });

  const places = [
    "/tasks",
    "/tasks?view=list",
    "/tasks?type=bugfix",
    "/tasks?q=nothing-is-called-this",
    "/tasks/T-101",
    "/tasks/T-112",
    "/tasks/T-404",
    "/agents",
    "/agents/agent-1",
    "/leases",
    "/leases?view=tree",
    "/events",
    "/events?target=task:T-101",
    "/time-travel",
    "/nowhere",
  ];
  for (const theme of ["g100", "g10"] as const) {
    it(`no route keeps people out (${theme})`, { timeout: 180_000 }, async () => {
      const page = await visit({ browser, url: site.url, as: "ada", theme });
      const found: Record<string, string[]> = {};
      for (const path of places) {
        await page.goto(`${site.url}/console${path}`);
        await untilLive(page);
        await page.waitForLoadState("networkidle");
        const problems = await seriousProblems(page);
        if (problems.length > 0) found[path] = problems;
      }
      expect(found).toEqual({});
    });
    it(`no window of the page keeps people out (${theme})`, async () => {
      const page = await visit({ browser, url: site.url, as: "ada", theme });
      await untilLive(page);
      for (const [key, testId] of [
        ["Control+k", "palette"],
        ["?", "help"],
        ["c", "create-dialog"],
      ] as const) {
        await page.keyboard.press(key);
        await page.getByTestId(testId).waitFor();
        expect(await seriousProblems(page)).toEqual([]);
        await page.keyboard.press("Escape");
        await page.getByTestId(testId).waitFor({ state: "detached" });
      }
      await page.getByRole("button", { name: "You are ada" }).click();
      await page.getByTestId("identity").waitFor();
      expect(await seriousProblems(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Notifications" }).click();
      await page.getByTestId("notices").waitFor();
      expect(await seriousProblems(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Move T-104 to…" }).click();
      await page.getByTestId("move-menu").waitFor();
      expect(await seriousProblems(page)).toEqual([]);
    });
  }

  it("stays usable in a window as narrow as a phone", async () => {
    const page = await visit({ browser, url: site.url, viewport: { width: 390, height: 800 } });
    await untilLive(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await page.getByRole("button", { name: "Open menu" }).click();
    await page.getByRole("link", { name: "Leases" }).click();
    await page.getByTestId("leases").waitFor();
    expect(await seriousProblems(page)).toEqual([]);
  });
});
