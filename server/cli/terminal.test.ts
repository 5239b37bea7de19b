/** Whatever stands in a board, it is words to a terminal, never orders. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toCsv, parseCsv } from "./sheet-csv.ts";
import { createShell, type Shell } from "./testing/shell.ts";

/** Clears the screen, sets the window's title, and says it once more in the 8-bit form; turns text around. */
const ORDER = "a\u001b[2J\u001b]0;b\u0007\u009b2J\u0000\r\u202ec\u2066";
// eslint-disable-next-line no-control-regex -- it is they that are looked for
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

let shell: Shell;

function write(name: string, value: object): void {
  writeFileSync(join(shell.folder, name), `${JSON.stringify(value, null, 2)}\n`);
}

/** As a commit of somebody else's brings it: by the files, past every check of the API. */
beforeAll(async () => {
  shell = createShell();
  await shell.kyros("init");
  const texts = { title: ORDER, description: ORDER, repository_url: ORDER, branch_name: ORDER };
  const task = {
    ...texts,
    labels: [ORDER],
    dod: [{ id: ORDER, text: ORDER, done: false }],
    blocked: { reason: ORDER },
    [ORDER]: ORDER,
  };
  const items = { "T-1": task, "T-2": { ...texts, depends_on: ["T-1"] } };
  write("state/tasks.json", { kind: "tasks", schema: 1, items });
  write("state/agents.json", {
    kind: "agents",
    schema: 1,
    items: { mallory: { name: ORDER, role: ORDER, skills: [ORDER] } },
  });
  const expires_at = "2999-01-01T00:00:00.000Z";
  const lease = {
    resource: `name:${ORDER.replace("\0", "")}`,
    holder: "mallory",
    note: ORDER,
    expires_at,
  };
  const locks = { "lock-1": lease, [ORDER]: { ...lease, resource: "path:src/**" } };
  write("state/locks.json", { kind: "locks", schema: 1, items: locks });
  // Between its parentheses, JavaScript reads over anything in a date.
  const said = { id: ORDER, ts: `(${ORDER.slice(0, 3)}) 2026-01-01`, event: ORDER, actor: ORDER };
  const line = JSON.stringify({ ...said, target: "task:T-1", details: { [ORDER]: ORDER } });
  mkdirSync(join(shell.folder, "events"), { recursive: true });
  writeFileSync(join(shell.folder, "events/events.jsonl"), `${line}\n`, { flag: "a" });
});
afterAll(() => shell.remove());

const COMMANDS = [
  "task list",
  "task show T-1",
  "task history T-1",
  "agent list",
  "agent show mallory",
  "lease list",
  "lease check a",
  "lease acquire path:**",
  "events list",
  "events tail",
  "log",
  "ready",
  "prime",
  "watch",
  "verify",
  "doctor",
  "export --format md",
  "export --format csv",
  "state tasks",
  "task claim T-1 --actor agent-1",
  "task move T-2 done",
];

describe("a terminal is given no orders", () => {
  test.each(COMMANDS)("kyros %s", async (command) => {
    const { stdout, stderr } = await shell.kyros(command, { columns: 120 });
    expect(stdout + stderr).not.toMatch(OBEYED);
    expect(stdout + stderr).not.toBe("");
  });

  test.each(COMMANDS)("kyros %s --json says the same in escapes", async (command) => {
    const { stdout, stderr } = await shell.kyros(`${command} --json`, { columns: 120 });
    expect(stdout + stderr).not.toMatch(OBEYED);
  });

  test("what was wrong with a request is no way around it", async () => {
    const { stderr } = await shell.kyros(["task", "show", ORDER], { columns: 120 });
    expect(stderr).not.toMatch(OBEYED);
    const usage = await shell.kyros(["task", "list", "--status", ORDER], { columns: 120 });
    expect(usage.stderr).not.toMatch(OBEYED);
    const unknown = await shell.kyros([`x${ORDER}`], { columns: 120 });
    expect(unknown.stderr).not.toMatch(OBEYED);
  });

  test("words are not lost by it: what is piped on is whole", async () => {
    const { stdout } = await shell.kyros("export");
    const { tasks } = JSON.parse(stdout) as { tasks: { title: string }[] };
    expect(tasks[0]?.title).toBe(ORDER);
  });

  test("the human log in the folder is fit for a terminal too", async () => {
    await shell.kyros("log --write");
    const text = readFileSync(join(shell.folder, "logs/log.md"), "utf8");
    expect(text).toContain("T-1");
    expect(text).not.toMatch(OBEYED);
  });
});

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＠a", "'=1"])(
  "%j is no formula in a spreadsheet, and comes back as it was",
  (title) => {
    const task = { id: "T-1", status: "queued", title, labels: [], depends_on: [], dod: [] };
    const csv = toCsv([task as never]);
    const [, cell = ""] = /^T-1,queued,("(?:[^"]|"")*"|[^,]*)/m.exec(csv) ?? [];
    expect(cell.replace(/^"/, "")).toMatch(/^'/);
    expect(parseCsv(csv)[0]?.fields["title"]).toBe(title);
  },
);
