import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, expect, test } from "vitest";
import { createApp } from "../app.ts";
import { readConfig } from "../config.ts";
import { createClock } from "../kernel/clock.ts";
import { kinds } from "../kinds.ts";
import { openFileStore } from "../store/open-file-store.ts";
import { toInit, toTold, type Ask } from "./testing/client.ts";

const folder = mkdtempSync(join(tmpdir(), "kyros-restart-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function open() {
  const store = await openFileStore({ folder, kinds, clock: createClock() });
  const log = pino({ level: "silent" });
  const built = { console: "/nowhere", docs: "/nowhere" };
  const app = createApp({ store, config: readConfig({}), log, folder, built });
  return {
    store,
    ask: async (method: string, path: string, given: Ask) =>
      toTold(await app.app.request(path, toInit(method, given)), method),
    async stop() {
      await app.drain();
      await store.close();
    },
  };
}

test("[H41] [S8] a repetition gets the first answer after a restart, every id of it", async () => {
  const requests: [string, Ask][] = [
    ["/collab/tasks", { json: { title: "One" } }],
    ["/collab/events", { json: ["a", "b", "c"].map((event) => ({ event, actor: "agent-1" })) }],
    ["/collab/tasks/claim", { json: { agent: "agent-1" } }],
  ];
  const send = async (board: Awaited<ReturnType<typeof open>>) => {
    const told = [];
    for (const [index, [path, given]] of requests.entries()) {
      const headers = { "idempotency-key": `key-${index}` };
      told.push(await board.ask("POST", path, { ...given, headers }));
    }
    return told;
  };
  const before = await open();
  const first = await send(before);
  const head = before.store.events.head;
  await before.stop();

  const after = await open();
  const again = await send(after);
  expect(again.map(({ json }) => json)).toEqual(first.map(({ json }) => json));
  expect(again.map(({ status }) => status)).toEqual([201, 200, 200]);
  expect(again.map(({ headers }) => headers.get("etag"))).toEqual(
    first.map(({ headers }) => headers.get("etag")),
  );
  expect(again.map(({ headers }) => headers.get("idempotent-replayed"))).toEqual([
    "true",
    "true",
    "true",
  ]);
  expect(after.store.events.head).toBe(head);
  await after.stop();
});
