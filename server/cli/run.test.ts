import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { COMMANDS } from "./commands.ts";
import { EXIT } from "./exit.ts";
import { createShell, type Shell } from "./testing/shell.ts";

let shell: Shell;
const kyros: Shell["kyros"] = (command, options) => shell.kyros(command, options);

beforeEach(() => {
  shell = createShell();
});
afterEach(() => shell.remove());

describe("exit 2: what was not understood is said, with what could have been written", () => {
  test.each([
    ["fly", 'There is no "kyros fly". There is: up, init, '],
    ["task fly", 'There is no "kyros task fly". There is: task list, task show, '],
    ["task show", "ID is missing. See: kyros task show --help"],
    ["task show T-1 T-2", '"T-2" is one too many. See: kyros task show --help'],
    ["task list --fly", "Unknown option '--fly'. See: kyros task list --help"],
    ["task list --limit many", '--limit takes a number, not "many".'],
    ["task move T-1 flying", 'STATUS knows no "flying": it is one of queued, claimed, '],
    ["task move T-1", "Say where to: a STATUS, --before ID or --after ID."],
    ["task add x --priority top", '--priority knows no "top": it is one of high, normal, low.'],
    ["task edit T-1", "Say what to change. See: kyros task edit --help"],
    ["task claim", "Say who acts: --actor NAME, or set KYROS_ACTOR."],
    ["lease acquire name:x", "Say who acts: --actor NAME, or set KYROS_ACTOR."],
    ["up --port 99999", "--port takes a whole number from 0 to 65535, not 99999."],
  ])("kyros %s", async (command, sentence) => {
    const { exit, stdout, stderr } = await kyros(command);
    expect(exit).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(sentence);
  });

  test("with --json as a document", async () => {
    const { exit, stderr } = await kyros("task show --json");
    expect(exit).toBe(2);
    expect(JSON.parse(stderr)).toEqual({
      code: "usage",
      detail: "ID is missing. See: kyros task show --help",
    });
  });
});

describe("exit 4: without a board, how to get one is said", () => {
  test.each(["task list", "task add x", "events tail", "verify"])("kyros %s", async (command) => {
    const { exit, stdout, stderr } = await kyros(command);
    expect(exit).toBe(4);
    expect(stdout).toBe("");
    expect(stderr).toBe(
      `There is no board in ${shell.folder}. Make one with kyros init, or name another folder with --dir.\n`,
    );
  });

  test.each(["http://192.0.2.1:9", "http://localhost.evil.test:9", "ftp://x", "nonsense"])(
    "a note that came with somebody else's commit sends nobody to %s",
    async (url) => {
      await kyros("init");
      const note = { pid: 1, host: "elsewhere", since: "2026-01-01T00:00:00.000Z", url };
      writeFileSync(join(shell.folder, ".kyros/instance.json"), JSON.stringify(note));
      expect(await kyros("task list")).toEqual({ exit: 0, stdout: "No tasks.\n", stderr: "" });
    },
  );

  test("a server that does not answer is named", async () => {
    const { exit, stderr } = await kyros("task list --url http://127.0.0.1:9/");
    expect(exit).toBe(4);
    expect(stderr).toContain("no answer from http://127.0.0.1:9/collab/tasks");
  });

  test("a folder that was named wins over a server of the environment", async () => {
    await kyros("init");
    const environment = { KYROS_URL: "http://127.0.0.1:9", KYROS_DIR: "/nowhere" };
    expect(await kyros(`task list --dir ${shell.folder}`, { environment })).toMatchObject({
      exit: 0,
      stdout: "No tasks.\n",
    });
    expect(await kyros("task list", { environment })).toMatchObject({ exit: 4 });
  });
});

describe("help", () => {
  test("names every command, also when nothing was said", async () => {
    const said = await kyros("--help");
    expect(said.exit).toBe(0);
    for (const { name } of COMMANDS) expect(said.stdout).toContain(`\n  ${name} `);
    expect(await kyros([])).toEqual(said);
    expect(await kyros("help")).toEqual(said);
  });

  test("of a group names its commands and no other", async () => {
    const { stdout } = await kyros("lease --help");
    expect(stdout).toContain("lease acquire RESOURCE");
    expect(stdout).not.toContain("task add");
  });

  test.each(COMMANDS.map(({ name }) => name))("kyros %s --help", async (name) => {
    const { exit, stdout, stderr } = await kyros(`${name} --help`);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    expect(stdout).toContain(`Usage: kyros ${name}`);
    expect(stdout).toContain("Exit codes:");
    expect(await kyros(`help ${name}`)).toMatchObject({ stdout });
  });

  test("every option that takes a value says what kind of value", () => {
    const specs = COMMANDS.flatMap(({ options }) => Object.values(options));
    expect(specs.length).toBeGreaterThan(40);
    expect(
      specs.filter(({ type, value }) => (type === "string") !== (value !== undefined)),
    ).toEqual([]);
  });
});

describe("docs/cli.md", () => {
  const text = readFileSync(new URL("../../docs/cli.md", import.meta.url), "utf8");

  test.each(COMMANDS.map(({ name }) => name))("tells what kyros %s does", (name) => {
    expect(text).toMatch(new RegExp(`^\\|.*\`${name}\`.*\\|.+\\|$`, "m"));
  });

  test("explains every exit code, and no other", () => {
    const codes = [...text.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    expect(codes).toEqual(Object.values(EXIT));
    expect(codes).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe("kyros init", () => {
  test("makes what people, git and the store need", async () => {
    expect(await kyros("init")).toMatchObject({
      exit: 0,
      stdout: `${shell.folder}: README.md, .gitignore, .gitattributes\n`,
    });
    const read = (name: string) => readFileSync(join(shell.folder, name), "utf8");
    expect(read(".gitignore")).toBe(".kyros/\n");
    expect(read(".gitattributes")).toContain("events/*.jsonl merge=union\n");
    expect(read(".gitattributes")).toContain("state/*.json -text\n");
    expect(read("README.md")).toContain("# The board, as files");
    expect(JSON.parse(read("state/tasks.json"))).toEqual({ kind: "tasks", schema: 1, items: {} });
  });

  test("run again leaves everything as it is, edited files too", async () => {
    await kyros("init");
    await kyros("task add Kept --id T-1");
    writeFileSync(join(shell.folder, "README.md"), "Ours\n");
    expect(await kyros("init")).toMatchObject({
      exit: 0,
      stdout: `${shell.folder} has everything already.\n`,
    });
    expect(readFileSync(join(shell.folder, "README.md"), "utf8")).toBe("Ours\n");
    expect((await kyros("task list")).stdout).toContain("T-1  queued");
  });
});

describe("exit 4: a folder that cannot be opened says why", () => {
  test("init where a file is in the way", async () => {
    writeFileSync(shell.folder, "");
    const { exit, stderr } = await kyros("init");
    expect(exit).toBe(4);
    expect(stderr).toContain(`${shell.folder} cannot be opened (EEXIST`);
  });

  test("a log with a line in the middle that cannot be read, by its number", async () => {
    await kyros("init");
    await kyros("task add One");
    const path = join(shell.folder, "events/events.jsonl");
    rmSync(join(shell.folder, ".kyros"), { recursive: true });
    writeFileSync(path, `nonsense\n${readFileSync(path, "utf8")}`);
    const { exit, stdout, stderr } = await kyros("task list");
    expect({ exit, stdout }).toEqual({ exit: 4, stdout: "" });
    expect(stderr).toMatch(/events\.jsonl, line 1: .*Mend the line/);
  });

  test("verify where a folder stands in the place of a file, in the system's words", async () => {
    await kyros("init");
    rmSync(join(shell.folder, "state/agents.json"));
    mkdirSync(join(shell.folder, "state/agents.json"));
    const { exit, stderr } = await kyros("verify");
    expect(exit).toBe(4);
    expect(stderr).toMatch(/^EISDIR: illegal operation on a directory/);
  });

  test("a setting of the environment that cannot be used", async () => {
    await kyros("init");
    process.env["LEASE_TTL_SECONDS"] = "soon";
    const { exit, stderr } = await kyros("task list").finally(() => {
      delete process.env["LEASE_TTL_SECONDS"];
    });
    expect(exit).toBe(4);
    expect(stderr).toBe("LEASE_TTL_SECONDS=soon is not a whole number from 1 to 86400.\n");
  });
});

describe("kyros verify", () => {
  test("ends with 0 where log and files agree, and says what it compared", async () => {
    await kyros("init");
    await kyros("task add One --id T-1");
    expect(await kyros("verify")).toMatchObject({
      exit: 0,
      stdout: "Clean: the log (1 event) gives the files as they are: 1 task, 0 agents, 0 leases.\n",
    });
  });

  test("ends with 1 where they differ, and shows both", async () => {
    await kyros("init");
    await kyros("task add One --id T-1");
    const path = join(shell.folder, "state/tasks.json");
    writeFileSync(path, readFileSync(path, "utf8").replace('"One"', '"Two"'));
    expect(await kyros("verify")).toMatchObject({
      exit: 1,
      stdout: 'tasks/T-1  file and log differ\n  title: file "Two", log "One"\n1 difference.\n',
    });
    expect(await shell.json("verify")).toMatchObject({
      clean: false,
      differences: [{ where: "tasks/T-1", fields: [{ field: "title", file: "Two", log: "One" }] }],
    });
  });
});

describe("kyros doctor", () => {
  test("on a sound board every line is ok", async () => {
    await kyros("init");
    const { exit, stdout } = await kyros("doctor");
    expect(stdout.match(/^ok /gm)).toHaveLength(11);
    expect(exit).toBe(0);
  });

  test("without a board says how to get one, and looks no further", async () => {
    const { exit, stdout } = await kyros("doctor");
    expect(exit).toBe(1);
    expect(stdout).toContain(
      `!!  folder  ${shell.folder} holds no board: make one with kyros init`,
    );
    expect(stdout).not.toContain("checkpoint");
  });

  test("a file with merge markers, by line and column", async () => {
    await kyros("init");
    const path = join(shell.folder, "state/tasks.json");
    writeFileSync(path, `<<<<<<< HEAD\n${readFileSync(path, "utf8")}`);
    const { exit, stdout } = await kyros("doctor");
    expect(exit).toBe(1);
    expect(stdout).toMatch(
      /^!! {2}files {7}state\/tasks\.json:1:1: a merge conflict .* Mend the file$/m,
    );
  });

  test("what merges left open, by record and field", async () => {
    await kyros("init");
    const conflicts = [{ field: "title", ours: "A", theirs: "B" }];
    const items = { "T-1": { title: "A", conflicts } };
    const text = JSON.stringify({ kind: "tasks", schema: 1, items });
    writeFileSync(join(shell.folder, "state/tasks.json"), text);
    const { exit, stdout } = await kyros("doctor");
    expect(exit).toBe(1);
    expect(stdout).toContain('!!  conflicts   T-1 title: ours "A", theirs "B". Set the field');
  });

  test("what git lacks, in a repository", async () => {
    await kyros("init");
    const { execFileSync } = await import("node:child_process");
    execFileSync("git", ["init", "--quiet", shell.folder]);
    expect((await kyros("doctor")).stdout).toContain(
      "!!  git         lacks merge driver for state files, command of the guard, guard in the pre-commit hook",
    );
    await kyros("init");
    expect((await kyros("doctor")).stdout).toContain(
      "ok  git         state files merge by record, logs by line",
    );
    writeFileSync(join(shell.folder, ".gitattributes"), "");
    const { exit, stdout } = await kyros("doctor");
    expect(exit).toBe(1);
    expect(stdout).toContain(
      "!!  git         lacks .gitattributes: state/*.json merge=kyros, .gitattributes: events/*.jsonl merge=union: kyros init adds it",
    );
  });
});
