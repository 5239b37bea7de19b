/** The few things a worker asks of the file system. */
import { existsSync, lstatSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export function exists(path: string): boolean {
  return existsSync(path);
}

/** A file, or nothing yet; not a link, which could lead out of the folder that it stands in. */
export function isPlain(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
}

/** Under the system's folder for such things, readable by nobody else. */
export function newFolder(prefix: string): Promise<string> {
  return mkdtemp(join(tmpdir(), prefix));
}

export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
}

export function removeFolder(path: string): Promise<void> {
  // Somebody may still be writing into it while it is taken away.
  return rm(path, { recursive: true, force: true, maxRetries: 3 });
}

export function link(target: string, path: string): Promise<void> {
  return symlink(target, path);
}

/** Undefined where there is none. */
export async function readText(path: string): Promise<string | undefined> {
  return exists(path) ? readFile(path, "utf8") : undefined;
}

export function writeText(path: string, text: string): Promise<void> {
  return writeFile(path, text);
}
