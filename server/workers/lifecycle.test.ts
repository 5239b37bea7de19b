/** What becomes of a task when something goes wrong on the way, with real processes that are really killed. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSite, until, type Repository, type Site } from "./testing/site.ts";

const LIMIT_MS = 30_000;

let site: Site;
let repository: Repository;
/** While this file is there, the linter goes on. */
let busy: string;
let pids: string;

const SLOW = `
import { appendFileSync, existsSync, readFileSync } from "node:fs";
const [busy, pids] = process.argv.slice(2);
appendFileSync(pids, readFileSync("/proc/self/stat", "utf8").split(" ")[0] + "\\n");
console.log("begun");
setInterval(() => existsSync(busy) || process.exit(0), 20);
`;

beforeAll(async () => {
  site = await openSite();
  busy = join(site.folder, "busy");
  pids = join(site.folder, "pids");
  repository = site.repository({
    "package.json": JSON.stringify({ scripts: { lint: `node slow.mjs ${busy} ${pids}` } }),
    "slow.mjs": SLOW,
  });
}, LIMIT_MS);
afterAll(() => site.end(), LIMIT_MS);

/** Of the linters that were begun since the last call. */
function begin(): () => number[] {
  writeFileSync(pids, "");
  writeFileSync(busy, "");
  return () => readFileSync(pids, "utf8").split("\n").filter(Boolean).map(Number);
}

/** What has ended and was not fetched by its parent yet does not live. */
function lives(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** Waits until a linter runs, and answers its process. */
function running(begun: () => number[]): Promise<number> {
  return until("a linter", () => begun()[0]);
}

function letFinish(): void {
  rmSync(busy, { force: true });
}

const slowTask = (label: string) => [label, "executor:lint"];
const slowWorker = (label: string, ...more: string[]) =>
  site.worker(repository, ["--executor", "lint", "--label", label, ...more]);

async function end(pid: number): Promise<void> {
  await until(`the end of ${pid}`, () => (lives(pid) ? undefined : true));
}

async function countOf(id: string, event: string): Promise<number> {
  return (await site.events({ target: `task:${id}`, event })).length;
}

test(
  "[W8] what takes too long is ended with all it started, tried again, and blocked when no attempt is left",
  async () => {
    const begun = begin();
    const worker = slowWorker("limit", "--time-limit", "2", "--attempts", "2");
    await site.addTask("W-1", slowTask("limit"));
    await worker.says("blocked", "W-1");
    expect(await site.task("W-1")).toMatchObject({ status: "queued", assignee: null });
    expect((await site.task("W-1")).blocked?.reason).toBe(
      "lint (attempt 2): the linter took longer than 2 s; no attempt is left of 2\n\nbegun",
    );
    const failures = await site.events({ target: "task:W-1", event: "executor_failed" });
    expect(failures.map(({ details }) => details)).toMatchObject([
      { attempt: 1, reason: "the linter took longer than 2 s", output: "begun\n" },
      { attempt: 2, reason: "the linter took longer than 2 s; no attempt is left of 2" },
    ]);
    const waits = failures.map(({ details }) => details["retry_in_ms"]);
    expect(waits).toEqual([expect.any(Number), undefined]);
    expect(Number(waits[0])).toBeLessThanOrEqual(1_000);
    expect(begun().filter(lives)).toEqual([]);
    await worker.end("SIGTERM");
  },
  LIMIT_MS,
);

describe("[W10] on SIGTERM a worker begins nothing more", () => {
  test(
    "finishes what it can within its grace, and leaves in order",
    async () => {
      const begun = begin();
      const worker = slowWorker("drain");
      await site.addTask("W-2", slowTask("drain"));
      await running(begun);
      expect(
        (await site.board.call("getAgent", { params: { id: worker.name } })).body,
      ).toMatchObject({ kind: "worker", status: "busy", current_task: "W-2", skills: ["lint"] });
      const ended = worker.end("SIGTERM");
      await worker.says("draining");
      await site.addTask("W-3", slowTask("drain"));
      letFinish();
      expect(await ended).toBe(0);
      expect((await site.task("W-2")).status).toBe("review");
      expect((await site.task("W-3")).status).toBe("queued");
      expect(
        (await site.board.call("getAgent", { params: { id: worker.name } })).body,
      ).toMatchObject({ status: "offline" });
    },
    LIMIT_MS,
  );

  test(
    "gives back what takes longer",
    async () => {
      const begun = begin();
      const worker = slowWorker("hand", "--grace", "0.3");
      await site.addTask("W-4", slowTask("hand"));
      const linter = await running(begun);
      expect(await worker.end("SIGTERM")).toBe(0);
      expect(await site.task("W-4")).toMatchObject({
        status: "queued",
        assignee: null,
        blocked: null,
      });
      const { body } = await site.board.call("listLeases", { query: { resource: "task:W-4" } });
      expect(body?.items).toEqual([]);
      await end(linter);
      expect(await site.story("W-4")).toEqual([
        "person task_created",
        `${worker.name} lease_acquired`,
        `${worker.name} task_claimed`,
        `${worker.name} executor_started`,
        `${worker.name} task_transitioned`,
        `${worker.name} lease_released`,
        `${worker.name} task_transitioned`,
      ]);
    },
    LIMIT_MS,
  );
});

test(
  "[W11] the task of a worker that is killed is finished by another when the lease has run out",
  async () => {
    const begun = begin();
    const first = slowWorker("kill", "--ttl", "2");
    await site.addTask("W-5", slowTask("kill"));
    const linter = await running(begun);
    const second = slowWorker("kill");
    await second.says("ready");
    expect(await first.end("SIGKILL")).toBe("SIGKILL");
    // Where the system has no setpriv the linter goes on, and the worker has said so.
    const isOrphaned = first.news.some(({ detail }) => detail.includes("outlives a worker"));
    if (!isOrphaned) await end(linter);
    await second.says("started", "W-5");
    letFinish();
    await site.taskIn("W-5", "review");
    expect((await site.story("W-5")).filter((line) => / (executor|lease)_/.test(line))).toEqual([
      `${first.name} lease_acquired`,
      `${first.name} executor_started`,
      "kyros lease_reclaimed",
      `${second.name} lease_acquired`,
      `${second.name} executor_started`,
      `${second.name} executor_succeeded`,
      `${second.name} lease_released`,
    ]);
    await end(linter);
    await second.end("SIGTERM");
  },
  LIMIT_MS,
);

test(
  "[W18] the folder of a worker that was killed is cleared away by the next one, and no living one's",
  async () => {
    const folders = () =>
      readdirSync(site.folder).filter((name) => name.startsWith("kyros-worker-"));
    const begun = begin();
    const first = slowWorker("left");
    const second = slowWorker("left");
    for (const worker of [first, second]) await worker.says("ready");
    expect(folders()).toEqual([]);
    await site.addTask("W-10", slowTask("left"));
    await site.addTask("W-11", slowTask("left"));
    await until("two linters", () => (begun().length === 2 ? true : undefined));
    const linters = begun();
    expect(folders()).toHaveLength(2);
    await first.end("SIGKILL");
    const third = slowWorker("nothing");
    expect(await third.says("cleared_away")).toMatchObject({
      detail: "a temporary folder of workers that were killed",
    });
    expect(folders()).toHaveLength(1);
    letFinish();
    await second.says("succeeded");
    for (const linter of linters) await end(linter);
    expect(folders()).toEqual([]);
    await Promise.all([second.end("SIGTERM"), third.end("SIGTERM")]);
  },
  LIMIT_MS,
);

describe("[W9] a worker that lost its lease writes nothing more", () => {
  test(
    "and ends what it runs as soon as the board says so",
    async () => {
      const begun = begin();
      const worker = slowWorker("lost", "--ttl", "3");
      await site.addTask("W-6", slowTask("lost"));
      const linter = await running(begun);
      const leases = await site.board.call("listLeases", { query: { resource: "task:W-6" } });
      // Meant for nobody else than whom it waits for, so that the worker does not claim it once more.
      await site.board.call("reclaimLeases", {
        body: { lock_id: leases.body?.items[0]?.lock_id ?? "", force: true, reason: "too slow" },
      });
      const { etag } = await site.board.call("getTask", { params: { id: "W-6" } });
      await site.board.call("patchTask", {
        params: { id: "W-6" },
        ifMatch: etag ?? "",
        body: { labels: [] },
      });
      await worker.says("lease_lost", "W-6");
      await end(linter);
      expect(await countOf("W-6", "executor_succeeded,executor_failed")).toBe(0);
      expect(existsSync(join(site.folder, "board/artifacts/W-6"))).toBe(false);
      await worker.end("SIGTERM");
    },
    LIMIT_MS,
  );

  test(
    "nor when it was stopped for longer than its lease, and wakes up with a result in its hands",
    async () => {
      const begun = begin();
      const first = slowWorker("sleep", "--ttl", "2");
      await site.addTask("W-7", slowTask("sleep"));
      const linter = await running(begun);
      first.process.kill("SIGSTOP");
      letFinish();
      await end(linter);
      const second = slowWorker("sleep");
      await site.taskIn("W-7", "review");
      first.process.kill("SIGCONT");
      await first.says("lease_lost", "W-7");
      const done = await site.events({ target: "task:W-7", event: "executor_succeeded" });
      expect(done.map(({ actor }) => actor)).toEqual([second.name]);
      expect((await site.task("W-7")).artifacts).toHaveLength(1);
      await Promise.all([first.end("SIGTERM"), second.end("SIGTERM")]);
    },
    LIMIT_MS,
  );
});

test(
  "[W4] of twenty tasks two workers do each once",
  async () => {
    letFinish();
    const labels = slowTask("race");
    const ids = Array.from({ length: 20 }, (_, index) => `R-${index + 1}`);
    const creates = ids.map((id) => ({ id, title: id, labels, type: "docs" as const }));
    const other = { id: "R-0", title: "of another type", labels, type: "chore" as const };
    await site.board.call("batchTasks", { body: { creates: [other, ...creates] } });
    const args = ["--executor", "docs/format,lint", "--concurrency", "2", "--type", "docs"];
    const workers = [1, 2].map(() => site.worker(repository, [...args, "--label", "race"]));
    for (const id of ids) await site.taskIn(id, "review");
    const done = await site.events({ event: "executor_succeeded" });
    const own = done.filter(({ target }) => target.startsWith("task:R-"));
    expect(own.map(({ target }) => target).toSorted()).toEqual(
      ids.map((id) => `task:${id}`).toSorted(),
    );
    const started = await site.events({ event: "executor_started" });
    expect(started.filter(({ target }) => target.startsWith("task:R-"))).toHaveLength(20);
    expect(new Set(own.map(({ actor }) => actor)).size).toBe(2);
    expect((await site.task("R-0")).status).toBe("queued");
    await Promise.all(workers.map((worker) => worker.end("SIGTERM")));
  },
  LIMIT_MS,
);

test(
  "[W12] a worker outlives its server: what runs goes on under the same lease, and is reported to the next one",
  async () => {
    const begun = begin();
    const worker = slowWorker("restart", "--ttl", "30");
    await site.addTask("W-8", slowTask("restart"));
    await running(begun);
    const before = site.url;
    await site.restart();
    expect(site.url).not.toBe(before);
    letFinish();
    await site.taskIn("W-8", "review");
    expect((await site.story("W-8")).filter((line) => line.includes("lease_"))).toEqual([
      `${worker.name} lease_acquired`,
      `${worker.name} lease_released`,
    ]);
    expect(begun()).toHaveLength(1);
    // And so is what comes to the new one.
    await site.addTask("W-9", slowTask("restart"));
    await site.taskIn("W-9", "review");
    await worker.end("SIGTERM");
  },
  LIMIT_MS,
);
