/**
 * One board, two agents, a person and a crash: `npm run example`.
 *
 * A server runs on a copy of this repository's backlog. Two agents claim and work, a person approves,
 * merges, reorders and edits tasks.json by hand, two readers follow the log. In the middle the server
 * is killed with SIGKILL and started again. At the end every task is done, and nothing is lost.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "#contracts/client";
import type { Task } from "#contracts/task";
import type { Status } from "#contracts/workflow";
import { readLog } from "../log.ts";
import { ROOT } from "../tree.ts";
import {
  check,
  checkAcknowledged,
  checkClaims,
  checkNotes,
  checkTail,
  checkVersions,
  summary,
} from "./checks.ts";
import { HABITS } from "./editor.ts";
import { Person, PERSON, writeByHand } from "./person.ts";
import type { Report } from "./report.ts";
import { end, freePort, startServer } from "../server.ts";
import { commandTail, streamTail } from "./tails.ts";

const AGENTS = ["agent-1", "agent-2"];
const MOST_SECONDS = 90;

const began = performance.now();
const repository = mkdtempSync(join(tmpdir(), "kyros-example-"));
const folder = join(repository, "collaboration");
const reports: Report[] = [];
const notes = new Map<string, string>();
const children: ChildProcess[] = [];

setTimeout(() => {
  console.error(`Not done after ${MOST_SECONDS} s; given up.`);
  process.exit(1);
}, MOST_SECONDS * 1_000).unref();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(repository, { recursive: true, force: true });
});

console.log("A copy of the backlog, in a git repository of its own\n");
cpSync(join(ROOT, "collaboration"), folder, {
  recursive: true,
  filter: (path) => !path.endsWith(".kyros"),
});
git("init", "--quiet");
git("add", ".");
git("-c", "user.name=Kyros", "-c", "user.email=kyros@example.org", "commit", "-qm", "The backlog");

const port = await freePort();
const baseUrl = `http://127.0.0.1:${port}`;
let server = track(await startServer(folder, port));
tell("the server is ready");

const beginning = await cursor();
const eventsBefore = readLog(folder).length;
const tails = [streamTail(baseUrl, beginning), commandTail(folder, beginning, track)];
const person = new Person(baseUrl, tellReport(PERSON));
await person.introduce();
const agents = AGENTS.map(startAgent);
const cleared = person.clearTheBoard();

await until("two tasks are done", async () => (await doneTasks()) >= 2);
editByHand("queued");
await person.reorder("T-203", "T-202");

await until("four tasks are done", async () => (await doneTasks()) >= 4);
tell("the server is killed, in the middle of everything (SIGKILL)");
await end(server, "SIGKILL");
editByHand("claimed", "in_progress");
await sleep(400);
server = track(await startServer(folder, port));
tell("the server is back, on the same port");

await until("six tasks are done", async () => (await doneTasks()) >= 6);
editByHand("claimed", "in_progress");

const codes = await Promise.all(agents);
await cleared;
tell("every card is done");
await until("both readers have caught up", () => {
  const head = readLog(folder).length - eventsBefore;
  return Promise.resolve(tails.every(({ events }) => events.length >= head));
}).catch(() => {});
tell("both readers are at the end of the log");
for (const tail of tails) await tail.stop();
const stopped = await end(server, "SIGTERM");

console.log("\nWhat must be true now\n");
const log = readLog(folder).slice(eventsBefore);
const tasks = Object.values(readItems("tasks"));
check(
  `all ${tasks.length} tasks are done, with their whole definition of done`,
  tasks.length > 0 &&
    tasks.every((task) => task.status === "done" && task.dod.every((d) => d.done)),
  tasks.map(({ id, status }) => `${id} ${status}`),
);
check("both agents ended well, and so did the server", codes.join() === "0,0" && stopped === 0);
checkAcknowledged(log, reports);
checkVersions(readLog(folder));
checkClaims(log);
for (const tail of tails) checkTail(tail, log);
checkNotes(tasks, notes, join(folder, ".kyros/set-aside"));
check("no lease is left", Object.keys(readItems("locks")).length === 0, readItems("locks"));
const verified = spawnSync(process.execPath, ["server/cli/main.ts", "verify", "--dir", folder], {
  cwd: ROOT,
  encoding: "utf8",
});
check("kyros verify: the log leads to what the files hold", verified.status === 0, verified);
checkDiff(log.length);

const merged = reports.filter(({ what }) => what === "merged").length;
const repeated = reports.reduce(
  (sum, report) => sum + ("requests" in report ? report.requests : 0),
  0,
);
console.log(
  `\n${log.length} events in ${elapsed()} s; ${merged} lost races merged, ${repeated} unanswered requests repeated.`,
);
console.log(`What git has to say:\n\n${git("diff", "--stat")}`);
process.exitCode = summary() === 0 ? 0 : 1;

function tell(text: string): void {
  console.log(`${elapsed().padStart(5)} s  ${text}`);
}

/** Of an edit made while no server ran, only the outcome is known: it may have been any field. */
function fieldsText(fields: readonly string[]): string {
  return fields.length > 4 ? "any field" : fields.join(", ");
}

function elapsed(): string {
  return ((performance.now() - began) / 1_000).toFixed(1);
}

/** Steps are told, ticks only counted. */
function tellReport(who: string): (report: Report) => void {
  return (report) => {
    reports.push(report);
    if (report.what === "lost") tell(`${who} finds ${report.task} elsewhere: ${report.code}`);
    if (report.what === "merged") {
      tell(
        `${who} ticks on top of what ${report.by} did to ${report.task} (${fieldsText(report.fields)})`,
      );
    }
    if (report.what === "acknowledged" && !report.did.startsWith("ticked")) {
      tell(`${who} → ${report.task} ${report.did}`);
    }
  };
}

/** Resolves with the exit code. */
function startAgent(name: string): Promise<number | null> {
  const child = track(
    spawn(process.execPath, ["scripts/example/agent.ts", baseUrl, name], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "inherit"],
    }),
  );
  if (child.stdout === null) throw new Error("an agent without a voice");
  const told = tellReport(name);
  createInterface({ input: child.stdout }).on("line", (line) => told(JSON.parse(line) as Report));
  return once(child, "close").then(() => child.exitCode);
}

/** Killed with this process, should it end early. */
function track(child: ChildProcess): ChildProcess {
  children.push(child);
  return child;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 1_000; looks += 1) {
    if (await holds()) return;
    await sleep(25);
  }
  throw new Error(`waited in vain until ${what}`);
}

async function doneTasks(): Promise<number> {
  return (await person.tasks()).filter(({ status }) => status === "done").length;
}

async function cursor(): Promise<string> {
  const client = createClient({ baseUrl });
  const { body } = await client.call("tailEvents", { query: { mode: "poll", wait_ms: 0 } });
  if (body === undefined) throw new Error("the server names no place in the log");
  return body.next_cursor;
}

function editByHand(...statuses: Status[]): void {
  const number = notes.size + 1;
  const habit = HABITS[notes.size % HABITS.length] ?? "rename";
  const note = `Note ${number}, written by hand.`;
  const id = writeByHand(folder, habit, note, statuses);
  notes.set(note, id);
  tell(`${PERSON} edits ${id} in tasks.json (saved by ${habit})`);
}

function readItems(kind: "tasks" | "locks"): Record<string, Task> {
  const text = readFileSync(join(folder, `state/${kind}.json`), "utf8");
  return (JSON.parse(text) as { items: Record<string, Task> }).items;
}

function git(...args: string[]): string {
  return execFileSync("git", ["-C", repository, ...args], { encoding: "utf8" });
}

function checkDiff(added: number): void {
  const files = git("diff", "--numstat").trim().split("\n");
  const status = git("status", "--porcelain", "--untracked-files=all").trim().split("\n");
  const wanted = ["events/events.jsonl", "state/agents.json", "state/tasks.json"];
  check(
    "git sees exactly three changed files: the log, the agents and the tasks",
    status.map((line) => line.trim()).join() ===
      wanted.map((path) => `M collaboration/${path}`).join(),
    status,
  );
  check(
    "the log only grew, by one line an event",
    files[0] === `${added}\t0\tcollaboration/events/events.jsonl`,
    files,
  );
}
