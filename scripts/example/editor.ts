/** How programs that know nothing of a server save a file. */
import {
  copyFileSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";

export const HABITS = ["rename", "in place", "backup"] as const;
export type Habit = (typeof HABITS)[number];

/** Opens, changes and saves; like a good editor, not over what changed since it was opened. */
export function edit(path: string, habit: Habit, change: (text: string) => string): void {
  for (;;) {
    const { mtimeMs } = statSync(path);
    const after = change(readFileSync(path, "utf8"));
    if (statSync(path).mtimeMs !== mtimeMs) continue;
    SAVES[habit](path, after);
    return;
  }
}

const SAVES: Readonly<Record<Habit, (path: string, text: string) => void>> = {
  "in place": (path, text) => writeFileSync(path, text),
  rename(path, text) {
    writeFileSync(`${path}.tmp`, text);
    renameSync(`${path}.tmp`, path);
  },
  backup(path, text) {
    copyFileSync(path, `${path}~`);
    writeFileSync(path, text);
    unlinkSync(`${path}~`);
  },
};
