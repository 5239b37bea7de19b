/**
 * Runs the tests of a file as they are, to see which of them reaches which mutant, and then once for
 * each mutant, with the tests that reach it. The code under test is loaded once for all of this: a
 * mutant is a branch in it that is switched on. That is what makes thousands of them bearable, and why
 * one that only runs while a module loads is not tried.
 */
import { TestRunner, type RunnerTestCase, type RunnerTestFile } from "vitest";
import { startTests } from "vitest/internal/browser";
import { addVerdict, outcomesOf, readVerdicts, type Outcome } from "./verdicts.ts";

/** What the code that Stryker has instrumented looks at. */
interface Switches {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number;
  hitLimit?: number;
  readonly mutantCoverage?: {
    readonly perTest: Readonly<Record<string, Readonly<Record<string, number>>>>;
  };
}

type Configured = Pick<TestRunner, "config">;

interface Reach {
  readonly tests: Set<string>;
  hits: number;
}

const VERDICTS = process.env["MUTANTS_VERDICTS"] ?? "";
const NAMESPACE = "__stryker__";
const switches: Switches = ((globalThis as { [NAMESPACE]?: Switches })[NAMESPACE] ??= {});

/** So many times as long, and as often through the same line, as without a mutant. */
const PATIENCE = 10;
const HITS = 100;
const LEAST_PATIENCE_MS = 1_500;
const MOST_PATIENCE_MS = 6_000;

export default class MutantRunner extends TestRunner {
  override async onBeforeRunTask(test: RunnerTestCase): Promise<void> {
    switches.currentTestId = fullName(test);
    await super.onBeforeRunTask(test);
  }

  override onAfterRunTask(test: RunnerTestCase): void {
    switches.currentTestId = undefined;
    super.onAfterRunTask(test);
  }

  // oxlint-disable-next-line typescript/no-misused-promises -- it is awaited, whatever its type says
  override async onAfterRunFiles(files: RunnerTestFile[]): Promise<void> {
    super.onAfterRunFiles(files);
    for (const file of files) await tryMutants(this, file);
  }
}

async function tryMutants(runner: Configured, run: RunnerTestFile): Promise<void> {
  const file = run.filepath;
  const tests = testsOf(run);
  for (const test of tests) {
    if (test.result?.state === "fail") addVerdict(VERDICTS, { file, leftOut: fullName(test) });
  }
  const reach = reachOf(tests.filter((test) => test.result?.state === "pass"));
  addVerdict(VERDICTS, { file, reached: [...reach.keys()] });

  const slowestMs = Math.max(0, ...tests.map((test) => test.result?.duration ?? 0));
  const patienceMs = Math.min(PATIENCE * slowestMs, MOST_PATIENCE_MS);
  runner.config.testTimeout = Math.max(patienceMs, LEAST_PATIENCE_MS);

  const verdicts = readVerdicts(VERDICTS);
  const outcomes = outcomesOf(verdicts);
  // Before a mutant from which the tests did not come back.
  const tried = new Set(
    verdicts.map((each) => "mutant" in each && each.file === file && each.mutant),
  );
  for (const [mutant, { tests: reaching, hits }] of reach) {
    if (outcomes.get(mutant) !== "survived" || tried.has(mutant)) continue;
    addVerdict(VERDICTS, { file, trying: mutant });
    switches.hitCount = 0;
    switches.hitLimit = hits * HITS;
    switches.activeMutant = mutant;
    const outcome = await runAgain(runner, file, reaching);
    switches.activeMutant = undefined;
    addVerdict(VERDICTS, { file, mutant, outcome });
  }
}

function reachOf(tests: readonly RunnerTestCase[]): Map<string, Reach> {
  const reach = new Map<string, Reach>();
  for (const name of new Set(tests.map(fullName))) {
    const hits = Object.entries(switches.mutantCoverage?.perTest[name] ?? {});
    for (const [mutant, count] of hits) {
      const known = reach.get(mutant) ?? { tests: new Set(), hits: 0 };
      known.tests.add(name);
      known.hits += count;
      reach.set(mutant, known);
    }
  }
  return reach;
}

/** One more run, of which the reporters hear nothing, up to the first test that fails. */
async function runAgain(
  runner: Configured,
  path: string,
  tests: ReadonlySet<string>,
): Promise<Outcome> {
  let failed: RunnerTestCase | undefined;
  const quiet: TestRunner = Object.assign(Object.create(runner) as TestRunner, {
    onCollectStart: (file: RunnerTestFile) => TestRunner.prototype.onCollectStart.call(quiet, file),
    onCollected: nothing,
    onTaskUpdate: nothing,
    onAfterRunSuite: nothing,
    onAfterRunFiles: nothing,
    async onBeforeRunTask(test: RunnerTestCase) {
      if (failed !== undefined || !tests.has(fullName(test))) test.mode = "skip";
      await TestRunner.prototype.onBeforeRunTask.call(quiet, test);
    },
    onAfterRunTask(test: RunnerTestCase) {
      if (test.result?.state === "fail") failed ??= test;
    },
  });
  const [file] = await startTests([path], quiet);
  const errors = (failed ?? file)?.result?.errors ?? [];
  if (errors.some(({ message }) => /timed out in|Hit count limit/.test(message))) return "timeout";
  return failed === undefined && file?.result?.state !== "fail" ? "survived" : "killed";
}

function testsOf({ tasks }: Pick<RunnerTestFile, "tasks">): RunnerTestCase[] {
  return tasks.flatMap((task) => (task.type === "suite" ? testsOf(task) : [task]));
}

function fullName(test: RunnerTestCase): string {
  const names = [test.name];
  for (let { suite } = test; suite !== undefined; { suite } = suite) names.unshift(suite.name);
  return names.join(" > ");
}

function nothing(): Promise<void> {
  return Promise.resolve();
}
