/** The few things a worker asks of the file system. */
import { existsSync, lstatSync } from "node:fs";
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
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

/** Those of this user, real ones and no links, that `newFolder` made with this prefix. */
export async function ownFolders(prefix: string): Promise<string[]> {
  const parent = tmpdir();
  const found: string[] = [];
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue;
    const stats = await lstat(join(parent, name)).catch(() => undefined);
    if (stats?.isDirectory() === true && stats.uid === process.getuid?.()) {
      found.push(join(parent, name));
    }
  }
  return found;
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

export function linkTarget(path: string): Promise<string> {
  return readlink(path);
}

/** Undefined where there is none. */
export async function readText(path: string): Promise<string | undefined> {
  return exists(path) ? readFile(path, "utf8") : undefined;
}

export function writeText(path: string, text: string): Promise<void> {
  return writeFile(path, text);
}
