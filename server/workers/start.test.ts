/** How a worker begins, over an app in this process. */
import { afterEach, expect, test, vi } from "vitest";
import type { Config } from "../config.ts";
import { createClient } from "#contracts/client";
import { openApp } from "../http/testing/client.ts";
import { createClock } from "../kernel/clock.ts";
import type { News } from "./news.ts";
import { startWorker, type Asked } from "./start.ts";

afterEach(() => void vi.restoreAllMocks());

async function begin(asked: Partial<Asked> = {}, config: Partial<Config> = {}) {
  const board = await openApp({ config });
  const calls: string[] = [];
  const stop = new AbortController();
  const news: News[] = [];
  const connect = (actor: string) =>
    createClient({
      baseUrl: "http://localhost",
      actor,
      fetch(url, init) {
        calls.push(url);
        return board.app.request(url, {
          ...init,
          headers: { ...init.headers, host: "localhost" },
        });
      },
    });
  const run = () =>
    startWorker({
      name: "w-1",
      executors: undefined,
      labels: [],
      types: undefined,
      concurrency: 1,
      attempts: 1,
      ttlSeconds: 60,
      limitMs: 10_000,
      graceMs: 0,
      allowsNetwork: true,
      folder: "/nowhere/collaboration",
      path: "/usr/bin:/bin",
      connect,
      clock: createClock(),
      tell: (said) => void news.push(said),
      draining: stop.signal,
      ...asked,
    });
  const ready = () =>
    vi.waitFor(() => expect(news.map(({ what }) => what)).toContain("ready"), 4_000);
  return { ...board, run, news, calls, ready, stop: () => stop.abort() };
}

test("[W16] a worker is on the board from its start, and offline when it has stopped", async () => {
  const { ask, run, ready, stop } = await begin();
  const ended = run();
  await ready();
  expect((await ask("GET", "/collab/agents/w-1")).json).toMatchObject({
    kind: "worker",
    status: "idle",
    skills: ["docs/format", "lint", "changelog"],
  });
  stop();
  await ended;
  expect((await ask("GET", "/collab/agents/w-1")).at("/status")).toBe("offline");
});

test("[W16] it sends heartbeats often enough not to be taken for silent", async () => {
  const { run, calls, stop } = await begin({}, { agentOfflineAfterSeconds: 1 });
  const ended = run();
  const beats = () => calls.filter((url) => url.endsWith("/collab/agents/w-1/heartbeat")).length;
  // At the start, and three times in each second after it.
  await vi.waitFor(() => expect(beats()).toBeGreaterThanOrEqual(4), 2_000);
  stop();
  await ended;
});

test("[W16] under its old name it is the same worker again", async () => {
  const { ask, run, ready, stop } = await begin();
  await ask("POST", "/collab/agents", { json: { id: "w-1", kind: "worker", status: "offline" } });
  const ended = run();
  await ready();
  await vi.waitFor(async () =>
    expect((await ask("GET", "/collab/agents/w-1")).at("/status")).toBe("idle"),
  );
  stop();
  await ended;
});

test("[W16] it does not take the name of anybody else", async () => {
  const { ask, run } = await begin();
  await ask("POST", "/collab/agents", { json: { id: "w-1", kind: "human" } });
  await expect(run()).rejects.toThrow("w-1 is registered, and is no worker. Choose another name.");
});

test.each<[string, Partial<Asked>, string]>([
  [
    "an executor that there is not",
    { executors: ["lint", "deploy"] },
    'There is no executor "deploy". There is: docs/format, lint, changelog.',
  ],
  ["a name that is none", { name: "two words" }, '"two words" is no name'],
])("[W16] %s is said before anything is done", async (_, asked, text) => {
  const { ask, run } = await begin(asked);
  await expect(run()).rejects.toThrow(text);
  expect((await ask("GET", "/collab/agents")).at("/items")).toEqual([]);
});

test("[W16] outside of a repository there is nothing to work on", async () => {
  vi.spyOn(process, "cwd").mockReturnValue("/");
  const { run } = await begin();
  await expect(run()).rejects.toThrow("/ is in no git repository that git can read.");
});
