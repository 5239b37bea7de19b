/** On what was measured, and whether it can be measured there at all. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { ROOT } from "../tree.ts";

export interface Machine {
  readonly date: string;
  readonly commit: string;
  readonly cpu: string;
  readonly memory: string;
  readonly node: string;
  readonly kernel: string;
  readonly disk: string;
  /** Processes that wanted to run in the minute before. */
  readonly load: string;
}

/** @throws Error, in words for a person, where the figures would mean nothing. */
export function describeMachine(): Machine {
  if (!existsSync("/proc/self/schedstat")) {
    throw new Error(
      "The benchmark reads processor time and memory from /proc: run it on Linux (WSL and containers count).",
    );
  }
  const { type, device } = fileSystemOf(tmpdir());
  if (type === "tmpfs" || type === "ramfs") {
    throw new Error(
      `${tmpdir()} is in memory (${type}), where a sync costs nothing. Set TMPDIR to a folder on a disk.`,
    );
  }
  const list = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: git("describe", "--always", "--dirty"),
    cpu: `${availableParallelism()} × ${list[0]?.model.trim() ?? "unknown"}`,
    memory: `${Math.round(totalmem() / (1 << 30))} GiB`,
    node: process.version,
    kernel: release(),
    disk: `${type} on ${device} (${tmpdir()})`,
    load: (loadavg()[0] ?? 0).toFixed(1),
  };
}

/** The mount whose folder is the longest beginning of the path. */
function fileSystemOf(path: string): { type: string; device: string } {
  const real = `${realpathSync(path)}/`;
  const mounts = readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, folder]) => folder !== undefined && real.startsWith(withSlash(folder)))
    .toSorted(([, a = ""], [, b = ""]) => b.length - a.length);
  // Of two mounts on one folder the later one is what is seen.
  const longest = mounts.findLast(([, folder]) => folder === mounts[0]?.[1]);
  const [device = "unknown", , type = "unknown"] = longest ?? [];
  return { type, device };
}

function withSlash(folder: string): string {
  return folder.endsWith("/") ? folder : `${folder}/`;
}

function git(...args: string[]): string {
  try {
    return execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}
