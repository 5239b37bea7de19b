/** Who says to hold a folder: information for people and commands. The proof is in `instance-lock.ts`. */
import { hostname } from "node:os";
import { join } from "node:path";
import { isObject } from "../kernel/json.ts";
import { processLives } from "../kernel/process-lives.ts";
import type { Disk } from "./disk.ts";

export interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
  /** Where it listens; absent for a command that opened the folder for a moment. */
  readonly url?: string;
}

export const HOLDER = "instance.json";

/** It may have died since. */
export function readHolder(
  disk: Pick<Disk, "readText">,
  privateFolder: string,
): Holder | undefined {
  try {
    const holder: unknown = JSON.parse(disk.readText(join(privateFolder, HOLDER)) ?? "null");
    if (!isObject(holder)) return undefined;
    const { pid, host, since, url } = holder;
    if (typeof pid !== "number" || typeof host !== "string" || typeof since !== "string") {
      return undefined;
    }
    return { pid, host, since, ...(typeof url === "string" && { url }) };
  } catch {
    return undefined;
  }
}

/** Whether the process lives, as far as can be told: those of another machine cannot be seen. */
export function mayLive({ pid, host }: Holder): boolean {
  return host !== hostname() || processLives(pid);
}
