/**
 * Mutation testing: `npm run mutants -- server/store/ledger.ts`, or without a name all of MUTATED.
 *
 * Stryker's instrumenter puts small mistakes into a copy of the code, and each of them should make a
 * test fail. Its own test runner loads all code anew for every mistake, which takes hours here; ours
 * (./mutant-runner.ts) finds the same in minutes. Asked are the tests in the folder of the file: what
 * only a test elsewhere would notice counts as survived.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import picomatch from "picomatch";
import { listFiles, ROOT } from "../tree.ts";
import { instrument } from "./instrument.ts";
import { toScores, toSurvivors } from "./report.ts";
import { addVerdict, outcomesOf, readVerdicts } from "./verdicts.ts";

const INSTRUMENTER = "@stryker-mutator/instrumenter@10.1.1";
/** What decides, without a disk or a timer. Not the globs: their laws take seconds for each mistake. */
const MUTATED = [
  "server/features/agents/{agent,agents,presence,roster}.ts",
  "server/features/leases/{decide,guard,lease,resource}.ts",
  "server/features/tasks/{by-hand,claim,dependencies,dod,execution,follow-up}.ts",
  "server/features/tasks/{move,order,patch,query,rank,transition,write}.ts",
  "server/git/{merge,merge-dod,three-way}.ts",
  "server/http/{conditional,idempotency}.ts",
  "server/kernel/{clock,json-patch,natural-order}.ts",
  "server/store/{canonical,change,collection,document,draft}.ts",
  "server/store/{external,idempotency,late-edits,queue,replay}.ts",
  "server/workers/decide.ts",
];
/** No run takes so long: then the tests do not come back. */
const SILENCE_MS = 30_000;

// Below the root, so that the copy finds the packages of the repository.
const home = join(ROOT, ".tools/mutants");
const copy = join(home, `copy-${process.pid}`);
const verdictsFile = join(copy, "verdicts.jsonl");
const reportFile = join(ROOT, "reports/mutants.txt");
process.on("exit", () => rmSync(copy, { recursive: true, force: true }));

if (!existsSync(join(home, "node_modules"))) install();
const named = process.argv.slice(2);
const isMutated = picomatch(named.length > 0 ? named : MUTATED);
const files = listFiles();
for (const file of files) {
  mkdirSync(join(copy, dirname(file)), { recursive: true });
  cpSync(join(ROOT, file), join(copy, file));
}
const targets = files.filter((file) => isMutated(file));
if (targets.length === 0) throw new Error(`No file is called ${named.join(", ")}.`);
const mutants = await instrument(home, copy, targets);
console.log(`${mutants.length} mutants in ${targets.length} files`);

while (!(await testsEnd())) {
  const last = readVerdicts(verdictsFile).at(-1);
  if (last === undefined || !("trying" in last))
    throw new Error("The tests hang without a mutant.");
  addVerdict(verdictsFile, { file: last.file, mutant: last.trying, outcome: "timeout" });
}

const verdicts = readVerdicts(verdictsFile);
const outcomes = outcomesOf(verdicts);
const scores = toScores(mutants, outcomes);
for (const verdict of verdicts) {
  if ("leftOut" in verdict) console.log(`failed without a mutant: ${verdict.leftOut}`);
}
console.log(scores.join("\n"));
mkdirSync(dirname(reportFile), { recursive: true });
writeFileSync(reportFile, [...scores, "", ...toSurvivors(mutants, outcomes)].join("\n"));
console.log(`What survived stands in ${reportFile}.`);

function install(): void {
  mkdirSync(home, { recursive: true });
  const quietly = ["--ignore-scripts", "--no-audit", "--no-fund"];
  execFileSync("npm", ["install", "--prefix", home, ...quietly, INSTRUMENTER], {
    stdio: "inherit",
  });
}

/** False when they were stopped, since a mutant kept them. */
async function testsEnd(): Promise<boolean> {
  const config = "scripts/mutants/vitest.config.ts";
  const tests = [...new Set(targets.map((file) => `${dirname(file)}/*.test.ts`))];
  const child = spawn(
    join(ROOT, "node_modules/.bin/vitest"),
    ["related", "--run", "--config", config, "--root", copy, ...targets],
    {
      cwd: copy,
      stdio: "inherit",
      detached: true,
      env: { ...process.env, MUTANTS_TESTS: tests.join(","), MUTANTS_VERDICTS: verdictsFile },
    },
  );
  const { pid } = child;
  if (pid === undefined) throw new Error("vitest does not start");
  const started = Date.now();
  const ended = once(child, "exit");
  while (child.exitCode === null && child.signalCode === null) {
    await Promise.race([ended, sleep(1_000)]);
    const heard = existsSync(verdictsFile) ? statSync(verdictsFile).mtimeMs : 0;
    if (Date.now() - Math.max(heard, started) < SILENCE_MS) continue;
    process.kill(-pid, "SIGKILL");
    await ended;
    return false;
  }
  return true;
}
