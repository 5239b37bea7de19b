import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { watchFolders, type Watcher } from "./watch.ts";

const root = mkdtempSync(join(tmpdir(), "kyros-watch-"));
const folder = join(root, "state");
let watcher: Watcher | undefined;

afterEach(() => {
  watcher?.close();
  rmSync(root, { recursive: true, force: true });
});

test("[S9] a folder that was moved away and made anew is watched again", async () => {
  mkdirSync(folder);
  const look = vi.fn<() => void>();
  watcher = watchFolders([folder], look);
  renameSync(folder, `${folder}-before`);
  await vi.waitFor(() => expect(watcher?.isAlive()).toBe(false));
  mkdirSync(folder);
  await vi.waitFor(() => expect(watcher?.isAlive()).toBe(true), { timeout: 2_000 });
  await vi.waitFor(() => expect(look.mock.calls.length).toBeGreaterThan(1));
  // Between two looks of the slow timer.
  look.mockClear();
  writeFileSync(join(folder, "tasks.json"), "{}");
  await vi.waitFor(() => expect(look).toHaveBeenCalled(), { timeout: 250, interval: 5 });
});
