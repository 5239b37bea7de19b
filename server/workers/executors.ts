/** Every executor there is, loaded when a worker is to have it. */
import type { Executor } from "./executor.ts";

const LOADERS: Readonly<Record<string, () => Promise<Executor>>> = {
  "docs/format": async () => (await import("./executors/format.ts")).format,
  lint: async () => (await import("./executors/lint.ts")).lint,
  changelog: async () => (await import("./executors/changelog.ts")).changelog,
};

export const EXECUTOR_NAMES: readonly string[] = Object.keys(LOADERS);

/** Undefined when there is none of that name. */
export async function loadExecutor(name: string): Promise<Executor | undefined> {
  return Object.hasOwn(LOADERS, name) ? LOADERS[name]?.() : undefined;
}
