import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connect } from "../mcp/testing/connect.ts";
import { ENVIRONMENT, newRepository, type Repository } from "./testing/repository.ts";
import { boardFolder } from "./worktree.ts";

let repository: Repository;
let linked: string;

beforeEach(async () => {
  repository = newRepository();
  linked = join(repository.parent, "linked");
  repository.write("packages/web/README.md", "");
  await repository.must("add", "-A");
  await repository.must("commit", "-q", "-m", "first");
  await repository.must("worktree", "add", "-q", linked);
});
afterEach(() => repository.remove());

function makeBoard(...folder: readonly string[]): string {
  const path = join(...folder, "collaboration");
  mkdirSync(join(path, "state"), { recursive: true });
  return path;
}

describe("[G17] where the board is", () => {
  test("in the main worktree, seen from anywhere in it or in a linked one", () => {
    const board = makeBoard(repository.root);
    makeBoard(linked);
    expect(boardFolder(repository.root, undefined)).toBe(board);
    expect(boardFolder(join(repository.root, "packages/web"), undefined)).toBe(board);
    expect(boardFolder(linked, undefined)).toBe(board);
    expect(boardFolder(join(linked, "packages/web"), undefined)).toBe(board);
  });

  test("a folder with a board of its own has it in every worktree", () => {
    makeBoard(repository.root);
    const own = makeBoard(repository.root, "packages/web");
    expect(boardFolder(join(repository.root, "packages/web"), undefined)).toBe(own);
    expect(boardFolder(join(linked, "packages/web"), undefined)).toBe(own);
  });

  test("what is named beats it, as it is seen from where one stands", () => {
    makeBoard(repository.root);
    expect(boardFolder(linked, "./collaboration")).toBe(join(linked, "collaboration"));
    expect(boardFolder(linked, "/elsewhere")).toBe("/elsewhere");
  });

  test("here, where there is none yet, and outside of a repository", () => {
    expect(boardFolder(linked, undefined)).toBe(join(linked, "collaboration"));
    const outside = mkdtempSync(join(tmpdir(), "kyros-outside-"));
    expect(boardFolder(outside, undefined)).toBe(join(outside, "collaboration"));
    rmSync(outside, { recursive: true });
  });

  test("a submodule is a repository of its own", () => {
    makeBoard(repository.root);
    const inside = join(repository.root, "vendored");
    mkdirSync(join(repository.root, ".git/modules/vendored"), { recursive: true });
    mkdirSync(inside);
    writeFileSync(join(inside, ".git"), "gitdir: ../.git/modules/vendored\n");
    expect(boardFolder(inside, undefined)).toBe(join(inside, "collaboration"));
  });

  test("worktrees of a bare repository have no main one: each has its own", async () => {
    const bare = join(repository.parent, "bare.git");
    await repository.must("clone", "-q", "--bare", repository.root, bare);
    const tree = join(repository.parent, "tree");
    await repository.must("--git-dir", bare, "worktree", "add", "-q", "-b", "b", tree);
    expect(boardFolder(tree, undefined)).toBe(join(tree, "collaboration"));
  });

  test(
    "an agent that starts kyros mcp in a linked worktree is on it",
    { timeout: 60_000 },
    async () => {
      const cli = fileURLToPath(new URL("../cli/main.ts", import.meta.url));
      execFileSync(process.execPath, [cli, "init"], {
        cwd: repository.root,
        env: ENVIRONMENT,
        stdio: "pipe",
      });
      const { client, call } = await connect(
        new StdioClientTransport({
          command: process.execPath,
          args: [cli, "mcp", "--actor", "agent-1"],
          cwd: linked,
          env: ENVIRONMENT,
        }),
        "modern",
      );
      try {
        await call("task_create", { title: "From the worktree" });
      } finally {
        await client.close();
      }
      expect(repository.read("collaboration/state/tasks.json")).toContain("From the worktree");
    },
  );

  test("a server that is started in a linked worktree serves it", { timeout: 60_000 }, async () => {
    const board = makeBoard(repository.root);
    const main = fileURLToPath(new URL("../main.ts", import.meta.url));
    const env = { ...ENVIRONMENT, PORT: "0", LOG_LEVEL: "silent" };
    const server = spawn(process.execPath, [main], { cwd: linked, env });
    let said = "";
    await new Promise<void>((resolve) => {
      server.stdout.on("data", (piece) => {
        said += String(piece);
        if (said.includes("Ctrl-C")) resolve();
      });
      server.on("close", () => resolve());
    });
    expect(said).toContain(`${board} (0 tasks)`);
    const ended = new Promise((resolve) => {
      server.on("close", resolve);
    });
    server.kill();
    await ended;
  });
});
