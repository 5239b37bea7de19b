import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MAIN = join(ROOT, "server/cli/main.ts");
const PATIENCE_MS = 20_000;

describe("the command as a process", { timeout: 60_000 }, () => {
  let folder: string;
  const children: ChildProcess[] = [];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "kyros-main-"));
    kyros("init");
    kyros("task", "add", "First", "--id", "T-1");
  });
  afterAll(() => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  function kyros(...words: string[]) {
    const env = { ...process.env, KYROS_DIR: folder, KYROS_URL: "", KYROS_ACTOR: "" };
    return spawnSync(process.execPath, [MAIN, ...words], { env, encoding: "utf8" });
  }

  function start(...words: string[]): { child: ChildProcess; said: () => string } {
    const env = { ...process.env, KYROS_DIR: folder, LOG_LEVEL: "error" };
    const child = spawn(process.execPath, [MAIN, ...words], { env });
    children.push(child);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text: Buffer) => (said += text.toString()));
    }
    return { child, said: () => said };
  }

  test("results go to standard output, refusals to standard error", () => {
    expect(kyros("task", "list")).toMatchObject({
      status: 0,
      stdout: "ID   STATUS  PRIORITY  ASSIGNEE  TITLE\nT-1  queued  normal    -         First\n",
      stderr: "",
    });
    expect(kyros("task", "show", "T-9")).toMatchObject({
      status: 1,
      stdout: "",
      stderr: "No such resource (not-found).\nThere is no task T-9.\n",
    });
  });

  test("a reader that has seen enough is no fault", () => {
    const command = `"${process.execPath}" "${MAIN}" task --help | head -n 1`;
    const { status, stdout, stderr } = spawnSync("bash", ["-o", "pipefail", "-c", command], {
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toBe("kyros: a board for agents and people, kept as files in your repository\n");
  });

  test("up serves until it is told to stop, refuses a second one, and a tail lives through it all", async () => {
    const tail = start("events", "tail", "--follow", "-n", "0");
    const up = start("up", "--port", "0");
    await expect.poll(up.said, { timeout: PATIENCE_MS }).toContain("Kyros is ready.");

    const second = kyros("up", "--port", "0");
    expect(second.status).toBe(1);
    expect(second.stderr).toMatch(
      new RegExp(`is in use by process ${up.child.pid} .*http://127\\.0\\.0\\.1:\\d+\\)`),
    );
    expect(kyros("task", "add", "While it runs", "--id", "T-2").status).toBe(0);
    expect(kyros("doctor").stdout).toContain("ok  server      ready\n");

    up.child.kill("SIGTERM");
    expect(await once(up.child, "exit")).toEqual([0, null]);
    expect(kyros("task", "add", "After it", "--id", "T-3").status).toBe(0);
    await expect.poll(tail.said, { timeout: PATIENCE_MS }).toContain("task:T-3");
    tail.child.kill("SIGINT");
    expect(await once(tail.child, "exit")).toEqual([0, null]);
    expect(tail.said().match(/task:T-\d/g)).toEqual(["task:T-2", "task:T-3"]);
  });
});

test("start-up loads none of the packages, and of Node nothing that loads much", () => {
  const seen = new Set<string>();
  const loaded = new Set<string>();
  const visit = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const specifier of staticImports(readFileSync(path, "utf8"))) {
      if (specifier.startsWith(".")) visit(resolve(dirname(path), specifier));
      else if (specifier.startsWith("#contracts/")) {
        visit(join(ROOT, `contracts/${specifier.slice("#contracts/".length)}.ts`));
      } else loaded.add(specifier);
    }
  };
  visit(MAIN);
  expect([...seen].map((path) => relative(ROOT, path))).toContain("contracts/client.ts");
  expect(seen.size).toBeGreaterThan(25);
  expect([...loaded].toSorted()).toEqual(["node:os", "node:path"]);
});

/** What is loaded with a module: neither its types nor what it imports later. */
function staticImports(source: string): string[] {
  return [...source.matchAll(/^(?:import|export) (?!type )[^;]*?from "([^"]+)";/gms)].flatMap(
    ([, specifier]) => specifier ?? [],
  );
}
