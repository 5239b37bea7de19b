/** The one stream: many tabs, lost connections, and not one event missing. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { untilLive } from "./support/board.ts";
import { seriousProblems } from "./support/axe.ts";
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

const LOST =
  /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|Failed to load/;

async function append(from: number, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, at) => ({
    event: "build_step",
    actor: "ci",
    target: `name:build`,
    details: { text: `step ${from + at}` },
  }));
  await server.as("ci").call("appendEvents", { body: events });
}

describe("the tail", () => {
  it("reaches Chromium's own EventSource, which misses nothing when the server is killed", async () => {
    const page = await visit({ browser, url: server.url, path: "/agents", expected: LOST });
    await untilLive(page);
    await page.evaluate(() => {
      const texts: string[] = [];
      const source = new EventSource("/collab/events/tail?event=own_step");
      source.addEventListener("own_step", ({ data }: MessageEvent<string>) => {
        texts.push((JSON.parse(data) as { details: { text: string } }).details.text);
      });
      source.addEventListener("caught-up", () => document.body.setAttribute("data-own", "live"));
      Object.assign(window, { texts });
    });
    await page.locator("body[data-own=live]").waitFor();
    const say = (text: string) =>
      server.as("ci").call("appendEvents", {
        body: { event: "own_step", actor: "ci", target: "", details: { text } },
      });
    await say("one");
    await server.kill();
    await server.restart();
    await say("two");
    await expect
      .poll(() => page.evaluate(() => (window as unknown as { texts: string[] }).texts), {
        timeout: 15_000,
      })
      .toEqual(["one", "two"]);
  });

  it("paused and followed again across a kill of the server, with not one event missing", async () => {
    const page = await visit({
      browser,
      url: server.url,
      path: "/events?event=build_step",
      expected: LOST,
    });
    await untilLive(page);
    await append(0, 50);
    await expect.poll(() => page.getByTestId("shown").textContent()).toBe("50");
    await page.getByTestId("follow").click();
    await append(50, 20);
    await page.getByTestId("new-bar").getByText("+20 new").waitFor();
    await server.kill();
    await page.locator('[data-testid="connection"][data-status="offline"]').waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await server.restart();
    await append(70, 30);
    await page.getByTestId("connection").click();
    await untilLive(page);
    await page.getByTestId("new-bar").getByText("+50 new").waitFor();
    await page.getByTestId("new-bar").click();
    await expect.poll(() => page.getByTestId("shown").textContent()).toBe("100");
    expect(await page.getByTestId("received").textContent()).toBe("100");
    const last = page.getByTestId("event").last();
    expect(await last.textContent()).toContain("step 99");
  });

  it("scrolling away pauses, and the bar brings one back", async () => {
    const page = await visit({ browser, url: server.url, path: "/events?event=build_step" });
    await untilLive(page);
    await expect.poll(() => page.getByTestId("event").count()).toBeGreaterThan(10);
    await page.getByTestId("event-list").hover();
    await page.mouse.wheel(0, -600);
    await page.getByRole("button", { name: "Follow" }).waitFor();
    await append(200, 5);
    await page.getByTestId("new-bar").click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.getByText("step 204").waitFor();
  });

  it("eight tabs are live at once on one connection, and all see the same event", async () => {
    const first = await visit({ browser, url: server.url });
    await untilLive(first);
    const others = await Promise.all(
      Array.from({ length: 7 }, async () => {
        const page = await first.context().newPage();
        await page.goto(`${server.url}/console/tasks`);
        await untilLive(page);
        return page;
      }),
    );
    await server.as("agent-1").call("createTask", { body: { id: "T-8", title: "For all eight" } });
    for (const page of [first, ...others])
      await page.getByTestId("card-T-8").waitFor({ timeout: 2_000 });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(/^kyros_\w*streams\w* (\d+)$/m.exec(metrics)?.[1]).toBe("1");
  });

  it("the human log tells what the filter shows, and its citations lead to the events", async () => {
    const page = await visit({ browser, url: server.url, path: "/events?target=task:T-8" });
    await untilLive(page);
    await page.getByRole("button", { name: "Human log" }).click();
    const log = page.getByTestId("human-log");
    await log.getByRole("heading", { name: "What happened" }).waitFor();
    expect(await log.textContent()).toContain("T-8");
    expect(await seriousProblems(page)).toEqual([]);
    await log.locator("a").first().click();
    await log.waitFor({ state: "detached" });
    expect(page.url()).toMatch(/#[\w-]+$/);
  });
});
