import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createShell, type Shell } from "./testing/shell.ts";

let shell: Shell;
const kyros: Shell["kyros"] = (command, options) => shell.kyros(command, options);
const json: Shell["json"] = (command, options) => shell.json(command, options);

beforeEach(async () => {
  shell = createShell();
  await kyros("init");
});
afterEach(() => shell.remove());

describe("kyros ready", () => {
  test("what an agent could claim, its own first, then by priority; nothing that is another's", async () => {
    await kyros("task add Low --id T-1 --priority low");
    await kyros("task add Mine --id T-2 --priority low --assignee agent-1");
    await kyros("task add Hers --id T-3 --priority high --assignee maria");
    await kyros("task add High --id T-4 --priority high");
    await kyros("task add Later --id T-5 --depends-on T-1");
    const ready = (await json("ready --actor agent-1")) as { items: { id: string }[] };
    expect(ready.items.map(({ id }) => id)).toEqual(["T-2", "T-4", "T-1"]);
    expect((await json("ready -n 1")) as object).toMatchObject({ items: [{ id: "T-3" }] });
  });

  test("exit 3: nothing is", async () => {
    expect(await kyros("ready")).toEqual({ exit: 3, stdout: "Nothing is ready.\n", stderr: "" });
  });
});

describe("kyros done", () => {
  beforeEach(() => kyros("task add Work --id T-1 --dod one --dod two"));

  test("hands over what one holds, ticked, and its lease with it", async () => {
    await kyros("claim --actor agent-1");
    expect(await kyros("done --dod d1 --actor agent-1")).toEqual({
      exit: 0,
      stdout:
        "T-1  claimed → in_progress → review\nstill open before it can be done:\n  [ ] d2  two\n",
      stderr: "",
    });
    expect((await kyros("lease list")).stdout).toBe("No leases.\n");
    expect(await json("task show T-1")).toMatchObject({
      task: { status: "review", assignee: "agent-1", dod: [{ done: true }, { done: false }] },
    });
  });

  test("from review on takes it to its end, or as far as --to says", async () => {
    await kyros("claim --actor agent-1");
    await kyros("done --actor agent-1");
    expect(await kyros("done T-1 --to approved --actor maria")).toMatchObject({
      stdout: expect.stringContaining("T-1  review → approved\n") as string,
    });
    expect(await kyros("done T-1 --dod all --reason shipped --actor agent-2")).toMatchObject({
      exit: 0,
      stdout: "T-1  approved → merging → done\n",
    });
    expect((await kyros("events tail -n 20")).stdout).toContain("reason=shipped");
  });

  test("a token of an older lease moves nothing", async () => {
    await kyros("claim --actor agent-1");
    const { exit, stderr } = await kyros("done --token 1 --actor agent-1");
    expect(exit).toBe(1);
    expect(stderr).toContain("(fence-stale)");
    expect(await json("task show T-1")).toMatchObject({ task: { status: "claimed" } });
  });

  test("a step that is refused ends it there, and says how far it got", async () => {
    await kyros("claim --actor agent-1");
    const { exit, stderr } = await kyros("done --to done --actor agent-1");
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^T-1 got as far as merging\.\nThe definition of done is not complete/);
  });

  test("without an id, the one task that one holds is meant", async () => {
    expect(await kyros("done --actor agent-1")).toMatchObject({
      exit: 1,
      stderr: "agent-1 holds no task. Name one, or say who acts: --actor NAME.\n",
    });
    await kyros("task add More --id T-2");
    await kyros("claim T-1 --actor agent-1");
    await kyros("claim T-2 --actor agent-1");
    expect(await kyros("done --actor agent-1")).toMatchObject({
      exit: 1,
      stderr: "agent-1 holds T-1, T-2. Name the one that is done.\n",
    });
  });

  test("what nobody has begun, and what is finished, has no next step", async () => {
    expect((await kyros("done T-1")).stderr).toBe(
      "T-1 is queued: nobody works on it. See: kyros claim\n",
    );
    await kyros("claim --actor agent-1");
    await kyros("done --actor agent-1");
    expect((await kyros("done T-1 --to review")).stderr).toBe("T-1 is review already.\n");
  });
});

describe("kyros task delete, history, batch", () => {
  test("a task that others depend on is deleted by force only", async () => {
    await kyros("task add Base --id T-1");
    await kyros("task add Top --id T-2 --depends-on T-1");
    const refused = await kyros("task delete T-1");
    expect(refused.exit).toBe(1);
    expect(refused.stderr).toContain("(in-use)");
    expect(await kyros("task delete T-1 --force")).toMatchObject({ stdout: "T-1  deleted\n" });
    expect(await json("task show T-2")).toMatchObject({ task: { depends_on: [] } });
  });

  test("history tells each change with the fields before and after", async () => {
    await kyros("task add First --id T-1");
    await kyros("task edit T-1 --priority high --actor maria");
    const { stdout } = await kyros("task history T-1 -n 1");
    expect(stdout).toMatch(
      /^[\d-]+ [\d:]+ {2}task_updated {2}by maria {2}version 2\n {2}priority: "normal" → "high"\n/,
    );
  });

  test("a batch from a file or from standard input is done as a whole or not at all", async () => {
    const file = join(shell.folder, "../batch.json");
    writeFileSync(file, JSON.stringify({ creates: [{ id: "T-1", title: "One" }] }));
    expect((await kyros(["task", "batch", file])).stdout).toMatch(/^T-1 {2}"1-[\w-]{22}"\n$/);
    const input = JSON.stringify({ creates: [{ id: "T-2", title: "Two" }, { title: 7 }] });
    const refused = await kyros("task batch -", { input });
    expect(refused.exit).toBe(1);
    expect(refused.stderr).toContain("  /creates/1/title  ");
    expect(await json("task list")).toMatchObject({ items: [{ id: "T-1" }] });
  });

  test.each([
    ["[1]", "- holds no object. See: kyros task batch --help"],
    ["{", "- is not JSON: "],
  ])("exit 2: a batch that is none: %s", async (input, sentence) => {
    const { exit, stderr } = await kyros("task batch -", { input });
    expect(exit).toBe(2);
    expect(stderr).toContain(sentence);
  });
});

describe("kyros agent", () => {
  test("somebody is registered, seen, changed and removed", async () => {
    expect(await kyros("agent register maria --kind human --role reviewer")).toMatchObject({
      exit: 0,
      stdout: "maria  human\n",
    });
    await kyros("agent edit maria --skill sql --unavailable");
    expect((await kyros("agent show maria")).stdout).toMatch(/\nskills {6}sql\nstatus .*takes no/);
    expect((await kyros("agent list")).stdout).toMatch(/\nmaria {2}human {2}idle \(unavailable\) /);
    expect((await kyros("agent heartbeat --status waiting --actor maria")).stdout).toMatch(
      /^maria {2}counts as there until /,
    );
    expect(await kyros("agent remove maria")).toMatchObject({ stdout: "maria  removed\n" });
    expect(await kyros("agent list")).toMatchObject({ stdout: "No agents.\n" });
  });

  test("exit 2: an edit without a change", async () => {
    expect(await kyros("agent edit maria")).toMatchObject({ exit: 2 });
  });
});

describe("kyros lease reclaim, check", () => {
  test("files under another's lease are named, with whose it is; one's own are free", async () => {
    await kyros("lease acquire path:src/** --actor agent-1 --note refactoring");
    const check = await kyros("lease check README.md src/app.ts --actor agent-2");
    expect(check.exit).toBe(1);
    expect(check.stdout).toMatch(/\nsrc\/app\.ts {2}agent-1 .* path:src\/\*\* {2}refactoring\n$/);
    expect(await kyros("lease check src/app.ts --actor agent-1")).toMatchObject({
      exit: 0,
      stdout: "Free.\n",
    });
  });

  test("a person breaks a live lease by force; an agent may not", async () => {
    await kyros("lease acquire name:deploy --actor agent-1");
    await kyros("agent register agent-2");
    expect(await kyros("lease reclaim name:deploy --force --actor agent-2")).toMatchObject({
      exit: 1,
    });
    expect((await kyros("lease reclaim name:deploy --force --reason hangs")).exit).toBe(0);
    expect((await kyros("lease list")).stdout).toBe("No leases.\n");
    expect((await kyros("lease reclaim")).stdout).toBe("Nothing has run out.\n");
  });
});

describe("kyros events list, add, state, workflow", () => {
  test("what is added is listed, in order, between two places", async () => {
    await kyros(["events", "add", "noted", "--text", "one two", "--details", '{"count":2}']);
    await kyros("events add shipped --target task:T-1 --actor agent-1");
    expect((await kyros("events list")).stdout).toMatch(
      /^.* {2}noted {4}by person {2}count=2 {2}text=one two\n.* {2}shipped {2}task:T-1 {2}by agent-1\n$/,
    );
    expect((await kyros("events list --newest -n 1")).stdout).toContain("shipped");
    expect((await kyros("events list --until 2020-01-01T00:00:00Z")).stdout).toBe("");
    expect(await kyros("events add noted --details [1]")).toMatchObject({ exit: 2 });
    expect((await kyros("events add task_created")).stderr).toContain("/event  ");
  });

  test("the state as it was at a cursor", async () => {
    await kyros("task add Before --id T-1");
    const { cursor } = (await json("state tasks")) as { cursor: string };
    await kyros("task edit T-1 --title After");
    expect(await json(`state tasks --at ${cursor}`)).toMatchObject({
      data: { "T-1": { title: "Before" } },
    });
    expect(await kyros("state things")).toMatchObject({ exit: 2 });
  });

  test("the workflow as a table", async () => {
    expect((await kyros("workflow")).stdout).toContain(
      "review       handed over  approved, in_progress, queued\n",
    );
  });
});
