/** A process that is killed: at each of its system calls, and at any time under load. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  CHILD,
  differences,
  hasProgram,
  lookInto,
  needs,
  newFolder,
  node,
  pause,
  start,
  words,
} from "./processes.ts";

/** What was acknowledged before the end stands in the folder, whole, once and in order. */
async function expectKept(folder: string, stdout: string): Promise<void> {
  const { ids, view } = await lookInto(folder);
  const acknowledged = words(stdout).filter(([word]) => word === "done");
  const places = acknowledged.flatMap(([, , eventIds]) =>
    (eventIds as string[]).map((id) => ids.indexOf(id)),
  );
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(new Set(ids).size).toBe(ids.length);
  const titles = [
    view.get("tasks", "L-1")?.record.title,
    view.get("tasks", "R-1")?.record.title,
    view.get("agents", "agent-1")?.record.role,
  ];
  expect(new Set(titles).size).toBe(1);
  expect(await differences(folder)).toEqual([]);
  const left = readdirSync(join(folder, "state"));
  expect(left.filter((name) => name.endsWith("kyros-tmp"))).toEqual([]);
}

interface Calls {
  readonly calls: string;
  /** Only those on this file of the folder. */
  readonly on?: string;
  /** `files`: each commit goes to a new file of the log. */
  readonly mode: "pairs" | "files";
  readonly commits: 1 | 2 | 3;
  /** At least so many of them are met from start to stop. */
  readonly least: number;
}

describe("[S1] [S2] [S7] [S19] killed at the n-th system call, for every n", () => {
  test.for<Calls>([
    { calls: "fdatasync", mode: "pairs", commits: 2, least: 2 },
    { calls: "fsync", mode: "pairs", commits: 2, least: 12 },
    { calls: "rename", mode: "pairs", commits: 2, least: 5 },
    { calls: "link", mode: "pairs", commits: 1, least: 5 },
    { calls: "unlink", mode: "pairs", commits: 1, least: 2 },
    { calls: "writev", mode: "pairs", commits: 2, least: 4 },
    { calls: "write,writev", mode: "pairs", on: "events/events.jsonl", commits: 2, least: 2 },
    { calls: "utimensat", mode: "pairs", commits: 1, least: 4 },
    { calls: "fsync", mode: "files", commits: 3, least: 14 },
    { calls: "fdatasync", mode: "files", commits: 3, least: 3 },
  ])(
    "$calls, $mode: what was acknowledged stands, whole",
    async ({ calls, on, mode, commits, least }, context) => {
      needs(context, "strace", hasProgram("strace"));
      let met = 0;
      for (let at = 1; ; at += 1) {
        const folder = newFolder();
        const traced = ["-f", "-qq", "-o", "/dev/null", "-e", `trace=${calls}`];
        if (on !== undefined) traced.push("-P", join(folder, on));
        const kill = ["-e", `inject=${calls}:signal=KILL:when=${at}`];
        const command = [process.execPath, CHILD, folder, mode, String(commits)];
        // Strace counts by thread: with one for all work on files, it counts them all.
        const env = { UV_THREADPOOL_SIZE: "1" };
        const run = start("strace", [...traced, ...kill, ...command], { env });
        const { stdout, signal } = await run.ended;
        if (stdout.includes('["closed"]')) break;
        expect([at, signal]).toEqual([at, "SIGKILL"]);
        met = at;
        await expectKept(folder, stdout);
      }
      expect(met).toBeGreaterThanOrEqual(least);
    },
  );
});

describe("[S1] [S5] [S18] killed at any time under load", () => {
  test("eight times in a row on one folder: nothing acknowledged is lost, and the next start just starts", async () => {
    const folder = newFolder();
    let said = "";
    for (let round = 0; round < 8; round += 1) {
      const child = node(CHILD, [folder, "pairs", "100000"]);
      await child.says('["done"');
      await pause(20 + round * 17);
      child.process.kill("SIGKILL");
      said += (await child.ended).stdout;
      await expectKept(folder, said);
    }
    expect(words(said).filter(([word]) => word === "done").length).toBeGreaterThan(16);
  });

  test("[S6] [S8] no ETag ever has two successful children, across kills; a repeated key answers the same", async () => {
    const folder = newFolder();
    const won: { key: string; from: string; to: string }[] = [];
    for (let round = 0; round < 6; round += 1) {
      const child = node(CHILD, [folder, "race", "24"]);
      await child.says('["won"');
      await pause(150 + round * 40);
      child.process.kill("SIGKILL");
      for (const [word, key, value] of words((await child.ended).stdout)) {
        if (word === "won")
          won.push({ key: key as string, ...(value as { from: string; to: string }) });
      }
    }
    expect(won.length).toBeGreaterThan(60);
    expect(new Set(won.map(({ from }) => from)).size).toBe(won.length);
    expect(new Set(won.map(({ to }) => to)).size).toBe(won.length);
    await lookInto(folder);
  });
});
