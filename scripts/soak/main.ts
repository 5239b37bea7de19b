/**
 * A long life in short time: `npm run soak -- [--minutes 10]`.
 *
 * Writers, holders, claimers and readers meet at one board whose server is killed, stopped, restarted
 * and given another wall clock, whose files are edited and checked out, whose log goes on in a new file,
 * and whose disk fills up and loses power. What each of them was told is written down, and held against
 * the log at the end.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createClient } from "#contracts/client";
import { logFiles, readLog } from "../log.ts";
import { freePort } from "../server.ts";
import { repetitions } from "../steady.ts";
import { ROOT } from "../tree.ts";
import { BoardDisk, fillLog } from "./board-disk.ts";
import { claim, hold, write, type Run } from "./clients.ts";
import type { Known } from "./judge-cut.ts";
import { judgeLeases, type Grant } from "./judge-leases.ts";
import { judgeRecords, type Attempt } from "./judge-records.ts";
import { judgeTail, type Transcript } from "./judge-tails.ts";
import { HABITS, pollReader, streamReader, type Beginning } from "./readers.ts";
import { Troubles } from "./troubles.ts";
import type { Verdict } from "./verdict.ts";

const RECORDS = ["R-1", "R-2", "R-3", "R-4"];
const READY = Array.from({ length: 6 }, (_, index) => `C-${index + 1}`);
const BEGINNING = { since: "2000-01-01T00:00:00Z", from: 0 };
const NAMES = ["name:build", "name:deploy", "path:src/**"];

const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error("--minutes is a number above 0, like 10 or 0.5");

const home = mkdtempSync(join(tmpdir(), "kyros-soak-"));
const disk = BoardDisk.make(home);
const repository = join(disk?.at ?? home, "repository");
execFileSync("git", ["init", "--quiet", repository]);
fillLog(join(repository, "collaboration"));
const port = await freePort();
const baseUrl = `http://127.0.0.1:${port}`;
const [clients, readers] = [new AbortController(), new AbortController()];
const run: Run = { baseUrl, end: clients.signal };
const attempts: Attempt[] = [];
const grants: Grant[] = [];
const followers: ReturnType<typeof pollReader>[] = [];
const known = (): Known => ({
  attempts: attempts.slice(),
  grants: grants.slice(),
  said: followers.flatMap(({ reader }) => reader.said),
});
const troubles = new Troubles({ repository, port, disk, known });
process.on("exit", () => {
  troubles.abandon();
  disk?.unmount();
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

const began = performance.now();
const tell = (what: string) =>
  console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${what}`);

await troubles.start();
if (!troubles.movesClock) tell("skipped: clocks that jump, since faketime is not installed here");
if (disk === undefined) {
  tell(
    "skipped: full disks and power cuts, since no ext4 image can be mounted here (that takes root)",
  );
}
const end = await setUp();

const reading: Run = { baseUrl, end: readers.signal };
followers.push(
  ...Object.keys(HABITS).map((name) => streamReader(reading, name, end)),
  streamReader(reading, "from the beginning", BEGINNING),
  pollReader(reading, end),
);
const working = [
  ...names("writer", 8).map((name) => write(run, name, RECORDS, attempts)),
  ...names("holder", 5).map((name) => hold(run, name, NAMES, grants)),
  ...names("claimer", 4).map((name) => claim(run, name, grants)),
];

const isOver = AbortSignal.timeout(minutes * 60_000);
await Promise.race([troubles.makeUntil(isOver, tell), Promise.all(working)]);
clients.abort();
await Promise.all(working);
tell("the clients have stopped");
const owed = readLog(troubles.folder);
await untilEnd();
readers.abort();
await Promise.all(followers.map(({ done }) => done));
const code = await troubles.end("SIGTERM");
tell("the server has ended");

const log = readLog(troubles.folder);
const verify = spawnSync(
  process.execPath,
  ["server/cli/main.ts", "verify", "--dir", troubles.folder],
  { cwd: ROOT, encoding: "utf8" },
);
const verdicts: Verdict[] = [
  judgeRecords(attempts, log),
  judgeLeases(grants),
  ...followers.map(({ reader }) =>
    judgeTail(reader, log.slice(reader.from), owed.length - reader.from),
  ),
  troubles.judgeEdits(),
  ...(disk?.verdicts() ?? []),
  {
    claim: `the log went on in a new file meanwhile`,
    seen: 1,
    wrong: logFiles(troubles.folder).length > 1 ? [] : ["it is still in the first"],
  },
  {
    claim: `replaying ${log.length} events gives the files (kyros verify)`,
    seen: log.length,
    wrong: verify.status === 0 ? [] : [verify.stdout + verify.stderr],
  },
  { claim: "the server ends with 0", seen: 1, wrong: code === 0 ? [] : [`it ended with ${code}`] },
];

const made = [...troubles.counts].map(([what, count]) => `${what} ${count}`).join(", ");
console.log(`\n${made}; ${repetitions()} requests were repeated for want of an answer.\n`);
let failed = 0;
for (const { claim: text, seen, wrong } of verdicts) {
  const all = seen === 0 ? ["there was nothing to judge"] : wrong;
  if (all.length > 0) failed += 1;
  console.log(`  ${all.length === 0 ? "✓" : "✗"} ${text}`);
  for (const each of all.slice(0, 10)) console.log(`      ${each}`);
}
if (failed === 0) {
  disk?.unmount();
  rmSync(home, { recursive: true });
} else console.log(`\nThe board is kept in ${keep()}`);
console.log(`\n${verdicts.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);

/** Outside of the disk, which does not outlive this process. */
function keep(): string {
  const kept = join(home, "kept");
  cpSync(repository, kept, { recursive: true });
  return kept;
}

function names(role: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${role}-${index + 1}`);
}

/** A board under git; answers the end of its log before that. */
async function setUp(): Promise<Beginning> {
  const client = createClient({ baseUrl, actor: "soak" });
  const blocked = { reason: "everybody writes here" };
  const creates = [
    ...RECORDS.map((id) => ({ id, title: id, blocked })),
    ...READY.map((id) => ({ id, title: id })),
  ];
  const { body } = await client.call("tailEvents", { query: { mode: "poll", wait_ms: 0 } });
  const from = readLog(troubles.folder).length;
  await client.call("batchTasks", { body: { creates } });
  const git = (...args: string[]) => execFileSync("git", ["-C", repository, ...args]);
  git("add", "collaboration/state");
  git(
    "-c",
    "user.name=Kyros",
    "-c",
    "user.email=kyros@example.org",
    "commit",
    "--quiet",
    "-m",
    "A board",
  );
  return { since: body?.next_cursor ?? "", from };
}

/** Until everybody was told of the last thing that happened; who is not will be found by the judge. */
async function untilEnd(): Promise<void> {
  for (let looks = 0; looks < 600; looks += 1) {
    if (followers.every(({ reader }) => isAtEnd(reader))) return;
    await sleep(50);
  }
}

function isAtEnd({ wants, said }: Transcript): boolean {
  const last = owed.findLast(wants);
  return said.some((word) => word.what === "events" && word.ids.some((id) => id === last?.id));
}
