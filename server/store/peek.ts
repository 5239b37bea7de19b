/**
 * A look at single files before anything else is loaded. An import of `node:fs` fills in all of its
 * exports, and with them more modules: a tenth of what a whole command may take to start.
 */
const { existsSync, readFileSync } = process.getBuiltinModule("node:fs");

export function exists(path: string): boolean {
  return existsSync(path);
}

/** Undefined where there is no file, or none that can be read. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
