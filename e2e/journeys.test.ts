/** What people do with the console all day, in a real browser against a real server. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Route } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { Client } from "#contracts/client";
import { STATUSES } from "#contracts/workflow";
import {
  LIVE_MS,
  card,
  carryTo,
  column,
  dragTo,
  pickUp,
  standsIn,
  untilLive,
} from "./support/board.ts";
import { seriousProblems } from "./support/axe.ts";
import { launchBrowser, visit, watchPages } from "./support/browser.ts";
import { startServer, type RunningServer } from "./support/server.ts";

let browser: Browser;
let server: RunningServer;
let agent: Client;
let nextId = 100;
let id: string;

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
  nextId += 1;
  id = `T-${nextId}`;
  await agent.call("createTask", { body: { id, title: `Task ${nextId}` } });
});

watchPages();

/** By default the board with nothing but the card in question: others could push it out of sight. */
const open = (path?: string, expected: RegExp = /^never$/, from = browser) =>
  visit({ browser: from, url: server.url, as: "ada", path: path ?? `/tasks?q=${id}`, expected });
/** The browser itself reports every refused request; these belong to the journey. */
const REFUSED = /status of (409|412)/;
const statusOf = async (task: string) =>
  (await agent.call("getTask", { params: { id: task } })).body?.status;

describe("a card's whole life", () => {
  it("created in the console, dragged through all columns, and every step is in the log", async () => {
    const page = await open("/tasks?q=born");
    await untilLive(page);
    await page.keyboard.press("c");
    await page.getByLabel("Title").fill("Born in the console");
    await page.getByTestId("create-dialog").getByRole("button", { name: "Create" }).click();
    const born = page.locator("[data-task]", { hasText: "Born in the console" });
    await born.waitFor();
    const bornId = (await born.getAttribute("data-task")) ?? "";
    for (const status of STATUSES.slice(1)) {
      await dragTo(page, bornId, status);
      await standsIn(page, bornId, status);
      await expect.poll(() => statusOf(bornId)).toBe(status);
    }
    await page.goto(`${server.url}/console/events?target=task:${bornId}`);
    await untilLive(page);
    await expect.poll(() => page.getByTestId("event").count()).toBeGreaterThanOrEqual(7);
    expect(await page.getByTestId("event-list").textContent()).toContain("merging → done");
  });

  it("an agent's claim is on the board within a second, with the time its lease has left", async () => {
    const page = await open();
    await untilLive(page);
    await agent.call("claimTask", { body: { agent: "agent-1", task_id: id } });
    await column(page, "claimed").getByTestId(`card-${id}`).waitFor({ timeout: 1_000 });
    expect(await card(page, id).locator(".ring").textContent()).toMatch(/^[45]:\d\d$/);
    await agent.call("transitionTask", { params: { id }, body: { to: "queued" } });
    await standsIn(page, id, "queued");
  });
});

describe("two at once", () => {
  it("two browsers move the same card: one move holds, and the other sees why", async () => {
    const other = await launchBrowser();
    onTestFinished(() => other.close());
    const mine = await open(undefined, REFUSED);
    const theirs = await open(undefined, REFUSED, other);
    await Promise.all([untilLive(mine), untilLive(theirs)]);
    await pickUp(mine, id);
    await dragTo(theirs, id, "claimed");
    await standsIn(theirs, id, "claimed");
    await standsIn(mine, id, "claimed");
    await mine.mouse.up();
    await mine.getByTestId("toasts").getByText(`${id} is in Claimed now`).waitFor();
    await standsIn(mine, id, "claimed");
    expect(await statusOf(id)).toBe("claimed");
  });

  it("an agent changes another field during the drag: both changes stand", async () => {
    const page = await open();
    await untilLive(page);
    await pickUp(page, id);
    const { etag } = await agent.call("getTask", { params: { id } });
    await agent.call("patchTask", {
      params: { id },
      body: { title: "Renamed meanwhile" },
      ifMatch: etag ?? "",
    });
    await card(page, id).getByText("Renamed meanwhile").waitFor();
    await carryTo(page, "claimed");
    await page.mouse.up();
    await expect.poll(() => statusOf(id)).toBe("claimed");
    expect((await agent.call("getTask", { params: { id } })).body?.title).toBe("Renamed meanwhile");
  });

  it("a column that becomes illegal during the drag refuses the drop with its reason", async () => {
    const page = await open();
    await untilLive(page);
    await pickUp(page, id);
    await carryTo(page, "claimed");
    const { etag } = await agent.call("getTask", { params: { id } });
    await agent.call("createTask", { body: { id: `D-${nextId}`, title: "First this" } });
    await agent.call("patchTask", {
      params: { id },
      body: { depends_on: [`D-${nextId}`] },
      ifMatch: etag ?? "",
    });
    await page.getByTestId("reason-claimed").getByText(`Dependency D-${nextId} is open`).waitFor();
    await page.mouse.up();
    await page.getByTestId("toasts").getByText(`${id} stays in Queued`).waitFor();
    expect(await statusOf(id)).toBe("queued");
  });
});

describe("412", () => {
  /** Holds this page's next write back until somebody else has written: the tail cannot help it. */
  async function race(page: Awaited<ReturnType<typeof open>>, theirs: object): Promise<void> {
    const write = (url: URL) => url.pathname.startsWith(`/collab/tasks/${id}`);
    let isFirst = true;
    const hold = async (route: Route) => {
      if (route.request().method() === "GET" || !isFirst) return route.continue();
      isFirst = false;
      const { etag } = await agent.call("getTask", { params: { id } });
      await agent.call("patchTask", { params: { id }, body: theirs, ifMatch: etag ?? "" });
      return route.continue();
    };
    await page.route(write, hold);
  }

  it("disjoint fields: merged without a question, and a word about it", async () => {
    const page = await open(undefined, REFUSED);
    await untilLive(page);
    await race(page, { title: "Their title" });
    await dragTo(page, id, "claimed");
    await page.getByTestId("toasts").getByText(`${id}: merged with agent-1's change`).waitFor();
    expect((await agent.call("getTask", { params: { id } })).body).toMatchObject({
      status: "claimed",
      title: "Their title",
    });
  });

  it("the same field: both sides are shown, and keep mine writes mine", async () => {
    const page = await open(`/tasks/${id}`, REFUSED);
    await untilLive(page);
    await page.getByRole("button", { name: "Edit title" }).click();
    await page.getByTestId("edit-title").getByRole("textbox").fill("My title");
    await race(page, { title: "Their title" });
    await page.keyboard.press("Enter");
    const conflict = page.getByTestId(`conflict-${id}`);
    await conflict.waitFor();
    expect(await conflict.textContent()).toContain("agent-1 was faster");
    expect(await conflict.locator(".diff__mine").textContent()).toBe("My title");
    expect(await conflict.locator(".diff__theirs").textContent()).toBe("Their title");
    expect(await seriousProblems(page)).toEqual([]);
    await conflict.getByRole("button", { name: "Keep mine" }).click();
    await expect
      .poll(async () => (await agent.call("getTask", { params: { id } })).body?.title)
      .toBe("My title");
  });

  it("the same field: take theirs leaves theirs, and nothing of mine stays behind", async () => {
    const page = await open(`/tasks/${id}`, REFUSED);
    await untilLive(page);
    await page.getByRole("button", { name: "Edit title" }).click();
    await page.getByTestId("edit-title").getByRole("textbox").fill("My title");
    await race(page, { title: "Their title" });
    await page.keyboard.press("Enter");
    await page.getByTestId(`conflict-${id}`).getByRole("button", { name: "Take theirs" }).click();
    await page.getByTestId("field-title").getByText("Their title").waitFor();
    expect(
      await page.evaluate((key) => sessionStorage.getItem(key), `kyros.draft.${id}.title`),
    ).toBeNull();
  });

  it("a form's draft survives a reload", async () => {
    const page = await open(`/tasks/${id}`);
    await untilLive(page);
    await page.getByRole("button", { name: "Edit title" }).click();
    await page.getByTestId("edit-title").getByRole("textbox").fill("Half a thou");
    await page.reload();
    expect(await page.getByTestId("edit-title").getByRole("textbox").inputValue()).toBe(
      "Half a thou",
    );
  });
});

describe("every outcome of a drag without dragging", () => {
  it("by the keyboard alone: through all columns, within a column, and back", async () => {
    const page = await open();
    await untilLive(page);
    await card(page, id).focus();
    for (const status of STATUSES.slice(1)) {
      await page.keyboard.press("Enter");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Enter");
      await standsIn(page, id, status);
      await expect.poll(() => statusOf(id)).toBe(status);
      await card(page, id).focus();
    }
    await page.keyboard.press("Enter");
    await page.keyboard.press("Control+ArrowLeft");
    await page.keyboard.press("Enter");
    await expect.poll(() => statusOf(id)).toBe("queued");
  });

  it("by the keyboard alone: to the top of a column, and Escape puts a card back", async () => {
    const labels = [`pair-${nextId}`];
    await agent.call("createTask", { body: { id: `P-${nextId}`, title: "First", labels } });
    await agent.call("createTask", { body: { id: `Q-${nextId}`, title: "Second", labels } });
    const page = await open(`/tasks?label=pair-${nextId}`);
    await untilLive(page);
    const order = () =>
      column(page, "queued")
        .locator("[data-task]")
        .evaluateAll((cards) => cards.map((found) => found.getAttribute("data-task")));
    await card(page, `Q-${nextId}`).focus();
    for (const key of ["Enter", "ArrowRight", "Escape"]) await page.keyboard.press(key);
    expect(await order()).toEqual([`P-${nextId}`, `Q-${nextId}`]);
    for (const key of ["Enter", "Control+ArrowUp", "Enter"]) await page.keyboard.press(key);
    await expect.poll(order).toEqual([`Q-${nextId}`, `P-${nextId}`]);
    await expect
      .poll(async () => {
        const { body } = await agent.call("listTasks", { query: { label: labels } });
        return body?.items.map((task) => task.id);
      })
      .toEqual([`Q-${nextId}`, `P-${nextId}`]);
  });

  it("by single clicks alone: through all columns", async () => {
    const page = await open();
    await untilLive(page);
    for (const status of STATUSES.slice(1)) {
      await page.getByRole("button", { name: `Move ${id} to…` }).click();
      await page.getByTestId(`move-to-${status}`).click();
      await standsIn(page, id, status);
      await expect.poll(() => statusOf(id)).toBe(status);
    }
  });

  it("what an agent holds is taken from it only by insisting", async () => {
    await agent.call("claimTask", { body: { agent: "agent-1", task_id: id } });
    const page = await open();
    await untilLive(page);
    await page.getByRole("button", { name: `Move ${id} to…` }).click();
    expect(await page.getByTestId("move-to-queued").textContent()).toContain("Held by agent-1");
    await page.getByTestId("move-to-queued").click();
    expect(await statusOf(id)).toBe("claimed");
    await page.getByTestId("move-to-queued").click();
    await expect.poll(() => statusOf(id)).toBe("queued");
  });

  it("Z takes a move back by a change of its own", async () => {
    const page = await open();
    await untilLive(page);
    await dragTo(page, id, "claimed");
    await expect.poll(() => statusOf(id)).toBe("claimed");
    await page.keyboard.press("z");
    await expect.poll(() => statusOf(id)).toBe("queued");
    await page.getByTestId("toasts").getByText("Undone").waitFor();
  });
});

describe("leases", () => {
  it("one that nobody renews any more is taken back with a reason, and its task returns", async () => {
    await agent.call("claimTask", { body: { agent: "agent-1", task_id: id } });
    const page = await open("/leases");
    await untilLive(page);
    await page.getByRole("button", { name: `Reclaim task:${id}` }).click();
    await page.getByLabel("Reason").fill("gone home");
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByTestId("reclaim-dialog").getByRole("button", { name: "Reclaim" }).click();
    await page.getByTestId(`lease-task:${id}`).waitFor({ state: "detached" });
    expect(await statusOf(id)).toBe("queued");
    const { body } = await agent.call("listEvents", {
      query: { event: ["lease_reclaimed"], limit: 1_000 },
    });
    expect(body?.items.at(-1)?.details["reason"]).toBe("gone home");
  });

  it("one that ends by itself leaves the page by itself", async () => {
    await agent.call("acquireLease", {
      body: { resource: "name:short", holder: "agent-1", ttl_seconds: 5 },
    });
    const page = await open("/leases");
    const row = page.getByTestId("lease-name:short");
    await row.waitFor();
    await row.waitFor({ state: "detached", timeout: 8_000 });
    expect(await row.count()).toBe(0);
  });
});

describe("the files", () => {
  it("a hand edit of tasks.json is on the board within a second", async () => {
    const page = await open();
    await untilLive(page);
    const file = join(server.folder, "state/tasks.json");
    writeFileSync(file, readFileSync(file, "utf8").replace(`"Task ${nextId}"`, '"Edited by hand"'));
    const title = card(page, id).getByText("Edited by hand");
    await title.waitFor({ timeout: 1_000 });
    expect(await title.count()).toBe(1);
  });

  it("a broken file is named with its line, what is known is still shown, and mending it ends the alarm", async () => {
    const page = await open(undefined, /status of 503/);
    await untilLive(page);
    const file = join(server.folder, "state/tasks.json");
    const good = readFileSync(file, "utf8");
    writeFileSync(file, `${good}<<<<<<<`);
    const banner = page.getByTestId("server-banner");
    await banner.waitFor({ timeout: LIVE_MS });
    expect(await banner.textContent()).toMatch(/line \d+/);
    expect(await seriousProblems(page)).toEqual([]);
    await card(page, id).waitFor();
    writeFileSync(file, good);
    await banner.waitFor({ state: "detached", timeout: 20_000 });
  });
});

describe("time travel", () => {
  it("shows the board as it was, and what has changed since", async () => {
    const before = new Date().toISOString();
    await agent.call("claimTask", { body: { agent: "agent-1", task_id: id } });
    const page = await open(`/time-travel?at=${before}`);
    await untilLive(page);
    const queued = page.getByRole("region", { name: "Queued" });
    await queued.locator(".column__scroll").evaluate((list) => list.scrollTo(0, list.scrollHeight));
    await queued.getByTestId(`past-${id}`).waitFor();
    await page.goto(
      `${server.url}/console/time-travel?since=${before}&at=${new Date().toISOString()}`,
    );
    const row = page.getByTestId("difference").locator("tr", { hasText: id }).first();
    expect(await row.textContent()).toContain("Claimed");
    await agent.call("transitionTask", { params: { id }, body: { to: "queued" } });
  });
});
