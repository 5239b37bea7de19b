/** One task on the way to its end, over an app in this process; a repository that is not there makes every attempt fail. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createClient } from "#contracts/client";
import type { Lease } from "#contracts/lease";
import type { Task } from "#contracts/task";
import { openApp } from "../http/testing/client.ts";
import { createClock } from "../kernel/clock.ts";
import type { Executor } from "./executor.ts";
import { work } from "./job.ts";
import { createLink } from "./link.ts";
import type { News } from "./news.ts";

const EXECUTOR: Executor = { name: "lint", run: () => Promise.reject(new Error("never run")) };

async function claim(executor: Executor = EXECUTOR) {
  const board = await openApp();
  const { ask } = board;
  const clock = createClock();
  await ask("POST", "/collab/agents", { json: { id: "w-1", kind: "worker" } });
  await ask("POST", "/collab/tasks", { json: { id: "T-1", title: "One" } });
  const asked = clock.now();
  const told = await ask("POST", "/collab/tasks/claim", { json: { agent: "w-1" } });
  const claimed = {
    task: told.at("/task") as Task,
    lease: told.at("/lease") as Lease,
    executor,
    asked,
  };
  const client = createClient({
    baseUrl: "http://localhost",
    actor: "w-1",
    fetch: (url, init) =>
      board.app.request(url, { ...init, headers: { ...init.headers, host: "localhost" } }),
  });
  const ignore = () => {};
  const link = createLink({ connect: () => client, onSilence: ignore, onReturn: ignore });
  const news: News[] = [];

  /** The worker is told to stop as soon as an attempt has failed that is not the last. */
  async function run(attempts: number, repository = "/nowhere") {
    const draining = new AbortController();
    const tell = (said: News) => {
      news.push(said);
      if (said.what === "failed") draining.abort();
    };
    const sandbox = { prefix: [], gaps: [] };
    const copies = { repository, sandbox, path: "/usr/bin:/bin", limitMs: 10_000 };
    await work(claimed, {
      link,
      clock,
      tell,
      copies,
      boardFolder: undefined,
      attempts,
      draining: draining.signal,
      handBack: new AbortController().signal,
    });
  }
  const task = async () => (await ask("GET", "/collab/tasks/T-1")).json as Task;
  return { ask, run, news, task, claimed };
}

test("[W10] between two attempts there is nothing to finish: the task is given back at once", async () => {
  const { run, news, task } = await claim();
  await run(3);
  expect(news.map(({ what }) => what)).toEqual(["started", "failed", "handed_back"]);
  expect(await task()).toMatchObject({ status: "queued", assignee: null, blocked: null });
});

test("[W8] a repository that cannot be copied may pass, and is blocked with what git says when it does not", async () => {
  const { run, news, task } = await claim();
  await run(1);
  expect(news.map(({ what }) => what)).toEqual(["started", "blocked"]);
  const { status, blocked } = await task();
  expect(status).toBe("queued");
  expect(blocked?.reason).toMatch(
    /^lint: git clone failed with exit code 128; no attempt is left of 1\n\nfatal: .*\/nowhere/s,
  );
});

test("[W9] a lease that a person broke before the first report is lost, and nothing is begun", async () => {
  const { ask, run, news, task, claimed } = await claim();
  const { lock_id } = claimed.lease;
  const broken = { lock_id, force: true, reason: "not now" };
  await ask("POST", "/collab/leases/reclaim", { json: broken });
  await run(1);
  expect(news.map(({ what }) => what)).toEqual(["lease_lost"]);
  expect(await task()).toMatchObject({ status: "queued", blocked: null });
});

test("[W8] a result that the board does not take blocks the task, which would go round for ever otherwise", async () => {
  const repository = mkdtempSync(join(tmpdir(), "kyros-job-"));
  try {
    const identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
    execFileSync("git", ["init", "--quiet", repository]);
    const commit = ["commit", "--quiet", "--allow-empty", "--message", "Begin"];
    execFileSync("git", [...identity, ...commit], { cwd: repository });
    const artifact = { kind: "report", content: "x".repeat(8_000_001), base: "b" } as const;
    const run = () => Promise.resolve({ ok: true, summary: "much", artifact } as const);
    const job = await claim({ name: "lint", run });
    await job.run(3, repository);
    expect(job.news.map(({ what }) => what)).toEqual(["started", "blocked"]);
    const { status, blocked, artifacts } = await job.task();
    expect([status, artifacts]).toEqual(["queued", undefined]);
    expect(blocked?.reason).toContain("lint: The request does not fit the schema");
  } finally {
    rmSync(repository, { recursive: true });
  }
});
