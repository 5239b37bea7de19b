/**
 * A power cut on a real file system: ext4 in an image of its own, copied while the writer stands still.
 * The copy has what reached the disk, and nothing of what the kernel still meant to write.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, type TestContext } from "vitest";
import { CHILD, differences, lookInto, newFolder, node, pause, words } from "./processes.ts";

const run = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;

/** Mounts an image at a folder of its own, until the test is over. */
function mount(image: string, at: string): boolean {
  mkdirSync(at);
  // Nothing goes to the disk by itself meanwhile: only what is synced.
  const isMounted = run("mount", "-o", "loop,commit=300", image, at);
  if (isMounted) onTestFinished(() => void run("umount", "--lazy", at));
  return isMounted;
}

function newDisk(context: TestContext): { image: string; home: string; disk: string } {
  const home = newFolder();
  const [image, disk] = [join(home, "image"), join(home, "disk")];
  const isMade = run("truncate", "-s", "24M", image) && run("mkfs.ext4", "-q", "-F", image);
  // A container may forget to allow it, and then nothing in it can.
  if (!isMade || !mount(image, disk)) context.skip("needs the right to mount an ext4 image");
  return { image, home, disk };
}

test("[S1] [S2] the power goes: what was acknowledged is there, and log and files agree", async (context) => {
  const { image, home, disk } = newDisk(context);
  const child = node(CHILD, [join(disk, "collaboration"), "pairs", "100000"]);
  await child.says('"done"');
  const cuts: { copy: string; promised: string[] }[] = [];
  for (let cut = 1; cut <= 8; cut += 1) {
    await pause(40 + Math.random() * 120);
    child.process.kill("SIGSTOP");
    // What is on its way to us was said before.
    await pause(20);
    const done = words(child.stdout()).filter(([word]) => word === "done");
    const copy = join(home, `cut-${cut}`);
    copyFileSync(image, copy);
    cuts.push({ copy, promised: done.map(([, title]) => String(title)) });
    child.process.kill("SIGCONT");
  }
  child.process.kill("SIGKILL");
  await child.ended;
  run("umount", disk);

  for (const { copy, promised } of cuts) {
    const at = `${copy}-disk`;
    expect(mount(copy, at)).toBe(true);
    const folder = join(at, "collaboration");
    const { lines, view } = await lookInto(folder);
    const log = lines.join("\n");
    expect(promised.filter((title) => !log.includes(`"${title}"`))).toEqual([]);
    const titles = ["L-1", "R-1"].map((id) => view.get("tasks", id)?.record.title);
    expect(new Set(titles).size).toBe(1);
    expect(view.get("agents", "agent-1")?.record.role).toBe(titles[0]);
    expect(await differences(folder)).toEqual([]);
    run("umount", at);
  }
  expect(cuts.at(-1)?.promised.length).toBeGreaterThan(20);
});
