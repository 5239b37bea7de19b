/** Starting, watching and ending processes, and what a machine has to have for it. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, type TestContext } from "vitest";
import { createClock } from "../../kernel/clock.ts";
import { kinds } from "../../kinds.ts";
import { openFileStore } from "../open-file-store.ts";
import { verifyFolder } from "../verify.ts";

export const CHILD = join(import.meta.dirname, "child.ts");
export const MAIN = join(import.meta.dirname, "../../main.ts");

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Everything that was said so far. */
  stdout(): string;
  /** Resolves when this was said; fails when the process ends before. */
  says(text: string | RegExp): Promise<void>;
}

export function start(
  command: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly uid?: number; readonly cwd?: string } = {},
): Running {
  const child = spawn(command, args, {
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  });
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ ...said, code, signal }));
  });
  ended.catch(() => {});
  // With all of its children, whatever the test came to.
  onTestFinished(() => {
    if (child.exitCode === null && child.signalCode === null) endGroup(child);
  });
  return {
    process: child,
    ended,
    stdout: () => said.stdout,
    async says(text) {
      const isSaid = () =>
        typeof text === "string" ? said.stdout.includes(text) : text.test(said.stdout);
      while (!isSaid()) {
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new Error(`ended without saying ${String(text)}:\n${said.stdout}${said.stderr}`);
        }
        await pause(5);
      }
    },
  };
}

function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}

export function node(
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Running {
  return start(process.execPath, [script, ...args], { env });
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** A folder that is gone when the test is over. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "kyros-crash-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What a child said, line by line. */
export function words(stdout: string): [word: string, ...values: unknown[]][] {
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("["))
    .map((line) => JSON.parse(line) as [string, ...unknown[]]);
}

export const isRoot = process.getuid?.() === 0;

/** Without it a test says nothing: skipped aloud on one's own machine, a failure where CI set it up. */
export function needs(context: TestContext, what: string, has: boolean): void {
  if (has) return;
  if (process.env["CI"] !== undefined) throw new Error(`This test needs ${what}.`);
  context.skip(`needs ${what}`);
}

export function hasProgram(name: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${name}`]).status === 0;
}

/** Opens what is left, looks at it, and closes it again. */
export async function lookInto(folder: string) {
  const store = await openFileStore({ folder, kinds, clock: createClock() });
  try {
    const lines: string[] = [];
    for await (const batch of store.events.scan({ after: 0 })) {
      lines.push(...batch.map(({ line }) => line));
    }
    const view = store.read();
    return { lines, ids: lines.map((line) => (JSON.parse(line) as { id: string }).id), view };
  } finally {
    await store.close();
  }
}

/** How log and files differ, if they do. */
export async function differences(folder: string): Promise<readonly unknown[]> {
  return (await verifyFolder({ folder, kinds, clock: createClock() })).differences;
}
