/** Two processes that want one folder. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createClock } from "../../kernel/clock.ts";
import { kinds } from "../../kinds.ts";
import { openFileStore } from "../open-file-store.ts";
import { accept, put } from "../port.ts";
import { aTask } from "../testing/records.ts";
import { MAIN, newFolder, node } from "./processes.ts";

const env = { PORT: "0", LOG_LEVEL: "silent" };

test("[S13] the second server says who has the folder, and ends with 1", async () => {
  const folder = newFolder();
  const first = node(MAIN, [], { ...env, KYROS_DIR: folder });
  await first.says("Kyros is ready");
  const second = await node(MAIN, [], { ...env, KYROS_DIR: folder }).ended;
  expect(second.code).toBe(1);
  expect(second.stdout + second.stderr).toContain(`process ${first.process.pid}`);
  first.process.kill("SIGTERM");
  expect((await first.ended).code).toBe(0);
});

test("[S13] after a SIGKILL the next server starts at once; a stopped one keeps its folder", async () => {
  const folder = newFolder();
  const first = node(MAIN, [], { ...env, KYROS_DIR: folder });
  await first.says("Kyros is ready");
  first.process.kill("SIGSTOP");
  expect((await node(MAIN, [], { ...env, KYROS_DIR: folder }).ended).code).toBe(1);
  first.process.kill("SIGKILL");
  await first.ended;
  const next = node(MAIN, [], { ...env, KYROS_DIR: folder });
  await next.says("Kyros is ready");
  next.process.kill("SIGTERM");
  expect((await next.ended).code).toBe(0);
});

test("[S13] who can no longer prove that the folder is its own stops writing", async () => {
  const folder = newFolder();
  const store = await openFileStore({ folder, kinds, clock: createClock() });
  rmSync(join(folder, ".kyros"), { recursive: true });
  const write = store.commit(
    () =>
      accept(
        () => null,
        [{ event: "task_created", target: "task:T-1", changes: [put("tasks", aTask("T-1"))] }],
      ),
    { actor: "agent-1" },
  );
  await expect(write).rejects.toMatchObject({ code: "store-unavailable" });
  expect((await store.health())["lock"]?.ok).toBe(false);
  expect(store.read().collection("tasks").size).toBe(0);
  await store.close();
});
