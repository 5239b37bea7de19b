/**
 * Somebody with an editor, in a process of their own: saves a state file again and again, each time
 * with one record more. Says what it saved.
 *
 *   node editor.ts <state file> <how> <saves> <name>
 */
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";

const [path = "", how = "", saves = "1", name = ""] = process.argv.slice(2);

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

for (let count = 1; count <= Number(saves);) {
  const content = read();
  if (content !== undefined) {
    const token = `${name}${count}`;
    content.items[`E-${token}`] = { title: `saved ${token}.` };
    try {
      HOW[how]?.(`${JSON.stringify(content, null, 2)}\n`);
      writeSync(1, `${JSON.stringify(["saved", token])}\n`);
      count += 1;
    } catch (error) {
      // Two of us at the same file: an editor would ask its user.
      writeSync(2, `${String(error)}\n`);
    }
  }
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.random() * 25);
}
