/** Names that a shell or git would take for something else than names. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { toInstant } from "../kernel/instant.ts";
import { gitSteps } from "./install.ts";
import { readBoard } from "./revision.ts";
import { newRepository, type Repository } from "./testing/repository.ts";

const SLOW = { timeout: 30_000 };
const NOW = toInstant(0);

let repository: Repository;

beforeEach(() => {
  repository = newRepository();
});
afterEach(() => repository.remove());

test(
  "a program whose path a shell would run is run by its path, and nothing else is",
  SLOW,
  async () => {
    const odd = join(
      repository.parent,
      `it's "odd" $(touch pwned) ;touch pwned #%P \`touch pwned\``,
    );
    mkdirSync(odd);
    const main = join(odd, "main.mjs");
    const marker = join(repository.parent, "ran");
    writeFileSync(
      main,
      `import { appendFileSync } from "node:fs";
     appendFileSync(${JSON.stringify(marker)}, process.argv.slice(2)[0] + "\\n");`,
    );
    const board = join(repository.root, "collaboration");
    mkdirSync(board);
    for (const step of gitSteps(board, { node: process.execPath, main }) ?? []) step.apply();
    repository.write("collaboration/state/tasks.json", "{}\n");
    await repository.must("add", "-A");
    await repository.must("commit", "-q", "-m", "first");
    expect(readFileSync(marker, "utf8")).toBe("guard\n");
    expect(readdirSync(repository.root).toSorted()).toEqual([".git", "collaboration"]);
  },
);

test.each([
  "--output=pwned",
  "-p",
  "--upload-pack=touch pwned",
  "HEAD;touch pwned",
  "$(touch pwned)",
])("%s is a revision that is not there, and no option of git", SLOW, async (revision) => {
  repository.write("collaboration/state/tasks.json", "{}\n");
  await repository.must("add", "-A");
  await repository.must("commit", "-q", "-m", "first");
  const board = join(repository.root, "collaboration");
  await expect(readBoard(board, revision, NOW)).rejects.toThrow("git knows no commit");
  expect(existsSync(join(board, "pwned"))).toBe(false);
});

test("a branch that is called like an option is a branch", SLOW, async () => {
  const items = { "T-1": { title: "One" } };
  const text = JSON.stringify({ kind: "tasks", schema: 1, items });
  repository.write("collaboration/state/tasks.json", text);
  await repository.must("add", "-A");
  await repository.must("commit", "-q", "-m", "first");
  const name = "--output=pwned";
  execFileSync("git", ["update-ref", `refs/heads/${name}`, "HEAD"], { cwd: repository.root });
  const board = join(repository.root, "collaboration");
  const { tasks } = await readBoard(board, name, NOW);
  expect([...tasks.keys()]).toEqual(["T-1"]);
  expect(existsSync(join(board, "pwned"))).toBe(false);
});
