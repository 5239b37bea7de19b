/** Programs started for a measurement, and what the kernel says of them. Linux only: it reads /proc. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { sleep } from "../../server/kernel/timers.ts";

export interface Program {
  readonly child: ChildProcess;
  readonly pid: number;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const running = new Set<ChildProcess>();

/** Nothing that was started here outlives the benchmark, however that ends. */
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** @param log where its words go: to a file, so that reading them costs the benchmark nothing. */
export function start(
  log: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Program {
  const output = openSync(log, "a");
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", output, output, "ipc"],
  });
  closeSync(output);
  running.add(child);
  const ended = once(child, "exit").then(() => running.delete(child));
  let expected = false;
  child.once("exit", (code, signal) => {
    if (expected || code === 0) return;
    const said = readFileSync(log, "utf8").slice(-4_000);
    console.error(`${command} ended unasked (${code ?? signal}):\n${said}`);
  });
  return {
    child,
    pid: child.pid ?? 0,
    async stop(signal = "SIGTERM") {
      expected = true;
      child.kill(signal);
      await ended;
    },
  };
}

/** Asks again and again until `ready` says yes. */
export async function until(
  ready: () => Promise<boolean>,
  { everyMs = 5, forMs = 60_000 } = {},
): Promise<void> {
  const end = performance.now() + forMs;
  while (!(await ready().catch(() => false))) {
    if (performance.now() > end) throw new Error(`not ready after ${forMs / 1_000} s`);
    await sleep(everyMs);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

/** Of all threads together, in milliseconds, to the nanosecond; /proc/<pid>/stat counts in steps of 10 ms. */
export function cpuMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]),
  );
  return nanoseconds.reduce((sum, value) => sum + value, 0) / 1e6;
}

/**
 * Of the time in which this program could have run, how much it stood in line for a processor: what
 * else goes on, as the benchmark itself felt it.
 */
export function waitedShare(): number {
  const [ran = 0, waited = 0] = readFileSync("/proc/self/schedstat", "utf8").split(" ").map(Number);
  return waited / (ran + waited);
}

/** VmRSS: what is in memory now. VmHWM: the most there ever was. */
export function residentBytes(pid: number, which: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${which}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * 1_024;
}
