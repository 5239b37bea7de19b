import * as fc from "fast-check";
import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { KyrosEvent } from "#contracts/event";
import type { Lease } from "#contracts/lease";
import type { Task } from "#contracts/task";
import { COMMANDS } from "./commands.ts";
import { primeText } from "./prime.ts";
import { createShell, type Shell } from "./testing/shell.ts";

let shell: Shell;
const kyros: Shell["kyros"] = (command, options) => shell.kyros(command, options);

beforeEach(async () => {
  shell = createShell();
  await kyros("init");
});
afterEach(() => shell.remove());

describe("kyros prime", () => {
  test("says what one holds, for how long, what is ready, and what others did since", async () => {
    await kyros("task add Work --id T-1 --priority high --dod tests");
    await kyros("task add Next --id T-2");
    const first = (await kyros("prime --actor agent-1")).stdout;
    expect(first).toContain("You hold no task.\nReady: 2, best T-1 (high) Work. kyros claim\n");
    const cursor = /kyros prime --since (\S+)\n$/.exec(first)?.[1] ?? "";
    await kyros("claim T-1 --actor agent-1");
    await kyros("task move T-2 claimed --actor maria");
    expect((await kyros(`prime --since ${cursor} --actor agent-1`)).stdout).toMatch(
      new RegExp(
        [
          "^You are agent-1 on a kyros board\\.",
          "Yours: T-1 \\(claimed\\) Work",
          "  open: d1 tests",
          "  lease: (5 min 0|4 min \\d+) s left, token \\d+; kyros hold T-1 -- COMMAND renews it",
          "Nothing else is ready\\.",
          "Others did:",
          "- \\d\\d:\\d\\d agent_registered agent:maria by maria",
          "- \\d\\d:\\d\\d lease_acquired T-2 by maria",
          "- \\d\\d:\\d\\d task_transitioned T-2 to claimed by maria",
        ].join("\n"),
      ),
    );
  });

  test("never has more than 300 tokens, whatever others wrote", () => {
    const word = fc.string({ unit: "grapheme", maxLength: 500 });
    const dod = fc.array(fc.record({ id: word, text: word, done: fc.boolean() }), {
      maxLength: 20,
    });
    const id = fc.constant("LONGPREFIX-abcdefghijklmnop");
    const status = fc.constant("in_progress");
    const tasks = fc.array(fc.record({ id, title: word, status, dod }), { maxLength: 10 });
    const ts = fc.constant("2026-01-31T09:30:00.000Z");
    const event = fc.record({
      event: word,
      target: word,
      actor: word,
      ts,
      details: fc.record({ to: word }),
    });
    const resource = fc.oneof(
      word,
      id.map((each) => `task:${each}`),
    );
    const lease = fc.record({ resource, expires_at: ts, fencing_token: fc.nat() });
    const known = fc.record({
      actor: fc.constant("a".repeat(64)),
      tasks: tasks as unknown as fc.Arbitrary<Task[]>,
      leases: fc.array(lease, { maxLength: 5 }) as unknown as fc.Arbitrary<Lease[]>,
      ready: fc.array(fc.record({ id, title: word, priority: fc.constant("normal" as const) })),
      changes: fc.array(event, { maxLength: 40 }) as unknown as fc.Arbitrary<KyrosEvent[]>,
      reset: fc.option(word, { nil: undefined }),
      cursor: fc.constant("c".repeat(60)),
    });
    fc.assert(
      fc.property(known, (given) => {
        const said = primeText(given, 0);
        expect(Buffer.byteLength(said) / 4).toBeLessThanOrEqual(300);
        expect(said).toMatch(/\nNext time: kyros prime --since c{60}$/);
      }),
    );
  });
});

describe("kyros log", () => {
  test("tells what happened, and appends it to the board's log on request", async () => {
    await kyros("task add Work --id T-1 --actor maria");
    expect((await kyros("log")).stdout).toContain("maria");
    expect((await kyros("log --actor nobody")).stdout).not.toContain("maria");
    expect((await kyros("log --write")).stderr).toMatch(/^Appended to .*logs\/log\.md\n$/);
  });
});

describe("kyros completions", () => {
  async function offered(...words: string[]): Promise<string[]> {
    const script = (await kyros("completions bash")).stdout;
    const typed = `COMP_WORDS=(${["kyros", ...words].map((word) => `'${word}'`).join(" ")})`;
    const ask = `${script}\n${typed}; COMP_CWORD=${words.length}; _kyros; echo "\${COMPREPLY[*]}"`;
    return spawnSync("bash", ["-c", ask], { encoding: "utf8" }).stdout.trim().split(" ");
  }

  test("bash: commands, their second words, and their options", async () => {
    expect(await offered("cl")).toEqual(["claim"]);
    expect(await offered("task", "")).toEqual(expect.arrayContaining(["list", "show", "add"]));
    expect(await offered("task", "list", "--re")).toEqual(["--ready"]);
    expect(await offered("done", "T-1", "--d")).toEqual(["--dod", "--dir"]);
  });

  test.each(["bash", "zsh", "fish"])(
    "%s: every command and every option is in it",
    async (name) => {
      const { exit, stdout } = await kyros(`completions ${name}`);
      expect(exit).toBe(0);
      for (const { name: command, options } of COMMANDS) {
        for (const word of command.split(" ")) expect(stdout).toContain(word);
        for (const option of Object.keys(options)) {
          expect(stdout).toContain(name === "fish" ? `-l ${option}` : `--${option}`);
        }
      }
      expect(await kyros("completions tcsh")).toMatchObject({ exit: 2 });
    },
  );
});
