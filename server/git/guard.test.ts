import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { toInstant } from "../kernel/instant.ts";
import { serve } from "../store/crash/server.ts";
import { aLease } from "../store/testing/records.ts";
import { obstaclesTo, readLeases, stagedPaths } from "./guard.ts";
import { ENVIRONMENT, newRepository, type Repository } from "./testing/repository.ts";

const MAIN = fileURLToPath(new URL("../cli/main.ts", import.meta.url));
const NOW = toInstant(Date.UTC(2026, 0, 1, 12));
const SLOW = { timeout: 60_000 };

let repository: Repository;
let board: string;

beforeEach(() => {
  repository = newRepository();
  board = join(repository.root, "collaboration");
});
afterEach(() => repository.remove());

const lease = (fields: object) =>
  aLease("l1", { resource: "path:src/**", holder: "agent-7", ...fields });

describe("[G14] exclusive leases of others on what is committed are in the way", () => {
  test("each with the files that it covers", () => {
    const src = lease({});
    const docs = lease({ lock_id: "l2", resource: "path:docs/*.md" });
    const paths = ["src/a.ts", "src/deep/b.ts", "docs/x.md", "README.md"];
    expect(obstaclesTo(paths, [src, docs], "agent-1")).toEqual([
      { lease: src, paths: ["src/a.ts", "src/deep/b.ts"] },
      { lease: docs, paths: ["docs/x.md"] },
    ]);
  });

  test("both names of a file that moved count, and names of any kind", async () => {
    repository.write("src/old.ts", "one\ntwo\nthree\n");
    await repository.must("add", "-A");
    await repository.must("commit", "-q", "-m", "first");
    await repository.must("mv", "src/old.ts", "new name\nof two lines.ts");
    expect(stagedPaths(repository.root, board)).toEqual([
      "new name\nof two lines.ts",
      "src/old.ts",
    ]);
  });

  test(
    "the commit is stopped, and the answer says who, until when, what for and how to ask",
    SLOW,
    async () => {
      const kyros = (...words: string[]) =>
        execFileSync(process.execPath, [MAIN, ...words], {
          cwd: repository.root,
          env: ENVIRONMENT,
          stdio: "pipe",
        });
      kyros("init");
      kyros("lease", "acquire", "path:src/**", "--actor", "agent-7", "--note", "new port");
      repository.write("src/a.ts", "1\n");
      repository.write("README.md", "1\n");
      await repository.must("add", "-A");
      const refused = await repository.git("commit", "-m", "mine");
      expect(refused.code).toBe(1);
      expect(refused.said).toContain("Not committed: 1 file is under somebody else's lease.");
      expect(refused.said).toMatch(
        /path:src\/\*\* is held by agent-7 until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(/,
      );
      expect(refused.said).toContain("for: new port");
      expect(refused.said).toContain("kyros events add noted --target agent:agent-7");
      await repository.must("rm", "-q", "--cached", "src/a.ts");
      expect((await repository.git("commit", "-m", "the rest")).code).toBe(0);
      await repository.must("add", "src");
      const run = promisify(execFile);
      const env = { ...ENVIRONMENT, KYROS_ACTOR: "agent-7" };
      await run("git", ["commit", "-m", "its own"], { cwd: repository.root, env });
    },
  );

  test("with a server running too", SLOW, async () => {
    const server = await serve(board);
    try {
      await server.ask("POST", "/collab/leases/acquire", {
        resource: "path:src/**",
        holder: "agent-7",
      });
      repository.write("src/a.ts", "1\n");
      await repository.must("add", "src");
      const options = { cwd: repository.root, env: ENVIRONMENT };
      const guard = promisify(execFile)(process.execPath, [MAIN, "guard"], options);
      await expect(guard).rejects.toMatchObject({ code: 1 });
    } finally {
      server.process.kill();
      await server.ended;
    }
  });
});

describe("[G15] what is not in the way", () => {
  test("one's own leases, and shared ones", () => {
    const paths = ["src/a.ts"];
    expect(obstaclesTo(paths, [lease({ holder: "agent-1" })], "agent-1")).toEqual([]);
    expect(obstaclesTo(paths, [lease({ mode: "shared" })], "agent-1")).toEqual([]);
    expect(obstaclesTo(paths, [lease({ resource: "name:src" })], "agent-1")).toEqual([]);
  });

  test("leases that ran out", async () => {
    mkdirSync(join(board, "state"), { recursive: true });
    const past = lease({ expires_at: "2026-01-01T11:59:57.000Z" });
    const live = lease({ lock_id: "l2", expires_at: "2026-01-01T12:00:30.000Z" });
    const items = { l1: past, l2: live };
    const text = JSON.stringify({ kind: "locks", schema: 1, items });
    writeFileSync(join(board, "state/locks.json"), text);
    const found = await readLeases(board, NOW);
    expect(found.map(({ lock_id }) => lock_id)).toEqual(["l2"]);
  });

  test("no leases at all, and no file of them", async () => {
    expect(await readLeases(board, NOW)).toEqual([]);
  });

  test("files of the board itself", async () => {
    repository.write("collaboration/state/tasks.json", "{}");
    repository.write("collaboration-notes.md", "");
    await repository.must("add", "-A");
    expect(stagedPaths(repository.root, board)).toEqual(["collaboration-notes.md"]);
  });

  test("what a merge brings unchanged from the other side; what was settled by hand counts", async () => {
    repository.write("src/both.ts", "base\n");
    await repository.must("add", "-A");
    await repository.must("commit", "-q", "-m", "base");
    await repository.must("checkout", "-q", "-b", "side");
    repository.write("src/both.ts", "theirs\n");
    repository.write("src/theirs.ts", "theirs\n");
    await repository.must("add", "-A");
    await repository.must("commit", "-q", "-m", "theirs");
    await repository.must("checkout", "-q", "main");
    repository.write("src/both.ts", "ours\n");
    await repository.must("commit", "-q", "-a", "-m", "ours");
    await repository.git("merge", "side");
    repository.write("src/both.ts", "settled\n");
    await repository.must("add", "-A");
    expect(stagedPaths(repository.root, board)).toEqual(["src/both.ts"]);
  });

  test("a guard that cannot look says so, and stops nobody", SLOW, async () => {
    execFileSync(process.execPath, [MAIN, "init"], {
      cwd: repository.root,
      env: ENVIRONMENT,
      stdio: "pipe",
    });
    repository.write("collaboration/state/locks.json", "not json");
    await repository.must("add", "-A");
    const { code, said } = await repository.git("commit", "-m", "anyway");
    expect(said).toMatch(/^The guard cannot look: .*locks\.json:1:1: /m);
    expect(code).toBe(0);
  });
});
