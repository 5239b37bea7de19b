import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createClock } from "../kernel/clock.ts";
import { sleep } from "../kernel/timers.ts";
import { kinds } from "../kinds.ts";
import { openFileStore } from "../store/open-file-store.ts";
import { createBoardServer, type BoardServer } from "./testing/server.ts";
import { createShell, type Shell } from "./testing/shell.ts";

let shell: Shell;
const kyros: Shell["kyros"] = (command, options) => shell.kyros(command, options);
const json: Shell["json"] = (command, options) => shell.json(command, options);

describe.each(["without a server", "through the server of the folder"])("%s", (mode) => {
  let served: BoardServer | undefined;

  beforeEach(async () => {
    shell = createShell();
    await kyros("init");
    served = mode === "without a server" ? undefined : await createBoardServer(shell.folder);
  });
  afterEach(async () => {
    await served?.stop();
    shell.remove();
  });

  const requests = () => served?.events();

  test("a task is added, listed, shown, changed and moved", async () => {
    const added = await kyros([
      ..."task add --id T-1 --priority high --dod".split(" "),
      "it works",
      "Go",
    ]);
    expect(added).toEqual({ exit: 0, stdout: "T-1  Go\n", stderr: "" });
    expect(await kyros("task list")).toMatchObject({
      exit: 0,
      stdout: "ID   STATUS  PRIORITY  ASSIGNEE  TITLE\nT-1  queued  high      -         Go\n",
    });
    expect((await kyros("task show T-1")).stdout).toContain("  [ ] d1  it works\n");
    expect(await kyros("task edit T-1 --check d1 --label api")).toMatchObject({ exit: 0 });
    expect(await kyros("task move T-1 claimed")).toMatchObject({
      exit: 0,
      stdout: "T-1  queued → claimed\n",
    });
    expect(await json("task show T-1")).toMatchObject({
      task: {
        status: "claimed",
        assignee: "person",
        labels: ["api"],
        dod: [{ id: "d1", done: true }],
      },
    });
    expect(requests()).toBe(mode === "without a server" ? undefined : 3);
  });

  test("an agent claims under a lease, renews it and hands over", async () => {
    await kyros("task add First --id T-1");
    const claimed = await kyros("task claim --actor agent-1 --ttl 60");
    expect(claimed.exit).toBe(0);
    expect(claimed.stdout).toMatch(/^T-1 {2}First\nleased to agent-1 until .* \(1 min 0 s\)\n/);
    expect(claimed.stderr).toBe("Renew it while you work: kyros lease renew task:T-1\n");
    expect((await kyros("lease list")).stdout).toMatch(/\ntask:T-1 {2}agent-1 {2}exclusive /);
    expect(await kyros("lease renew task:T-1 --ttl 120 --actor agent-1")).toMatchObject({
      exit: 0,
    });
    expect(await json("lease list")).toMatchObject({ items: [{ ttl_seconds: 120 }] });
    await kyros("task move T-1 in_progress --actor agent-1");
    await kyros("task move T-1 review --actor agent-1");
    expect((await kyros("lease list")).stdout).toBe("No leases.\n");
  });

  test("exit 3: nothing is ready to be claimed", async () => {
    expect(await kyros("task claim", { environment: { KYROS_ACTOR: "agent-1" } })).toMatchObject({
      exit: 3,
      stdout: "Nothing is ready.\n",
    });
    expect(await kyros("task claim --actor agent-1 --json")).toMatchObject({
      exit: 3,
      stdout: "null\n",
    });
  });

  test("exit 1: a refusal, with what to do next, or as its problem document", async () => {
    await kyros("task add First --id T-1");
    await kyros("task claim --actor agent-1");
    const refused = await kyros("task move T-1 in_progress --actor agent-2");
    expect(refused).toMatchObject({ exit: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^Only the holder may do this \(not-holder\)\.\n.*agent-1/);
    const asJson = await kyros("task move T-1 in_progress --actor agent-2 --json");
    expect(asJson).toMatchObject({ exit: 1, stdout: "" });
    expect(JSON.parse(asJson.stderr)).toMatchObject({ code: "not-holder", status: 409 });
    expect(await kyros("task show T-9")).toMatchObject({
      exit: 1,
      stderr: "No such resource (not-found).\nThere is no task T-9.\n",
    });
  });

  test("leases on paths keep others out until they are released by name", async () => {
    expect(await kyros("lease acquire path:src/** --actor agent-1 --note tidying")).toMatchObject({
      exit: 0,
    });
    const held = await kyros("lease acquire path:src/app.ts --actor agent-2");
    expect(held.exit).toBe(1);
    expect(held.stderr).toContain("(lease-held)");
    expect(held.stderr).toContain("agent-1");
    expect(await kyros("lease release path:src/** --actor agent-1")).toMatchObject({ exit: 0 });
    expect(await kyros("lease acquire path:src/app.ts --actor agent-2")).toMatchObject({ exit: 0 });
    expect(await kyros("lease release path:src/** --actor agent-1")).toMatchObject({
      exit: 1,
      stderr: "Nobody holds path:src/**. See: kyros lease list\n",
    });
  });

  test("what happened is told in order; with --json one event a line", async () => {
    for (const id of ["T-1", "T-2", "T-3"]) await kyros(`task add ${id} --id ${id}`);
    const { stdout } = await kyros("events tail -n 2");
    expect(stdout).toMatch(
      /^[\d-]{10} [\d:]{8} {2}task_created {2}task:T-2 {2}by person\n[\d-]{10} [\d:]{8} {2}task_created {2}task:T-3 {2}by person\n$/,
    );
    const lines = (await kyros("events tail --json --target task:T-1,task:T-3")).stdout;
    const events = lines
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { target: string });
    expect(events.map(({ target }) => target)).toEqual(["task:T-1", "task:T-3"]);
    const since = await kyros("events tail --since 2020-01-01T00:00:00Z -n 1");
    expect(since.stdout).toContain("task:T-1");
  });

  test("events tail --follow shows what happens from the place where the list ended", async () => {
    await kyros("task add Old --id T-1");
    const stop = new AbortController();
    let shown = "";
    const following = kyros("events tail --follow -n 1 --json", {
      signal: stop.signal,
      onStdout: (text) => (shown += text),
    });
    const targets = () =>
      shown
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { target: string }).target);
    await expect.poll(() => shown).not.toBe("");
    await kyros("task add New --id T-2");
    await kyros("task add Newer --id T-3");
    await expect.poll(() => shown.trim().split("\n").length, { timeout: 5_000 }).toBe(3);
    stop.abort();
    expect(await following).toMatchObject({ exit: 0, stderr: "" });
    expect(targets()).toEqual(["task:T-1", "task:T-2", "task:T-3"]);
  });

  test("events tail --follow ends when the board is gone", async () => {
    let shown = "";
    const following = kyros("events tail --follow", { onStdout: (text) => (shown += text) });
    await kyros("task add Last --id T-1");
    await expect.poll(() => shown, { timeout: 5_000 }).toContain("task:T-1");
    await served?.stop();
    served = undefined;
    rmSync(shell.folder, { recursive: true });
    const { exit, stderr } = await following;
    expect(exit).toBe(4);
    expect(stderr).toContain(`There is no board in ${shell.folder}.`);
  });

  test("what others wrote cannot steer the terminal, and a long line is cut at its edge", async () => {
    await kyros([
      "task",
      "add",
      "Evil \u001b]0;title\u0007 \u202eflow\nand a second line",
      "--id",
      "T-1",
    ]);
    const { stdout } = await kyros("task list", { columns: 60 });
    const [, line = ""] = stdout.split("\n");
    expect(line).toBe("T-1  queued  normal    -         Evil �]0;title� �flow and …");
  });
});

describe("an edit says which state it was made on", () => {
  beforeEach(async () => {
    shell = createShell();
    await kyros("init");
    await kyros("task add First --id T-1 --dod one --dod two");
  });
  afterEach(() => shell.remove());

  const seen = async () => ((await json("task show T-1")) as { etag: string }).etag;

  test("exit 1 when somebody was faster: nothing is written, and what they did is shown", async () => {
    const etag = await seen();
    await kyros("task edit T-1 --priority high --actor maria");
    const edit = ["task", "edit", "T-1", "--title", "Mine", "--if-match", etag];
    const refused = await kyros(edit);
    expect(refused.exit).toBe(1);
    expect(refused.stderr).toBe(
      "T-1 was changed by maria meanwhile (priority); nothing was written.\n" +
        '  priority is now  "high"\n' +
        "Nothing that you wanted to change is among it: with --retry it is done on top of theirs.\n",
    );
    expect(await json("task show T-1")).toMatchObject({ task: { title: "First", version: 2 } });
    expect(await json(edit)).toMatchObject({ code: "precondition-failed", changed_by: "maria" });
  });

  test("--retry does it on top of theirs, and keeps both", async () => {
    const etag = await seen();
    await kyros("task edit T-1 --priority high --check d1 --actor maria");
    const edited = await kyros([
      "task",
      "edit",
      "T-1",
      "--check",
      "d2",
      "--retry",
      "--if-match",
      etag,
    ]);
    expect(edited).toMatchObject({
      exit: 0,
      stderr: "T-1 was changed by maria meanwhile (priority, dod); once more, on top of it.\n",
    });
    expect(await json("task show T-1")).toMatchObject({
      task: { priority: "high", dod: [{ done: true }, { done: true }], version: 3 },
    });
  });

  test("--retry does not overwrite a field that both changed", async () => {
    const etag = await seen();
    await kyros("task edit T-1 --title Theirs --actor maria");
    const refused = await kyros([
      "task",
      "edit",
      "T-1",
      "--title",
      "Mine",
      "--retry",
      "--if-match",
      etag,
    ]);
    expect(refused.exit).toBe(1);
    expect(refused.stderr).toContain('  title is now  "Theirs"\n         yours  "Mine"\n');
    expect(refused.stderr).toMatch(/You both changed title: .* --if-match "2-[\w-]{22}"\n$/);
    expect(await json("task show T-1")).toMatchObject({ task: { title: "Theirs" } });
  });

  test("an edit of the file counts like any other, field by field", async () => {
    const served = await createBoardServer(shell.folder);
    const etag = await seen();
    const path = join(shell.folder, "state/tasks.json");
    writeFileSync(path, readFileSync(path, "utf8").replace('"First"', '"By hand"'));
    const edit = ["task", "edit", "T-1", "--priority", "low", "--retry", "--if-match", etag];
    const edited = await kyros(edit);
    await served.stop();
    expect(edited).toMatchObject({
      exit: 0,
      stderr: "T-1 was changed by file meanwhile (title); once more, on top of it.\n",
    });
    expect(await json("task show T-1")).toMatchObject({
      task: { title: "By hand", priority: "low" },
    });
  });

  test("an item that is not there is named, with those that are", async () => {
    expect(await kyros("task edit T-1 --check d7")).toMatchObject({
      exit: 1,
      stderr: "T-1 has no item d7. It has: d1, d2\n",
    });
  });

  test("an empty text empties a field", async () => {
    await kyros("task edit T-1 --assignee maria --label a --branch b");
    await kyros(["task", "edit", "T-1", "--assignee", "", "--label", "", "--branch", ""]);
    expect(await json("task show T-1")).toMatchObject({
      task: { assignee: null, labels: [], branch_name: null },
    });
  });
});

describe("which board a command talks to", () => {
  beforeEach(async () => {
    shell = createShell();
    await kyros("init");
    await kyros("task add Here --id T-1");
  });
  afterEach(() => shell.remove());

  const announce = (note: object) =>
    writeFileSync(join(shell.folder, ".kyros/instance.json"), JSON.stringify(note));

  test("the note of a server that was killed is not believed: another board may answer there", async () => {
    const other = createShell();
    await other.kyros("init");
    const served = await createBoardServer(other.folder);
    announce({
      pid: 2 ** 22 + 1,
      host: (await import("node:os")).hostname(),
      since: "",
      url: served.url,
    });
    const { exit, stdout } = await kyros("task list");
    await served.stop();
    other.remove();
    expect(exit).toBe(0);
    expect(stdout).toContain("Here");
  });

  test("where nobody listens at the noted address, the folder is opened", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as AddressInfo;
    closed.close();
    announce({ pid: process.pid, host: "elsewhere", since: "", url: `http://127.0.0.1:${port}` });
    expect(await kyros("task list")).toMatchObject({ exit: 0 });
  });

  test("a command waits for another one that has the folder", async () => {
    const store = await openFileStore({ folder: shell.folder, kinds, clock: createClock() });
    const listed = kyros("task list");
    await sleep(150);
    await store.close();
    expect((await listed).stdout).toContain("Here");
  });

  test("commands at the same time take turns, and none is lost", async () => {
    const ids = Array.from({ length: 8 }, (_, index) => `T-${index + 10}`);
    const added = await Promise.all(ids.map((id) => kyros(`task add ${id} --id ${id}`)));
    expect(added.map(({ exit }) => exit)).toEqual(ids.map(() => 0));
    expect(await json("task list")).toMatchObject({ items: { length: 9 } });
    expect(await kyros("verify")).toMatchObject({ exit: 0 });
  });
});
