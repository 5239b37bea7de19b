/** A power cut on a real file system: an image of it, copied while the writer stands still. */
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeDisk, mountDisk } from "../testing/disk-image.ts";
import { CHILD, differences, lookInto, newFolder, node, pause, words } from "./processes.ts";

const MEGABYTES = 24;

test("[S1] [S2] the power goes: what was acknowledged is there, and log and files agree", async (context) => {
  const home = newFolder();
  const disk = makeDisk(home, MEGABYTES);
  if (disk === undefined) {
    context.skip("needs the right to mount an ext4 image");
    return;
  }
  onTestFinished(() => disk.unmount());
  const child = node(CHILD, [join(disk.at, "collaboration"), "pairs", "100000"]);
  await child.says('"done"');
  const cuts: { copy: string; promised: string[] }[] = [];
  for (let cut = 1; cut <= 8; cut += 1) {
    await pause(40 + Math.random() * 120);
    child.process.kill("SIGSTOP");
    // What is on its way to us was said before.
    await pause(20);
    const done = words(child.stdout()).filter(([word]) => word === "done");
    const copy = join(home, `cut-${cut}`);
    disk.copy(copy);
    cuts.push({ copy, promised: done.map(([, title]) => String(title)) });
    child.process.kill("SIGCONT");
  }
  child.process.kill("SIGKILL");
  await child.ended;

  for (const { copy, promised } of cuts) {
    const after = mountDisk(copy, `${copy}-disk`);
    if (after === undefined) throw new Error("the copy cannot be mounted");
    onTestFinished(() => after.unmount());
    const folder = join(after.at, "collaboration");
    const { lines, view } = await lookInto(folder);
    const log = lines.join("\n");
    expect(promised.filter((title) => !log.includes(`"${title}"`))).toEqual([]);
    const titles = ["L-1", "R-1"].map((id) => view.get("tasks", id)?.record.title);
    expect(new Set(titles).size).toBe(1);
    expect(view.get("agents", "agent-1")?.record.role).toBe(titles[0]);
    expect(await differences(folder)).toEqual([]);
    after.unmount();
  }
  expect(cuts.at(-1)?.promised.length).toBeGreaterThan(20);
});
