/**
 * Every check and every test, each stage with its duration; the last line is the sum. A stage that
 * saw no test has failed, however green it looks.
 */

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { ROOT } from "./tree.ts";

interface Stage {
  readonly name: string;
  /** An npm script of package.json. */
  readonly script: string;
  /** Its tests are counted from the report that vitest writes; without, it is one check. */
  readonly counts?: boolean;
  /** Programs that must be on PATH, as `program` or `program:debian-package`. */
  readonly needs?: readonly string[];
}

/** Quick and independent: they share the processors. */
const CHECKS: readonly Stage[] = [
  { name: "format", script: "check:format" },
  { name: "lint", script: "check:lint" },
  { name: "types", script: "check:types" },
  { name: "unused code", script: "check:unused" },
  { name: "secrets", script: "check:secrets" },
];

/** Each has the machine to itself, in this order. */
const TESTS: readonly Stage[] = [
  { name: "architecture", script: "test:architecture", counts: true },
  { name: "unit and contract", script: "test:unit", counts: true },
  { name: "build", script: "build" },
  { name: "package", script: "test:package", counts: true, needs: ["git"] },
  { name: "crash", script: "test:crash", counts: true, needs: ["strace", "faketime"] },
  { name: "example", script: "example" },
  { name: "race", script: "test:race" },
  { name: "soak", script: "test:soak", needs: ["faketime"] },
  { name: "browser", script: "test:e2e", counts: true, needs: ["chromium"] },
];

const STAGE_LIMIT_MS = 10 * 60_000;
const REPORTS = join(ROOT, "reports");

interface Outcome {
  readonly passed: number;
  readonly failed: number;
}

rmSync(REPORTS, { recursive: true, force: true });
mkdirSync(REPORTS, { recursive: true });
const outcomes: Outcome[] = [];

const tools = missingTools([...CHECKS, ...TESTS]);
if (tools.length > 0) installTools(tools);

const waiting = [...CHECKS];
const checkers = Array.from({ length: Math.min(4, availableParallelism()) }, async () => {
  for (let stage = waiting.shift(); stage !== undefined; stage = waiting.shift()) {
    outcomes.push(await run(stage));
  }
});
await Promise.all(checkers);
for (const stage of TESTS) outcomes.push(await run(stage));

const total = (key: keyof Outcome) => outcomes.reduce((sum, outcome) => sum + outcome[key], 0);
process.exitCode = total("failed") > 0 || total("passed") === 0 ? 1 : 0;
console.log(`${total("passed")} passed, ${total("failed")} failed`);

async function run(stage: Stage): Promise<Outcome> {
  const lacking = missingTools([stage]);
  if (lacking.length > 0) {
    const programs = lacking.map((tool) => tool.split(":")[0]).join(", ");
    console.log(`✗ ${stage.name}: cannot run without ${programs}`);
    return { passed: 0, failed: 1 };
  }
  const report = join(REPORTS, `${stage.script.replaceAll(":", "-")}.json`);
  const reporting = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const start = performance.now();
  const { code, output } = await npmRun(stage.script, stage.counts === true ? reporting : []);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);

  const { outcome, note } = stage.counts === true ? readReport(report, code) : judge(code);
  const good = outcome.failed === 0;
  if (!good) console.log(output.trimEnd());
  console.log(`${good ? "✓" : "✗"} ${stage.name}, ${seconds} s${note}`);
  return outcome;
}

/** A check is no test: it adds nothing when it passes, and one failure when it does not. */
function judge(code: number): { outcome: Outcome; note: string } {
  return { outcome: { passed: 0, failed: code === 0 ? 0 : 1 }, note: "" };
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

function readReport(path: string, code: number): { outcome: Outcome; note: string } {
  if (!existsSync(path)) return { outcome: { passed: 0, failed: 1 }, note: ": no report" };
  const report = JSON.parse(readFileSync(path, "utf8")) as Report;
  const passed = report.numPassedTests;
  // A file that does not even load, or an error outside of any test, shows in the exit code alone.
  const failed = Math.max(report.numFailedTests, code === 0 && passed > 0 ? 0 : 1);
  const skipped = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "skipped" || status === "pending")
    .map(({ fullName }) => `\n  skipped: ${fullName}`);
  return {
    outcome: { passed, failed },
    note: `: ${passed} passed, ${failed} failed${skipped.join("")}`,
  };
}

function npmRun(
  script: string,
  args: readonly string[],
): Promise<{ code: number; output: string }> {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    scripts: Readonly<Record<string, string | undefined>>;
  };
  const command = scripts[script];
  if (command === undefined) throw new Error(`package.json has no script "${script}".`);
  return new Promise((resolve, reject) => {
    // A group of its own, so that a stage that hangs is ended with all of its children.
    const child = spawn("bash", ["-c", `${command} "$@"`, script, ...args], {
      cwd: ROOT,
      env: process.stdout.isTTY ? { ...process.env, FORCE_COLOR: "1" } : process.env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const end = () => child.pid !== undefined && process.kill(-child.pid, "SIGKILL");
    const timer = setTimeout(() => {
      output += `\n${script} took longer than ${STAGE_LIMIT_MS / 60_000} minutes and was ended.\n`;
      end();
    }, STAGE_LIMIT_MS);
    const interrupted = () => {
      end();
      process.exit(130);
    };
    process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    child.once("error", reject).once("close", (code) => {
      clearTimeout(timer);
      process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
      resolve({ code: code ?? 1, output });
    });
  });
}

function missingTools(stages: readonly Stage[]): string[] {
  const needed = new Set(stages.flatMap((stage) => stage.needs ?? []));
  return [...needed].filter((tool) => {
    const [program = tool] = tool.split(":");
    return spawnSync("bash", ["-c", `command -v ${program}`]).status !== 0;
  });
}

function installTools(missing: readonly string[]): void {
  const packages = missing.map((tool) => tool.split(":").at(-1) ?? tool);
  const can = (command: string) => spawnSync("bash", ["-c", command]).status === 0;
  const asRoot = process.getuid?.() === 0 ? "" : "sudo -n ";
  if (!can("command -v apt-get") || (asRoot !== "" && !can("sudo -n true"))) {
    console.log(`Please install ${packages.join(", ")}: the tests that need them cannot run.`);
    return;
  }
  console.log(`Installing ${packages.join(", ")} …`);
  const apt = `DEBIAN_FRONTEND=noninteractive apt-get`;
  const command = `${asRoot}env ${apt} update -qq && ${asRoot}env ${apt} install -y -qq --no-install-recommends ${packages.join(" ")}`;
  const { status, stderr } = spawnSync("bash", ["-c", command], { encoding: "utf8" });
  if (status !== 0) console.log(stderr);
}
