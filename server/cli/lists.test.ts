import * as fc from "fast-check";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Task } from "#contracts/task";
import { parseCsv, toCsv } from "./sheet-csv.ts";
import { parseMarkdown, toMarkdown } from "./sheet-markdown.ts";
import { createShell, type Shell } from "./testing/shell.ts";

let shell: Shell;
const kyros: Shell["kyros"] = (command, options) => shell.kyros(command, options);
const json: Shell["json"] = (command, options) => shell.json(command, options);

beforeEach(async () => {
  shell = createShell();
  await kyros("init");
});
afterEach(() => shell.remove());

async function fill(): Promise<void> {
  await kyros([
    "task",
    "add",
    'Say "hi", twice',
    "--id",
    "T-1",
    "--label",
    "two words",
    "--dod",
    "one",
  ]);
  await kyros([
    "task",
    "add",
    "=1+1",
    "--id",
    "T-2",
    "--depends-on",
    "T-1",
    "--description",
    "a\nb",
  ]);
  await kyros("task add Gone --id T-3 --priority high --type bugfix --assignee maria");
  await kyros("task edit T-3 --archive");
}

describe("kyros export", () => {
  test("a checklist that people read", async () => {
    await fill();
    expect((await kyros("export --format md")).stdout).toBe(
      '- [ ] Say "hi", twice `T-1 normal feature #two%20words`\n' +
        "  - [ ] one\n- [ ] =1+1 `T-2 normal feature`\n",
    );
  });

  test("CSV in which no cell is a formula", async () => {
    await fill();
    const { stdout } = await kyros("export --format csv");
    const [head, first] = stdout.split("\r\n");
    expect(head).toBe(
      "id,status,title,type,priority,assignee,labels,depends_on,dod,description,repository_url,branch_name,blocked,archived",
    );
    expect(first).toBe('T-1,queued,"Say ""hi"", twice",feature,normal,,two words,,[ ] one,,,,,');
    expect(stdout).toContain("T-2,queued,'=1+1,");
  });
});

describe("kyros import", () => {
  test.each(["json", "csv", "md"])(
    "what was exported as %s changes nothing when it comes back",
    async (format) => {
      await fill();
      const { stdout: input } = await kyros(`export --format ${format}`);
      const same = format === "md" ? 2 : 3;
      expect(await kyros(`import - --format ${format}`, { input })).toEqual({
        exit: 0,
        stdout: `0 created, 0 changed, ${same} as they are.\n`,
        stderr: "",
      });
    },
  );

  test.each(["json", "csv"])(
    "another board becomes the same by what was exported as %s",
    async (format) => {
      await fill();
      const { stdout: input } = await kyros(`export --format ${format}`);
      const other = createShell();
      await other.kyros("init");
      expect((await other.kyros(`import - --format ${format}`, { input })).exit).toBe(0);
      expect((await other.kyros("export --format csv")).stdout).toBe(
        (await kyros("export --format csv")).stdout,
      );
      other.remove();
    },
  );

  test("a list written by hand: new items are created, known ones changed, done ones left out", async () => {
    await fill();
    const file = join(shell.folder, "../TODO.md");
    writeFileSync(
      file,
      "# To do\n\n- [ ] Fix `foo`\n  - [ ] a test\n  - [x] a cause\n- [x] Long ago `T-9`\n" +
        "- [ ] Say less `T-1 high feature #two%20words`\n  - [x] one\n",
    );
    const plan =
      "+ new  Fix `foo`\n~ T-1  title, priority, dod\n  line 6: done already, left out: Long ago\n";
    expect((await kyros(["import", file, "--dry-run"])).stdout).toBe(
      `${plan}1 would be created, 1 would be changed, 0 as they are.\n`,
    );
    expect(await json("task list")).toMatchObject({ items: [{ id: "T-1" }, { id: "T-2" }] });
    expect((await kyros(["import", file])).stdout).toBe(
      `${plan}1 created, 1 changed, 0 as they are.\n`,
    );
    expect(await json("task show T-1")).toMatchObject({
      task: { title: "Say less", priority: "high", dod: [{ id: "d1", text: "one", done: true }] },
    });
    expect(await json("task list -q foo")).toMatchObject({
      items: [{ title: "Fix `foo`", dod: [{ text: "a test" }, { text: "a cause", done: true }] }],
    });
  });

  test("all or none: one line that does not fit is named, and nothing is brought in", async () => {
    const input = "title,priority,id\r\nGood,high,\r\nBad,top,\r\nWorse,low,t1\r\n";
    const { exit, stderr } = await kyros("import - --format csv", { input });
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^-, line 3: priority: .*\nline 4: id: .*\nNothing was brought in\.\n$/);
    expect((await kyros("task list")).stdout).toBe("No tasks.\n");
  });

  test("nobody's work is done by writing it down", async () => {
    await kyros("task add Open --id T-1");
    const input = "id,title,status\r\nT-1,Open,done\r\n";
    expect((await kyros("import - --format csv", { input })).stdout).toContain("1 as they are.");
    expect(await json("task show T-1")).toMatchObject({ task: { status: "queued" } });
  });

  test.each([
    ["csv", "name\r\nx\r\n", 'line 1: "name" is no column. There can be: id, '],
    ["csv", "title,type\r\nx\r\n", "line 2: 1 cells, but 2 columns."],
    ["csv", 'title\r\n"x\r\n', "line 2: a quotation mark is out of place."],
    ["md", "Buy milk\n", 'there is no item with a box, such as "- [ ] Write the docs".'],
    ["json", "{", "this is not JSON: "],
    ["json", "{}", 'there is no list "tasks".'],
    [
      "json",
      '[{"id":"T-1","title":"a"},{"id":"T-1","title":"b"}]',
      "task 2: T-1 stands there twice",
    ],
  ])("exit 1: a list of %s that cannot be read: %j", async (format, input, sentence) => {
    const { exit, stderr } = await kyros(`import - --format ${format}`, { input });
    expect(exit).toBe(1);
    expect(stderr).toContain(sentence);
  });

  test("exit 2: a file whose name says nothing needs --format", async () => {
    expect(await kyros("import tasks.xls")).toMatchObject({ exit: 2 });
    expect(await kyros("import tasks.csv")).toMatchObject({
      exit: 1,
      stderr: "tasks.csv cannot be read. Is it there?\n",
    });
  });
});

describe("laws", () => {
  const text = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 30 })
    .map((raw) => `x${raw.trim()}`);
  const line = text.map((raw) => raw.replace(/\s+/g, " ").trim());
  const task = fc.record({
    id: fc.stringMatching(/^T-[a-z0-9]{1,8}$/),
    title: line,
    description: fc.string({ unit: "grapheme" }),
    labels: fc.uniqueArray(line, { maxLength: 3 }),
    assignee: fc.constantFrom(null, "maria"),
    dod: fc.array(fc.record({ id: fc.constant("d"), text: line, done: fc.boolean() }), {
      maxLength: 3,
    }),
  });
  const whole = (part: object): Task =>
    ({
      type: "docs",
      priority: "low",
      status: "queued",
      depends_on: [],
      ...part,
    }) as unknown as Task;

  test("CSV gives back every cell, whatever is in it", () => {
    fc.assert(
      fc.property(fc.array(task, { maxLength: 4 }), (tasks) => {
        const rows = parseCsv(toCsv(tasks.map(whole)));
        expect(rows.map(({ id, fields }) => ({ id, ...fields }))).toMatchObject(
          tasks.map((each) => ({
            ...each,
            dod: each.dod.map(({ text: said, done }) => ({ text: said, done })),
          })),
        );
      }),
    );
  });

  test("a checklist gives back what it shows", () => {
    fc.assert(
      fc.property(fc.array(task, { maxLength: 4 }), (tasks) => {
        const rows = parseMarkdown(toMarkdown(tasks.map(whole)));
        expect(rows.map(({ id, fields }) => ({ id, ...fields }))).toMatchObject(
          tasks.map(({ id, title, labels, assignee, dod }) => ({
            id,
            title,
            labels,
            assignee,
            type: "docs",
            priority: "low",
            dod: dod.map(({ text: said, done }) => ({ text: said, done })),
          })),
        );
      }),
    );
  });
});
