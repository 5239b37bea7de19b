/** Each executor on a real repository, in real processes, from the claim to the accepted patch. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSite, type Site } from "./testing/site.ts";

const LIMIT_MS = 30_000;

let site: Site;
beforeAll(async () => {
  site = await openSite();
}, LIMIT_MS);
afterAll(() => site.end(), LIMIT_MS);

function artifactOf(path: string | undefined): string {
  return join(site.folder, "board", path ?? "missing");
}

test(
  "[W13] docs/format leaves a patch for the Markdown that the labels name, and for nothing else [W5] and the repository stays as it is",
  async () => {
    const untidy = "#  Title\n\n*  one\n*  two\n";
    const repository = site.repository({
      "docs/a.md": untidy,
      "docs/deep/b.markdown": untidy,
      "docs/tidy.md": "# Title\n",
      "docs/skipped.md": untidy,
      "docs/code.ts": "let  a  =  1\n",
      "other.md": untidy,
      ".prettierignore": "docs/skipped.md\n",
      ".gitignore": "node_modules/\n",
    });
    const worker = site.worker(repository, ["--executor", "docs/format", "--label", "happy"]);
    await site.addTask("F-1", ["happy", "executor:docs/format", "path:docs/**"]);
    const task = await site.taskIn("F-1", "review");

    expect(task.artifacts).toMatchObject([
      {
        path: expect.stringMatching(/^artifacts\/F-1\/docs-format-[0-9a-f]{12}\.patch$/) as string,
        kind: "patch",
        executor: "docs/format",
        summary: "4 Markdown files: 2 to be formatted",
        base: repository.git("rev-parse", "HEAD").trim(),
      },
    ]);
    expect(repository.git("status", "--porcelain", "--ignored")).toBe("");
    repository.git("apply", artifactOf(task.artifacts?.[0]?.path));
    expect(repository.git("diff", "--name-only").trim().split("\n")).toEqual([
      "docs/a.md",
      "docs/deep/b.markdown",
    ]);
    expect(readFileSync(join(repository.folder, "docs/a.md"), "utf8")).toBe(
      "# Title\n\n- one\n- two\n",
    );
    expect(await site.story("F-1")).toEqual([
      "person task_created",
      "worker-1 lease_acquired",
      "worker-1 task_claimed",
      "worker-1 executor_started",
      "worker-1 task_transitioned",
      "worker-1 executor_succeeded",
      "worker-1 lease_released",
      "worker-1 task_transitioned",
    ]);
    expect(await worker.end("SIGTERM")).toBe(0);
  },
  LIMIT_MS,
);

test(
  "[W13] docs/format blocks a task whose labels name no files, none that are there, or others than the repository's",
  async () => {
    const repository = site.repository({ "a.md": "# A\n", ".prettierrc": '{"semi":' });
    const worker = site.worker(repository, ["--executor", "docs/format", "--label", "sad"]);
    const wanted = ["sad", "executor:docs/format"];
    await site.addTask("F-2", wanted);
    await site.addTask("F-3", [...wanted, "path:*.markdown"]);
    await site.addTask("F-4", [...wanted, "path:../**"]);
    await site.addTask("F-5", [...wanted, "path:a.md"]);
    for (const id of ["F-2", "F-3", "F-4", "F-5"]) await worker.says("blocked", id);
    expect((await site.task("F-2")).blocked?.reason).toBe(
      "docs/format: no label names the files: add one such as path:docs/**",
    );
    expect((await site.task("F-3")).blocked?.reason).toBe(
      "docs/format: no Markdown file in git matches *.markdown",
    );
    expect((await site.task("F-4")).blocked?.reason).toBe(
      "docs/format: the label path:../** leads out of the repository",
    );
    const unreadable = await site.task("F-5");
    expect(unreadable).toMatchObject({ status: "queued", assignee: null });
    expect(unreadable.blocked?.reason).toMatch(
      /^docs\/format: Prettier could not format every file\n\n\[error\] Invalid configuration/,
    );
    await worker.end("SIGTERM");
  },
  LIMIT_MS,
);

/** Says what it can see of the machine, and finds something to complain about. */
const NOSY = `
import { connect } from "node:net";
import { writeFileSync } from "node:fs";
writeFileSync("left-behind.txt", "by the linter");
console.log("environment " + Object.keys(process.env).toSorted().join(" "));
console.log("installed " + (await import("helper")).name);
const socket = connect(Number(process.argv[2]), "127.0.0.1");
socket.on("connect", () => done("reached"));
socket.on("error", () => done("unreachable"));
function done(what) {
  console.log("network " + what);
  console.log("\\u001b[31mx".padEnd(100_000, "x") + " last");
  process.exit(3);
}
`;

test(
  "[W14] lint leaves a report of what the repository's own linter says [W6] which sees neither secrets nor the network [W7] and has its output cut",
  async () => {
    const port = new URL(site.url).port;
    const repository = site.repository({
      "package.json": JSON.stringify({ scripts: { lint: `node nosy.mjs ${port}` } }),
      "nosy.mjs": NOSY,
      ".gitignore": "/node_modules/\n",
    });
    const installed = join(repository.folder, "node_modules/helper");
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(installed, "package.json"), '{"type":"module","exports":"./i.js"}');
    writeFileSync(join(installed, "i.js"), 'export const name = "helper";\n');
    const worker = site.worker(repository, ["--executor", "lint", "--label", "nosy"]);
    await site.addTask("L-1", ["nosy", "executor:lint"]);
    const task = await site.taskIn("L-1", "review");

    const [artifact] = task.artifacts ?? [];
    expect(artifact).toMatchObject({ kind: "report", summary: "the linter ended with 3" });
    const report = readFileSync(artifactOf(artifact?.path), "utf8");
    expect(report).toContain(
      `\`node nosy.mjs ${port}\` on commit ${repository.git("rev-parse", "HEAD").trim()}`,
    );
    expect(report).toContain("installed helper\n");
    const [, names = ""] = /^environment (.*)$/m.exec(report) ?? [];
    expect(names.split(" ")).toEqual([
      "CI",
      "GIT_CONFIG_NOSYSTEM",
      "GIT_PAGER",
      "GIT_TERMINAL_PROMPT",
      "HOME",
      "LANG",
      "NO_COLOR",
      "PATH",
      "PWD",
      "TMPDIR",
    ]);
    expect(report).not.toContain("not-for-executors");
    // Where the kernel gives no namespaces the network is open, and the worker says so.
    const gaps = worker.news.filter(({ what }) => what === "not_enforced");
    const isOpen = gaps.some(({ detail }) => detail.startsWith("Executors can reach the network"));
    expect(report).toContain(`network ${isOpen ? "reached" : "unreachable"}\n`);
    expect(report).toMatch(/x\n… \d+ bytes left out …\nx/);
    expect(report).toMatch(/x last\n```\n$/);
    expect(report.length).toBeLessThan(66_000);
    expect(existsSync(join(repository.folder, "left-behind.txt"))).toBe(false);
    await worker.end("SIGTERM");
  },
  LIMIT_MS,
);

test(
  "[W14] lint blocks a task where there is no linter",
  async () => {
    const none = site.repository({ "package.json": "{}" });
    const gone = site.repository({ "package.json": '{"scripts":{"lint":"no-such-linter ."}}' });
    const first = site.worker(none, ["--executor", "lint", "--label", "none"]);
    const second = site.worker(gone, ["--executor", "lint", "--label", "gone"]);
    await site.addTask("L-2", ["none", "executor:lint"]);
    await site.addTask("L-3", ["gone", "executor:lint"]);
    await first.says("blocked", "L-2");
    await second.says("blocked", "L-3");
    expect((await site.task("L-2")).blocked?.reason).toBe(
      "lint: package.json has no script called lint",
    );
    expect((await site.task("L-3")).blocked?.reason).toMatch(
      /^lint: the linter is not installed\n\n.*no-such-linter: not found/s,
    );
    await Promise.all([first.end("SIGTERM"), second.end("SIGTERM")]);
  },
  LIMIT_MS,
);

test(
  "[W15] changelog tells what was done since the last tag, and the commits that tell of no task",
  async () => {
    const repository = site.repository({ "CHANGELOG.md": "# Changelog\n\n## 1.0.0\n\n- First\n" });
    repository.git("tag", "v1.0.0");
    repository.git("commit", "--quiet", "--allow-empty", "--message", "Faster start");
    repository.git("commit", "--quiet", "--allow-empty", "--message", "Retry (C-1)");
    // The tag's time is whole seconds: what was done within the same one is later than it.
    await site.addTask("C-1", [], { type: "bugfix" });
    for (const to of ["claimed", "in_progress", "review", "approved", "merging", "done"] as const) {
      await site.board.call("transitionTask", { params: { id: "C-1" }, body: { to } });
    }
    const worker = site.worker(repository, ["--executor", "changelog", "--label", "log"]);
    await site.addTask("C-2", ["log", "executor:changelog"]);
    const task = await site.taskIn("C-2", "review");
    repository.git("apply", artifactOf(task.artifacts?.[0]?.path));
    const hash = repository.git("log", "--format=%h", "-1", "HEAD~1").trim();
    expect(readFileSync(join(repository.folder, "CHANGELOG.md"), "utf8")).toBe(
      `# Changelog\n\n## Unreleased\n\n### Fixes\n\n- Task C-1 (C-1)\n\n### Other commits\n\n- Faster start (${hash})\n\n## 1.0.0\n\n- First\n`,
    );
    await worker.end("SIGTERM");
  },
  LIMIT_MS,
);

test(
  "[W15] changelog writes through no link, which could lead anywhere",
  async () => {
    const repository = site.repository({ "a.txt": "text\n" });
    const outside = join(site.folder, "outside.md");
    writeFileSync(outside, "precious\n");
    symlinkSync(outside, join(repository.folder, "CHANGELOG.md"));
    repository.git("add", "--all");
    repository.git("commit", "--quiet", "--message", "A link");
    const worker = site.worker(repository, ["--executor", "changelog", "--label", "link"]);
    await site.addTask("C-3", ["link", "executor:changelog"]);
    await worker.says("blocked", "C-3");
    expect((await site.task("C-3")).blocked?.reason).toBe(
      "changelog: CHANGELOG.md is no plain file",
    );
    expect(readFileSync(outside, "utf8")).toBe("precious\n");
    await worker.end("SIGTERM");
  },
  LIMIT_MS,
);
