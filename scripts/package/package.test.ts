/** The package as somebody else meets it: packed, installed where nothing is, and used for the main job. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../tree.ts";

const PATIENCE_MS = 20_000;

let home: string;
let repository: string;
let packed: { readonly filename: string; readonly unpackedSize: number };
let server: ChildProcess | undefined;
let url = "";

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "kyros-package-"));
  repository = join(home, "repository");
  mkdirSync(repository);
  execFileSync("git", ["init", "--quiet", repository]);
  execFileSync(process.execPath, ["scripts/build.ts", "--if-changed"], { cwd: ROOT });
  const told = npm("pack", "--json", "--pack-destination", home);
  [packed] = JSON.parse(told) as [typeof packed];
  npm("install", "--global", "--prefix", join(home, "installed"), join(home, packed.filename));
});
afterAll(() => {
  server?.kill("SIGKILL");
  rmSync(home, { recursive: true, force: true });
});

function npm(...words: string[]): string {
  const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  return execFileSync("npm", [...words, ...quiet], { cwd: ROOT, encoding: "utf8" });
}

/** Nothing of this repository is in reach, and nothing is set. */
function environment(): Record<string, string> {
  const path = [join(home, "installed/bin"), dirname(process.execPath), "/usr/bin", "/bin"];
  return { PATH: path.join(":"), HOME: home };
}

function kyros(...words: string[]) {
  const { status, stdout, stderr } = spawnSync("kyros", words, {
    cwd: repository,
    env: environment(),
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

async function get(path: string) {
  const answer = await fetch(new URL(path, url));
  return { status: answer.status, text: await answer.text() };
}

describe("the tarball", () => {
  test("holds less than 15 MB, and runs nothing when it is installed", () => {
    expect(packed.unpackedSize).toBeLessThan(15_000_000);
    const installed = join(home, "installed/lib/node_modules/kyros");
    const { scripts } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as {
      scripts: object;
    };
    const atInstall = ["preinstall", "install", "postinstall", "prepare", "prepublish"];
    expect(Object.keys(scripts).filter((name) => atInstall.includes(name))).toEqual([]);
    const isThere = (name: string) => existsSync(join(installed, name));
    const names = ["LICENSE", "dist/third-party-licenses.md", "server", "dist/.stamps"];
    expect(names.map(isThere)).toEqual([true, true, false, false]);
    expect(kyros("--version").stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("installed, in an empty repository", () => {
  test("one command makes a board and serves it", async () => {
    server = spawn("kyros", ["up", "--port", "0"], { cwd: repository, env: environment() });
    let said = "";
    server.stdout?.on("data", (text: Buffer) => (said += text.toString()));
    server.stderr?.on("data", (text: Buffer) => (said += text.toString()));
    await expect.poll(() => said, { timeout: PATIENCE_MS }).toContain("Kyros is ready.");
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? "";
    const git = (...words: string[]) =>
      spawnSync("git", words, { cwd: repository, encoding: "utf8" }).stdout;
    expect(git("check-ignore", "collaboration/.kyros/x")).toBe("collaboration/.kyros/x\n");
    expect(git("check-attr", "merge", "--", "collaboration/events/events.jsonl")).toMatch(
      /merge: union\n$/,
    );
  });

  test("the console and the page of the API are there, with all that they load", async () => {
    for (const page of ["/console/", "/docs"]) {
      const { status, text } = await get(page);
      const paths = [...text.matchAll(/(?:src|href)="([^"#]+\.(?:js|css|svg))"/g)];
      const loaded = await Promise.all(
        paths.map(async ([, path = ""]) => [
          path,
          (await get(new URL(path, url + page).href)).status,
        ]),
      );
      expect({ page, status }).toEqual({ page, status: 200 });
      expect(loaded.length).toBeGreaterThan(1);
      expect(loaded.filter(([, answered]) => answered !== 200)).toEqual([]);
    }
    expect(await get("/readyz")).toMatchObject({ status: 200 });
  });

  test("an agent claims, ticks, and hands over; a person takes it to its end", () => {
    expect(kyros("task", "add", "First", "--id", "T-1", "--dod", "it works").status).toBe(0);
    expect(kyros("claim", "--actor", "agent-1").stdout).toMatch(/^T-1 {2}First\nleased to agent-1/);
    expect(kyros("task", "edit", "T-1", "--priority", "high", "--actor", "agent-1").status).toBe(0);
    expect(kyros("done", "--dod", "all", "--actor", "agent-1").stdout).toBe(
      "T-1  claimed → in_progress → review\n",
    );
    expect(kyros("done", "T-1").stdout).toBe("T-1  review → approved → merging → done\n");
  });

  test("an agent that starts it finds its tools", async () => {
    const mcp = spawn("kyros", ["mcp"], { cwd: repository, env: environment() });
    let said = "";
    mcp.stdout.on("data", (text: Buffer) => (said += text.toString()));
    const send = (message: object) =>
      mcp.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
    const clientInfo = { name: "test", version: "1" };
    const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo };
    send({ id: 1, method: "initialize", params });
    await expect.poll(() => said, { timeout: PATIENCE_MS }).toContain('"id":1');
    send({ method: "notifications/initialized" });
    send({ id: 2, method: "tools/list" });
    await expect.poll(() => said, { timeout: PATIENCE_MS }).toContain('"work_next"');
    mcp.stdin.end();
    expect(await once(mcp, "exit")).toEqual([0, null]);
  });

  test("told to stop it ends well, and the log gives the files as they are", async () => {
    server?.kill("SIGTERM");
    expect(await once(server ?? process, "exit")).toEqual([0, null]);
    expect(kyros("verify")).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("1 task, 1 agent, 0 leases.\n") as string,
    });
    expect(kyros("task", "list").stdout).toContain("T-1  done");
  });
});
