/** A real disk that says no: a sync that fails, no room, no permission. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createClock } from "../../kernel/clock.ts";
import { kinds } from "../../kinds.ts";
import { openFileStore } from "../open-file-store.ts";
import { accept, put, type Store } from "../port.ts";
import { aTask, change, PERSON, setTitle } from "../testing/records.ts";
import {
  CHILD,
  differences,
  hasProgram,
  isRoot,
  lookInto,
  MAIN,
  needs,
  newFolder,
  start,
  words,
} from "./processes.ts";

/** A user who is not root, and owns nothing. */
const NOBODY = 65_534;

describe("[S3] a sync that the kernel refuses (EIO)", () => {
  test.for([
    { calls: "fdatasync", at: 1, outcome: "no" },
    { calls: "fdatasync", at: 2, outcome: "no" },
    // The folders and the first files of a new board take seven; then come two files, and beside the
    // two files of the next commit the folder.
    { calls: "fsync", at: 8, outcome: "no" },
    { calls: "fsync", at: 12, outcome: "no" },
  ])(
    "$calls number $at: read-only from then on, and never tried again",
    async ({ calls, at, outcome }, context) => {
      needs(context, "strace", hasProgram("strace"));
      const folder = newFolder();
      const trace = join(folder, "..", `${folder.split("/").at(-1)}.trace`);
      onTestFinished(() => rmSync(trace, { force: true }));
      const inject = ["-e", `trace=fsync,fdatasync`, "-e", `inject=${calls}:error=EIO:when=${at}`];
      const command = [process.execPath, CHILD, folder, "pairs", "4"];
      const env = { UV_THREADPOOL_SIZE: "1" };
      const run = start("strace", ["-f", "-qq", "-o", trace, ...inject, ...command], { env });
      const { stdout, stderr } = await run.ended;
      const said = words(stdout).map(([word, , ...rest]) => (word === "fault" ? rest : word));
      const first = said.findIndex((word) => typeof word !== "string");
      expect([said[first], stderr]).toEqual([["store-unavailable", outcome], ""]);
      expect(said.slice(first + 1, -1)).toEqual(
        Array.from({ length: 4 - first }, () => ["store-unavailable", ""]),
      );
      const calledAfter = readFileSync(trace, "utf8").split("EIO")[1] ?? "";
      // What ran beside the one that failed may still end; nothing is begun.
      expect(calledAfter.match(/f(data)?sync\(/g)?.length ?? 0).toBeLessThanOrEqual(3);
      const { ids } = await lookInto(folder);
      const kept = words(stdout).flatMap(([word, , value]) =>
        word === "done" ? (value as string[]) : [],
      );
      expect(ids).toEqual(expect.arrayContaining(kept));
      expect(await differences(folder)).toEqual([]);
    },
  );
});

describe("[S4] a disk of 64 KiB", () => {
  function smallDisk(): string {
    const folder = newFolder();
    const run = (...command: string[]) => spawnSync("sudo", ["-n", ...command]).status === 0;
    const asRoot = (...command: string[]) =>
      isRoot ? spawnSync(command[0] ?? "", command.slice(1)).status === 0 : run(...command);
    const uid = String(process.getuid?.());
    if (!asRoot("mount", "-t", "tmpfs", "-o", `size=64k,uid=${uid}`, "tmpfs", folder)) return "";
    onTestFinished(() => {
      asRoot("umount", "-l", folder);
    });
    return folder;
  }

  const codeOf = (store: Store, id: string, text: string) =>
    change(store, [put("tasks", aTask(id, { description: text }))]).then(
      () => "done",
      (fault: unknown) => (fault as { code: string }).code,
    );

  test("when it is full: refused, all files as they were, nothing left behind; with room it works again", async (context) => {
    const folder = smallDisk();
    needs(context, "root, to mount a small disk", folder !== "");
    const store = await openFileStore({ folder, kinds, clock: createClock() });
    let written = 0;
    while ((await codeOf(store, `T-${written}`, "x".repeat(900))) === "done") written += 1;
    expect(written).toBeGreaterThanOrEqual(3);
    expect(await codeOf(store, "T-99", "x".repeat(900))).toBe("storage-full");
    expect(store.read().collection("tasks").size).toBe(written);
    const log = readFileSync(join(folder, "events/events.jsonl"), "utf8");
    expect(log.trimEnd().split("\n")).toHaveLength(written);
    expect(log.endsWith("\n")).toBe(true);
    const tasks = JSON.parse(readFileSync(join(folder, "state/tasks.json"), "utf8")) as {
      items: object;
    };
    expect(Object.keys(tasks.items)).toHaveLength(written);
    expect(readdirSync(join(folder, "state")).filter((name) => name.includes("tmp"))).toEqual([]);
    expect((await store.health())["space"]).toMatchObject({ ok: false });

    if (isRoot) spawnSync("mount", ["-o", "remount,size=1m", folder]);
    else spawnSync("sudo", ["-n", "mount", "-o", "remount,size=1m", folder]);
    expect(await codeOf(store, "T-99", "x".repeat(900))).toBe("done");
    await store.close();
    expect(await differences(folder)).toEqual([]);
  });

  test("an edit by hand that finds no room to be logged is not forgotten", async (context) => {
    const folder = smallDisk();
    needs(context, "root, to mount a small disk", folder !== "");
    const store = await openFileStore({ folder, kinds, clock: createClock() });
    await setTitle(store, "T-1", "before");
    const ballast = join(folder, "ballast");
    const path = join(folder, "state/tasks.json");
    writeFileSync(path, readFileSync(path, "utf8").replace("before", "by hand"));
    expect(() => writeFileSync(ballast, "x".repeat(65_536))).toThrow("ENOSPC");
    expect(await codeOf(store, "T-2", "")).toBe("storage-full");
    rmSync(ballast);
    expect(await codeOf(store, "T-2", "")).toBe("done");
    expect(store.read().get("tasks", "T-1")?.record).toMatchObject({
      title: "by hand",
      version: 2,
    });
    await store.close();
  });
});

describe("a folder without permissions", () => {
  function ownedByNobody(folder: string): void {
    for (const name of ["", ...readdirSync(folder, { recursive: true, encoding: "utf8" })]) {
      chownSync(join(folder, name), NOBODY, NOBODY);
    }
    chmodSync(folder, 0o755);
  }

  async function board(): Promise<string> {
    const folder = newFolder();
    const store = await openFileStore({ folder, kinds, clock: createClock() });
    await setTitle(store, "T-1", "first");
    await store.close();
    return folder;
  }

  test.for([
    { what: "the state folder", path: "state" },
    { what: "the log", path: "events/events.jsonl" },
  ])(
    "$what is read-only: the server says so and does not start, or refuses to write",
    async ({ path }, context) => {
      needs(context, "root, to become somebody else", isRoot);
      const folder = await board();
      ownedByNobody(folder);
      chmodSync(join(folder, path), path.endsWith("jsonl") ? 0o444 : 0o555);
      const run = start(process.execPath, [CHILD, folder, "pairs", "1"], { uid: NOBODY });
      const { stdout, stderr } = await run.ended;
      const refused = words(stdout).find(([word]) => word === "fault");
      expect(`${stderr}${String(refused)}`).toMatch(/store-unavailable/);
      expect(words(stdout).filter(([word]) => word === "done")).toEqual([]);
      chmodSync(join(folder, path), 0o755);
      expect((await lookInto(folder)).lines).toHaveLength(1);
      expect(await differences(folder)).toEqual([]);
    },
  );

  test("the server does not start where there is no folder to be had, and says what to do, without a stack", async (context) => {
    needs(context, "root, to become somebody else", isRoot);
    const folder = newFolder();
    writeFileSync(join(folder, "a-file"), "");
    chmodSync(folder, 0o555);
    const why = { collaboration: "EACCES", "a-file": "ENOTDIR", "a-file/below": "ENOTDIR" };
    for (const [name, code] of Object.entries(why)) {
      const env = { KYROS_DIR: join(folder, name), PORT: "0" };
      const ended = await start(process.execPath, [MAIN], { uid: NOBODY, env }).ended;
      expect([name, ended.code]).toEqual([name, 1]);
      expect(ended.stderr).toMatch(new RegExp(`Not started\\. .*cannot be opened \\(${code}`));
      expect(ended.stderr).not.toMatch(/\n\s+at /);
    }
  });

  test("[S11] a state file that may not be read is as one that cannot be read: the last good view is served", async (context) => {
    needs(context, "root, to become somebody else", isRoot);
    const folder = await board();
    ownedByNobody(folder);
    chmodSync(join(folder, "state/tasks.json"), 0o000);
    const run = start(process.execPath, [CHILD, folder, "pairs", "1"], { uid: NOBODY });
    const { stdout } = await run.ended;
    expect(words(stdout)).toContainEqual(["fault", expect.any(String), "state-invalid", ""]);
    expect(readFileSync(join(folder, "events/events.jsonl"), "utf8")).toContain("EACCES");
  });

  test("[S3] a log that turns append-only or immutable under a running server is a fault, and heals", async (context) => {
    needs(context, "root, to make files immutable", isRoot && hasProgram("chattr"));
    const folder = await board();
    const log = join(folder, "events/events.jsonl");
    const store = await openFileStore({ folder, kinds, clock: createClock() });
    const immutable = spawnSync("chattr", ["+i", join(folder, "state/tasks.json")]).status === 0;
    needs(context, "a file system with attributes", immutable);
    onTestFinished(() => {
      spawnSync("chattr", ["-i", join(folder, "state/tasks.json")]);
    });
    const failed = setTitle(store, "T-1", "second");
    await expect(failed).rejects.toMatchObject({ code: "store-unavailable" });
    expect(existsSync(log)).toBe(true);
    spawnSync("chattr", ["-i", join(folder, "state/tasks.json")]);
    await store.close();
    const after = await lookInto(folder);
    expect(["first", "second"]).toContain(after.view.get("tasks", "T-1")?.record.title);
    expect(await differences(folder)).toEqual([]);
  });

  test("presence that cannot be written waits, and takes nothing down", async () => {
    const folder = await board();
    const store = await openFileStore({ folder, kinds, clock: createClock() });
    rmSync(join(folder, "state"), { recursive: true });
    await store.commit(() => accept(() => null, []), PERSON).catch(() => {});
    await store.close();
    expect((await lookInto(folder)).view.get("tasks", "T-1")?.record.title).toBe("first");
  });
});
