import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { clearLeftovers, newScratch } from "./scratch.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kyros-scratch-"));
  vi.stubEnv("TMPDIR", folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A process that has been, and is no more. */
function deadProcess(): number {
  return spawnSync(process.execPath, ["--eval", ""]).pid;
}

/** A folder as this process makes them, with another note. */
async function scratch(change: (note: Record<string, unknown>) => unknown): Promise<string> {
  const path = await newScratch();
  const note = join(path, "made-by.json");
  const said = JSON.parse(readFileSync(note, "utf8")) as Record<string, unknown>;
  writeFileSync(note, JSON.stringify(change(said)));
  mkdirSync(join(path, "copy/src"), { recursive: true });
  writeFileSync(join(path, "copy/src/a.ts"), "a");
  return path;
}

describe("[W18] a temporary folder that a worker left is cleared away", () => {
  test("when the process that made it is gone", async () => {
    const left = await scratch((note) => ({ ...note, pid: deadProcess() }));
    expect(await clearLeftovers()).toBe(1);
    expect(existsSync(left)).toBe(false);
    expect(await clearLeftovers()).toBe(0);
  });

  test("when another process has its id by now", async (context) => {
    context.skip(process.platform !== "linux", "only Linux says when a process was started");
    const left = await scratch((note) => ({ ...note, started: "1" }));
    expect(await clearLeftovers()).toBe(1);
    expect(existsSync(left)).toBe(false);
  });

  test("without what its links lead to", async () => {
    const elsewhere = join(folder, "node_modules");
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, "kept"), "");
    const left = await scratch((note) => ({ ...note, pid: deadProcess() }));
    symlinkSync(elsewhere, join(left, "copy/node_modules"));
    expect(await clearLeftovers()).toBe(1);
    expect(existsSync(join(elsewhere, "kept"))).toBe(true);
  });
});

describe("[W18] it stays", () => {
  test.each<[string, (note: Record<string, unknown>) => unknown]>([
    ["while the process that made it lives", (note) => note],
    ["when it was made on another system", (note) => ({ ...note, pid: 99, system: "elsewhere" })],
    ["when the note names no process", (note) => ({ ...note, pid: -1 })],
    ["when the note says nothing", () => null],
  ])("%s", async (_, change) => {
    const left = await scratch(change);
    expect(await clearLeftovers()).toBe(0);
    expect(existsSync(join(left, "copy/src/a.ts"))).toBe(true);
  });

  test("when there is no note, or one that cannot be read", async () => {
    const empty = join(folder, "kyros-worker-empty");
    const torn = join(folder, "kyros-worker-torn");
    for (const path of [empty, torn]) mkdirSync(path);
    writeFileSync(join(torn, "made-by.json"), '{"pid":');
    expect(await clearLeftovers()).toBe(0);
    expect([empty, torn].map((path) => existsSync(path))).toEqual([true, true]);
  });

  test("when it only looks like one: another name, or a link", async () => {
    const dead = deadProcess();
    const left = await scratch((note) => ({ ...note, pid: dead }));
    const other = join(folder, "somebody-elses");
    mkdirSync(other);
    writeFileSync(join(other, "made-by.json"), readFileSync(join(left, "made-by.json")));
    symlinkSync(other, join(folder, "kyros-worker-link"));
    expect(await clearLeftovers()).toBe(1);
    expect(existsSync(join(other, "made-by.json"))).toBe(true);
    expect(existsSync(join(folder, "kyros-worker-link"))).toBe(true);
  });
});
