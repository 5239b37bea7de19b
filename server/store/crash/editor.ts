/**
 * Somebody with an editor, in a process of their own: saves a state file again and again, each time
 * with one record more, and not before the last save was taken in. Says what it saved, and at the
 * end of its patience what was not seen.
 *
 *   node editor.ts <collaboration folder> <how> <saves> <name>
 */
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";

const [folder = "", how = "", saves = "1", name = ""] = process.argv.slice(2);

const path = join(folder, "state/tasks.json");

/** By what the programs do that people use. */
const HOW: Record<string, (text: string) => void> = {
  /** VS Code, nano: into the same inode, emptied first, in two pieces. */
  "in place"(text) {
    const file = openSync(path, "w");
    writeSync(file, text.slice(0, text.length >> 1));
    writeSync(file, text.slice(text.length >> 1));
    closeSync(file);
  },
  /** sed -i, emacs, most libraries. */
  rename(text) {
    const temporary = `${path}.${process.pid}.tmp`;
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  },
  /** vim: the old one out of the way, a new one in its place. */
  vim(text) {
    const backup = `${path}~`;
    if (existsSync(path)) renameSync(path, backup);
    writeFileSync(path, text);
    unlinkSync(backup);
  },
  /** git: away, and written anew. */
  git(text) {
    if (existsSync(path)) unlinkSync(path);
    const file = openSync(path, "wx");
    writeSync(file, text);
    closeSync(file);
  },
  /** mv from another folder of the same disk. */
  move(text) {
    const elsewhere = mkdtempSync(join(dirname(path), "../elsewhere-"));
    writeFileSync(join(elsewhere, "edited"), text);
    renameSync(join(elsewhere, "edited"), path);
    rmSync(elsewhere, { recursive: true });
  },
};

function read(): { items: Record<string, { title: string }> } | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as ReturnType<typeof read>;
  } catch {
    // Somebody else is in the middle of a save.
    return undefined;
  }
}

/** Whether the server took the save in, or keeps it for its author. */
function isSeen(text: string): boolean {
  if (readFileSync(join(folder, "events/events.jsonl"), "utf8").includes(text)) return true;
  const aside = join(folder, ".kyros/set-aside");
  const kept = existsSync(aside) ? readdirSync(aside) : [];
  return kept.some((each) => readFileSync(join(aside, each), "utf8").includes(text));
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function say(word: string, token: string): void {
  writeSync(1, `${JSON.stringify([word, token])}\n`);
}

const PATIENCE_MS = 5_000;

for (let count = 1; count <= Number(saves);) {
  pause(Math.random() * 10);
  const content = read();
  if (content === undefined) continue;
  const token = `${name}${count}`;
  const title = `saved ${token}.`;
  content.items[`E-${token}`] = { title };
  try {
    HOW[how]?.(`${JSON.stringify(content, null, 2)}\n`);
  } catch (error) {
    // The server, or another editor, was there first: an editor would ask its user.
    writeSync(2, `${String(error)}\n`);
    continue;
  }
  say("saved", token);
  count += 1;
  const start = performance.now();
  while (!isSeen(title) && performance.now() - start < PATIENCE_MS) pause(2);
  if (!isSeen(title)) say("lost", token);
}
