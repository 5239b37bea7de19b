/** One wish for many tasks, and the settings of a column and of a card, in a real browser. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Client } from "#contracts/client";
import { STATUSES } from "#contracts/workflow";
import { seriousProblems } from "./support/axe.ts";
import { card, carryTo, pickUp, standsIn, untilLive } from "./support/board.ts";
import { launchBrowser, visit, watchPages } from "./support/browser.ts";
import { startServer, type RunningServer } from "./support/server.ts";

let browser: Browser;
let server: RunningServer;
let agent: Client;
let round = 0;
let ids: string[];

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
  agent = server.as("agent-1");
  await server.as("ada").call("createAgent", { body: { id: "ada", kind: "human" } });
});

afterAll(async () => {
  await browser.close();
  await server.stop();
});

beforeEach(async () => {
  round += 1;
  ids = [1, 2, 3, 4].map((at) => `B${round}-${at}`);
  const creates = ids.map((id) => ({ id, title: `Task ${id}`, labels: [`round-${round}`] }));
  await agent.call("batchTasks", { body: { creates } });
});

watchPages();

/** The browser itself reports every refused request; these belong to the journey. */
const REFUSED = /status of (409|412)/;
const open = (view = "") =>
  visit({
    browser,
    url: server.url,
    as: "ada",
    path: `/tasks?label=round-${round}${view}`,
    expected: REFUSED,
  });

async function tasks() {
  const { body } = await agent.call("listTasks", { query: { label: [`round-${round}`] } });
  return body?.items ?? [];
}

const statuses = async (): Promise<Record<string, string>> =>
  Object.fromEntries((await tasks()).map(({ id, status }) => [id.slice(-1), status]));

const select = async (page: Page, id: string, modifiers: ("Shift" | "Control")[] = []) => {
  await page.getByRole("checkbox", { name: `Select ${id}` }).click({ modifiers });
};

const act = async (page: Page, action: string, choice: string) => {
  await page
    .getByTestId("bulk-bar")
    .getByRole("button", { name: `${action}…` })
    .click();
  await page.getByTestId("bulk-menu").waitFor();
  await page.getByTestId(`bulk-${choice}`).click();
};

/** What hung at the pointer: it is in the page only until the browser has taken its picture. */
async function watchPreviews(page: Page): Promise<() => Promise<string[]>> {
  const seen = await page.evaluateHandle(() => {
    const texts: string[] = [];
    new MutationObserver((changes) => {
      for (const node of changes.flatMap(({ addedNodes }) => [...addedNodes]))
        if (node instanceof HTMLElement && node.querySelector('[data-testid="hand"]') !== null)
          texts.push(node.textContent);
    }).observe(document.body, { childList: true });
    return texts;
  });
  return () => seen.jsonValue();
}

describe("many cards at once", () => {
  it("end in one summary: those that moved, and those that were refused with the reason", async () => {
    const [first = "", second = "", third = "", fourth = ""] = ids;
    const { body, etag } = await agent.call("getTask", { params: { id: third } });
    expect(body?.status).toBe("queued");
    await agent.call("patchTask", {
      params: { id: third },
      body: { depends_on: [fourth] },
      ifMatch: etag ?? "",
    });
    const page = await open();
    await untilLive(page);
    await card(page, first).hover();
    await select(page, first);
    await select(page, third, ["Shift"]);
    await page.getByTestId("bulk-bar").getByText("3 selected").waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await act(page, "Move", "claimed");
    const summary = page.getByTestId("bulk-summary");
    await summary.getByText("2 moved to Claimed, 1 refused").waitFor();
    expect(await summary.getByLabel("Refused").textContent()).toBe(
      `Dependency ${fourth} is open${third}`,
    );
    expect(await page.locator(".toast").count()).toBe(0);
    expect(await seriousProblems(page)).toEqual([]);
    await standsIn(page, second, "claimed");
    expect(await statuses()).toEqual({ 1: "claimed", 2: "claimed", 3: "queued", 4: "queued" });
    await summary.getByRole("button", { name: "Undo all" }).click();
    await summary.getByText("2 put back").waitFor();
    expect(await statuses()).toEqual({ 1: "queued", 2: "queued", 3: "queued", 4: "queued" });
    expect((await tasks()).map(({ id }) => id)).toEqual(ids);
  });

  it("show the conflicts of all of them in the summary, each with both ways out", async () => {
    const [first = "", second = "", third = ""] = ids;
    const page = await open();
    await untilLive(page);
    // Somebody is faster with two of the three, and this page has not heard of it yet.
    await page.route(/\/collab\/tasks\/B\d+-[12]$/, async (route) => {
      const request = route.request();
      const id = new URL(request.url()).pathname.split("/").at(-1) ?? "";
      const { body, etag } = await agent.call("getTask", { params: { id } });
      if (request.method() === "PATCH" && body?.priority === "normal")
        await agent.call("patchTask", {
          params: { id },
          body: { priority: "low" },
          ifMatch: etag ?? "",
        });
      await route.continue();
    });
    await card(page, first).focus();
    await page.keyboard.press("x");
    await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Shift+ArrowDown");
    await act(page, "Priority", "high");
    const summary = page.getByTestId("bulk-summary");
    await summary.getByText("1 set to high priority, 2 conflicts").waitFor();
    expect(await summary.getByTestId(`conflict-${first}`).textContent()).toContain(
      "agent-1: Priority is low",
    );
    expect(await seriousProblems(page)).toEqual([]);
    const choose = (id: string, name: string) =>
      summary.getByTestId(`conflict-${id}`).getByRole("button", { name }).click();
    await choose(first, "Keep mine");
    await choose(second, "Take theirs");
    await summary.getByLabel("Conflicts").waitFor({ state: "detached" });
    await expect
      .poll(async () => (await tasks()).slice(0, 3).map(({ id, priority }) => [id, priority]))
      .toEqual([
        [first, "high"],
        [second, "low"],
        [third, "high"],
      ]);
  });

  it("from the list: assigned, labelled and archived, and Z takes the last of it back", async () => {
    const page = await open("&view=list");
    await untilLive(page);
    await page.getByRole("checkbox", { name: "Select all" }).click();
    await act(page, "Assign", "ada");
    await page.getByTestId("bulk-summary").getByText("4 assigned to ada").waitFor();
    await select(page, ids[0] ?? "");
    await select(page, ids[2] ?? "", ["Shift"]);
    await page.getByTestId("bulk-bar").getByRole("button", { name: "Labels…" }).click();
    await page.locator("#bulk-label").fill("urgent");
    await page.getByRole("button", { name: "Put on 3" }).click();
    await page.getByTestId("bulk-summary").getByText("3 labelled urgent").waitFor();
    await select(page, ids[3] ?? "");
    await select(page, ids[2] ?? "");
    await act(page, "Archive", "archive");
    await page.getByTestId("bulk-summary").getByText("2 archived").waitFor();
    await page.getByTestId(`row-${ids[3]}`).waitFor({ state: "detached" });
    await page.keyboard.press("z");
    await page.getByTestId("bulk-summary").getByText("2 put back").waitFor();
    expect(
      (await tasks()).map(({ labels, assignee, archived }) => [labels, assignee, archived]),
    ).toEqual(
      [1, 2, 3, 4].map((at) => [
        at === 4 ? [`round-${round}`] : [`round-${round}`, "urgent"],
        "ada",
        false,
      ]),
    );
  });

  it("are dragged together: counted at the pointer, side by side where they are dropped, one step back", async () => {
    const [first = "", second = "", third = "", fourth = ""] = ids;
    await agent.call("claimTask", { body: { agent: "agent-1", task_id: fourth } });
    const page = await open();
    await untilLive(page);
    await select(page, third);
    await select(page, first);
    const previews = await watchPreviews(page);
    await pickUp(page, first);
    await expect.poll(() => page.locator('.card[data-held="true"]').count()).toBe(2);
    expect(await previews()).toEqual([`${first} Task ${first}2 cards`]);
    await carryTo(page, "claimed");
    expect(await seriousProblems(page)).toEqual([]);
    await page.mouse.up();
    const summary = page.getByTestId("bulk-summary");
    await summary.getByText("2 moved to Claimed").waitFor();
    expect(await page.locator(".toast").count()).toBe(0);
    expect(await page.getByTestId("bulk-bar").count()).toBe(0);
    const claimed = (await tasks()).filter(({ status }) => status === "claimed");
    expect(claimed.map(({ id }) => id)).toEqual([fourth, first, third]);
    await standsIn(page, second, "queued");
    await page.keyboard.press("z");
    await summary.getByText("2 put back").waitFor();
    expect(await statuses()).toEqual({ 1: "queued", 2: "queued", 3: "queued", 4: "claimed" });
  });

  it("are carried together by the keyboard, and one that may not go stays with its reason", async () => {
    const [first = "", second = "", third = ""] = ids;
    const { etag } = await agent.call("getTask", { params: { id: second } });
    const body = { depends_on: [third] };
    await agent.call("patchTask", { params: { id: second }, body, ifMatch: etag ?? "" });
    const page = await open();
    await untilLive(page);
    await card(page, first).focus();
    await page.keyboard.press("x");
    await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowRight");
    await page
      .getByTestId("reason-claimed")
      .getByText(`1 of 2. Dependency ${third} is open`)
      .waitFor();
    await page.keyboard.press("Enter");
    const summary = page.getByTestId("bulk-summary");
    await summary.getByText("1 moved to Claimed, 1 refused").waitFor();
    expect(await summary.getByLabel("Refused").textContent()).toBe(
      `Dependency ${third} is open${second}`,
    );
    expect(await statuses()).toMatchObject({ 1: "claimed", 2: "queued", 3: "queued" });
  });

  it("Escape lets them go, and what the filter hides is left alone", async () => {
    const [first = "", second = ""] = ids;
    const page = await open();
    await untilLive(page);
    await card(page, first).focus();
    await page.keyboard.press("Control+a");
    await page.getByTestId("bulk-bar").getByText("4 selected").waitFor();
    await page.keyboard.press("Escape");
    await page.getByTestId("bulk-bar").waitFor({ state: "detached" });
    await card(page, first).focus();
    await page.keyboard.press("x");
    await page.keyboard.press("Shift+ArrowDown");
    await page.getByTestId("bulk-bar").getByText("2 selected").waitFor();
    // The bar lies over the field, and "/" is the way to it.
    await page.keyboard.press("/");
    await page.keyboard.type(second);
    await page.getByTestId("bulk-bar").getByText("1 selected · 1 more hidden").waitFor();
    await act(page, "Move", "claimed");
    await standsIn(page, second, "claimed");
    await page.getByTestId("bulk-summary").getByText("1 moved to Claimed").waitFor();
    expect(await statuses()).toMatchObject({ 1: "queued", 2: "claimed" });
  });
});

describe("a column", () => {
  it("says by shape and text when it holds more than its limit, also after a reload", async () => {
    const page = await open();
    await untilLive(page);
    const count = page.getByTestId("count-queued");
    const total = (await agent.call("listTasks", { query: { status: ["queued"], limit: 1_000 } }))
      .body?.items.length;
    await count.click();
    await page.getByLabel("Cards at most").fill("0");
    await page.getByRole("button", { name: "Set the limit" }).click();
    await page.getByText("Give a whole number above zero").waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByLabel("Cards at most").fill("3");
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByRole("button", { name: "Set the limit" }).click();
    await page.reload();
    await untilLive(page);
    expect(await count.textContent()).toBe(`4 of ${total} / 3over`);
    expect(await count.locator("svg").count()).toBe(1);
    expect(await seriousProblems(page)).toEqual([]);
    for (const status of STATUSES.slice(2))
      expect(await page.getByTestId(`count-${status}`).textContent()).not.toContain("/");
  });
});

describe("where the work lies", () => {
  it("repository and branch are edited in the panel, checked, and only a web address is a link", async () => {
    const [id = ""] = ids;
    const page = await visit({ browser, url: server.url, as: "ada", path: `/tasks/${id}` });
    await untilLive(page);
    await page.getByRole("button", { name: "Edit repository" }).click();
    const field = page.getByTestId("edit-repository_url").getByRole("textbox");
    await field.fill("javascript:alert(1)");
    await page.getByText("Give an address that begins with https://").waitFor();
    await page.keyboard.press("Enter");
    expect((await tasks())[0]?.repository_url).toBeNull();
    await field.fill("https://example.org/team/board.git");
    await page.keyboard.press("Enter");
    const link = page.getByTestId("panel").getByRole("link", { name: "example.org/team/board" });
    await link.waitFor();
    expect(await link.getAttribute("rel")).toBe("noopener noreferrer");
    await page.getByRole("button", { name: "Edit branch" }).click();
    await page.getByTestId("edit-branch_name").getByRole("textbox").fill("two words");
    await page.getByText("A branch name has no spaces").waitFor();
    await page.getByTestId("edit-branch_name").getByRole("textbox").fill("feature/one");
    await page.keyboard.press("Enter");
    await expect
      .poll(async () => (await tasks())[0])
      .toMatchObject({
        repository_url: "https://example.org/team/board.git",
        branch_name: "feature/one",
      });
    const { etag } = await agent.call("getTask", { params: { id } });
    await agent.call("patchTask", {
      params: { id },
      body: { repository_url: "javascript:alert(1)" },
      ifMatch: etag ?? "",
    });
    await page.getByTestId("field-repository_url").getByText("javascript:alert(1)").waitFor();
    expect(await page.getByTestId("field-repository_url").getByRole("link").count()).toBe(0);
    expect(await seriousProblems(page)).toEqual([]);
  });
});
