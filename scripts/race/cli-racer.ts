/** Through the command line: every step is a process of its own. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { z } from "zod";
import { ROOT } from "../tree.ts";
import type { Racer, Where } from "./racer.ts";

const claimed = z.object({
  task: z.object({ id: z.string() }),
  lease: z.object({ fencing_token: z.number() }),
});
const shown = z.object({ etag: z.string(), task: z.object({ description: z.string() }) });
const problem = z.object({ code: z.string() });

/** As documented: nothing is ready. */
const NOTHING = 3;

export function createCliRacer({ folder, name }: Where): Racer {
  function kyros(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const words = [join(ROOT, "server/cli/main.ts"), ...args, "--json", "--dir", folder];
    return new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        [...words, "--actor", name],
        (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  }

  return {
    async claim(id) {
      const { code, stdout, stderr } = await kyros(
        "task",
        "claim",
        ...(id === undefined ? [] : [id]),
      );
      if (code === NOTHING) return undefined;
      if (code !== 0) return { lost: id ?? "", code: codeOf(stderr) };
      const { task, lease } = claimed.parse(JSON.parse(stdout));
      return { won: task.id, token: lease.fencing_token };
    },
    async read(id) {
      const { stdout, stderr } = await kyros("task", "show", id);
      if (stdout === "") throw new Error(stderr);
      const { etag, task } = shown.parse(JSON.parse(stdout));
      return { value: Number(task.description), etag };
    },
    async write(id, value, etag) {
      const change = ["--description", String(value), "--if-match", etag];
      const { code, stderr } = await kyros("task", "edit", id, ...change);
      if (code === 0) return true;
      if (codeOf(stderr) === "precondition-failed") return false;
      throw new Error(stderr);
    },
    close: () => Promise.resolve(),
  };
}

/** What stands on stderr is a problem document, unless something broke. */
function codeOf(stderr: string): string {
  try {
    return problem.parse(JSON.parse(stderr)).code;
  } catch (cause) {
    throw new Error(`not a problem document: ${stderr}`, { cause });
  }
}
