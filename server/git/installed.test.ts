/** What `kyros init` leaves in a repository, run as git runs it. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ENVIRONMENT, newRepository, type Repository } from "./testing/repository.ts";

const MAIN = fileURLToPath(new URL("../cli/main.ts", import.meta.url));
const SLOW = { timeout: 60_000 };

let repository: Repository;

beforeEach(() => {
  repository = newRepository("a repo with 100% 'odd' name");
});
afterEach(() => repository.remove());

function kyros(...words: readonly string[]): string {
  return execFileSync(process.execPath, [MAIN, ...words], {
    cwd: repository.root,
    env: ENVIRONMENT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

const STATE = "collaboration/state/tasks.json";

/** A branch and main that each wrote the file; the merge is under way afterwards. */
async function merge(base: object, theirs: object | string, ours: object) {
  const write = async (content: object | string, message: string) => {
    const text =
      typeof content === "string"
        ? content
        : `${JSON.stringify({ kind: "tasks", schema: 1, items: content }, null, 2)}\n`;
    repository.write(STATE, text);
    await repository.must("add", "-A");
    await repository.must("commit", "-q", "-m", message);
  };
  await write(base, "base");
  await repository.must("checkout", "-q", "-b", "side");
  await write(theirs, "theirs");
  await repository.must("checkout", "-q", "main");
  await write(ours, "ours");
  return repository.git("merge", "side");
}

test("[G12] kyros up leaves git as it is, and says once what is missing", SLOW, async () => {
  const config = () => repository.read(".git/config");
  const before = config();
  expect(await saidByUp()).toContain("To have it merged by record: kyros init\n");
  expect(config()).toBe(before);
  kyros("init");
  expect(await saidByUp()).not.toContain("kyros init");
});

/** All that a server says on standard error from its start to its end. */
async function saidByUp(): Promise<string> {
  const env = { ...ENVIRONMENT, LOG_LEVEL: "error" };
  const up = spawn(process.execPath, [MAIN, "up", "--port", "0"], { cwd: repository.root, env });
  let said = "";
  up.stderr.on("data", (text: Buffer) => (said += text.toString()));
  const [banner] = (await once(up.stdout, "data")) as [Buffer];
  const [url = ""] = /http:\/\/[\d.]+:\d+/.exec(banner.toString()) ?? [];
  // Answered when everything is said.
  await fetch(`${url}/healthz`);
  up.kill("SIGTERM");
  await once(up, "close");
  return said;
}

describe("[G12] kyros init tells git about the board", () => {
  test("in this repository only, and once", SLOW, async () => {
    const first = kyros("init");
    expect(first).toContain("+ merge driver for state files");
    expect(first).toContain("+ guard in the pre-commit hook");
    const look = () => [
      repository.read(".git/config"),
      repository.read(".git/hooks/pre-commit"),
      repository.read("collaboration/.gitattributes"),
    ];
    const before = look();
    expect(kyros("init")).toBe(
      `${join(repository.root, "collaboration")} has everything already.\n`,
    );
    expect(look()).toEqual(before);
    const attributes = await repository.must("check-attr", "merge", "--", STATE);
    expect(attributes).toBe(`${STATE}: merge: kyros\n`);
  });

  test("a board from before gets the lines that it lacks, behind its own", SLOW, () => {
    repository.write(
      "collaboration/.gitattributes",
      "events/*.jsonl merge=union\nstate/*.json -text",
    );
    kyros("init");
    expect(repository.read("collaboration/.gitattributes")).toBe(
      "events/*.jsonl merge=union\nstate/*.json -text\nstate/*.json merge=kyros\n",
    );
  });

  test("another merge that somebody chose is left, and said", SLOW, () => {
    repository.write("collaboration/.gitattributes", "state/*.json merge=ours\n");
    expect(kyros("init")).toContain("! no .gitattributes: state/*.json merge=kyros: ");
    expect(repository.read("collaboration/.gitattributes")).not.toContain("merge=kyros");
  });
});

describe("[G9] the driver as git starts it", () => {
  test("what goes together is merged", SLOW, async () => {
    kyros("init");
    const before = { "T-1": { title: "One" } };
    const { code } = await merge(
      before,
      { "T-1": { title: "One", priority: "high" } },
      { "T-1": { title: "Uno" } },
    );
    expect(code).toBe(0);
    expect(JSON.parse(repository.read(STATE))).toMatchObject({
      items: { "T-1": { title: "Uno", priority: "high" } },
    });
  });

  test("what does not is a conflict to git, and named", SLOW, async () => {
    kyros("init");
    const { code, said } = await merge(
      { "T-1": { title: "One" } },
      { "T-1": { title: "Theirs" } },
      { "T-1": { title: "Ours" } },
    );
    expect(code).toBe(1);
    expect(said).toContain(`T-1 title: ours "Ours", theirs "Theirs"`);
    expect(await repository.must("ls-files", "--unmerged")).toContain(STATE);
    expect(JSON.parse(repository.read(STATE))).toMatchObject({
      items: { "T-1": { conflicts: [{ field: "title", ours: "Ours", theirs: "Theirs" }] } },
    });
  });

  test("where a side is no board, git merges by lines and says what is wrong", SLOW, async () => {
    kyros("init");
    const { code, said } = await merge({}, "<<<<<<< left behind\n", { "T-1": { title: "Ours" } });
    expect(code).toBe(1);
    expect(said).toContain(`${STATE}, on their side: line 1, column 1: a merge conflict`);
    expect(repository.read(STATE)).toContain("<<<<<<< ours");
    expect(repository.read(STATE)).toContain("left behind");
  });

  test.each([
    ["is gone", "gone.js", undefined],
    ["cannot be loaded", "broken.js", "import './missing.js';\n"],
    ["does not know what to do", "confused.js", "process.exit(2);\n"],
  ])("where the program %s, nobody's change vanishes", SLOW, async (_, name, text) => {
    kyros("init");
    const program = join(repository.parent, name);
    if (text !== undefined) writeFileSync(program, text);
    const driver = await repository.must("config", "merge.kyros.driver");
    await repository.must("config", "merge.kyros.driver", driver.trim().replace(MAIN, program));
    const { code } = await merge(
      { "T-1": { title: "One" } },
      { "T-1": { title: "Theirs" } },
      { "T-1": { title: "Ours" } },
    );
    expect(code).toBe(1);
    expect(repository.read(STATE)).toContain("Ours");
    expect(repository.read(STATE)).toContain("Theirs");
    expect(repository.read(STATE)).toContain("<<<<<<< ours");
  });
});

describe("[G13] a hook that is there keeps its lines, and runs", () => {
  const hook = () => repository.read(".git/hooks/pre-commit");

  test("behind the guard", SLOW, async () => {
    repository.write(
      ".git/hooks/pre-commit",
      "#!/usr/bin/env bash\nset -e\necho ran > ran\nexit 0\n",
    );
    execFileSync("chmod", ["+x", join(repository.root, ".git/hooks/pre-commit")]);
    kyros("init");
    expect(hook()).toMatch(
      /^#!\/usr\/bin\/env bash\n# >>> kyros[^]*# <<< kyros\nset -e\necho ran > ran\nexit 0\n$/,
    );
    await repository.must("add", "-A");
    await repository.must("commit", "-q", "-m", "first");
    expect(existsSync(join(repository.root, "ran"))).toBe(true);
  });

  test(
    "in the folder that core.hooksPath names, without a path of this machine",
    SLOW,
    async () => {
      await repository.must("config", "core.hooksPath", ".githooks");
      repository.write(".githooks/pre-commit", "#!/bin/sh\necho theirs\n");
      kyros("init");
      const text = repository.read(".githooks/pre-commit");
      expect(text.endsWith("\necho theirs\n")).toBe(true);
      expect(text).not.toContain(repository.root);
      expect(text).not.toContain(MAIN);
      expect(existsSync(join(repository.root, ".git/hooks/pre-commit"))).toBe(false);
    },
  );

  test("husky's own file, not the folder that it makes anew", SLOW, async () => {
    await repository.must("config", "core.hooksPath", ".husky/_");
    repository.write(".husky/pre-commit", "npm test\n");
    kyros("init");
    expect(repository.read(".husky/pre-commit")).toMatch(/^# >>> kyros[^]*\nnpm test\n$/);
    expect(existsSync(join(repository.root, ".husky/_/pre-commit"))).toBe(false);
  });

  test("one that is no shell script is left alone, and what to add is said", SLOW, () => {
    const python = "#!/usr/bin/env python3\nprint('checked')\n";
    repository.write(".git/hooks/pre-commit", python);
    expect(kyros("init")).toContain(
      `add to it what does: sh -c "$(git config kyros.guard)" || exit 1`,
    );
    expect(hook()).toBe(python);
  });

  test("hooks that are shared with other repositories are not written to", SLOW, async () => {
    const shared = join(repository.parent, "hooks");
    mkdirSync(shared);
    await repository.must("config", "core.hooksPath", shared);
    expect(kyros("init")).toContain("is for other repositories too");
    expect(existsSync(join(shared, "pre-commit"))).toBe(false);
  });

  test("where there was none, it is one that git runs", SLOW, () => {
    kyros("init");
    expect(hook()).toMatch(/^#!\/bin\/sh\n# >>> kyros/);
    expect(statSync(join(repository.root, ".git/hooks/pre-commit")).mode & 0o111).toBe(0o111);
  });

  test("a clone in which nobody ran init commits as if there were no guard", SLOW, async () => {
    kyros("init");
    await repository.must("config", "--unset", "kyros.guard");
    await repository.must("add", "-A");
    expect((await repository.git("commit", "-q", "-m", "first")).code).toBe(0);
  });
});

describe("[G17] a linked worktree", () => {
  function inWorktree(folder: string, words: readonly string[], env = ENVIRONMENT): string {
    const options = { cwd: folder, env, encoding: "utf8" } as const;
    return execFileSync(process.execPath, [MAIN, ...words], options);
  }

  test("shares the board of the main one, from any folder of it", SLOW, async () => {
    kyros("init");
    kyros("task", "add", "Before the worktree");
    await repository.must("add", "-A");
    await repository.must("commit", "-q", "-m", "first");
    const linked = join(repository.parent, "linked");
    await repository.must("worktree", "add", "-q", linked);
    mkdirSync(join(linked, "deep/down"), { recursive: true });
    inWorktree(join(linked, "deep/down"), ["task", "add", "From the worktree"]);
    expect(kyros("task", "list")).toContain("From the worktree");
    expect(readFileSync(join(linked, STATE), "utf8")).not.toContain("From the worktree");
    expect(inWorktree(linked, ["verify"])).toContain(": 2 tasks, 0 agents, 0 leases.");

    const elsewhere = { ...ENVIRONMENT, KYROS_DIR: join(linked, "collaboration") };
    expect(inWorktree(linked, ["task", "list"], elsewhere)).not.toContain("From the worktree");
  });
});
