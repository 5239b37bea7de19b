import { expect, it, vi } from "vitest";
import { createClient } from "#contracts/client";
import type { Task } from "#contracts/task";
import { aTask, anEvent } from "../testing/records.ts";
import { Live } from "./live-store.ts";
import type { TailMessage } from "./tail.ts";

interface Server {
  tasks: Task[];
  requests: string[];
  /** Resolves the snapshot of tasks when called; at once while undefined. */
  hold: Promise<void> | undefined;
}

function start() {
  const server: Server = {
    tasks: [aTask({ id: "T-1", version: 1 })],
    requests: [],
    hold: undefined,
  };
  const client = createClient({
    baseUrl: "http://localhost",
    fetch: async (url, { headers }) => {
      const kind = url.split("/").at(-1) ?? "";
      const etag = `"${kind}-${server.tasks.map(({ version }) => version).join("-")}"`;
      if (new Headers(headers).get("if-none-match") === etag) {
        server.requests.push(`${kind} unchanged`);
        return new Response(null, { status: 304 });
      }
      server.requests.push(kind);
      const records = kind === "tasks" ? server.tasks : [];
      const data = Object.fromEntries(records.map((task) => [task.id, task]));
      const etags = Object.fromEntries(records.map((task) => [task.id, `"${task.version}-x"`]));
      await server.hold;
      return Response.json({ kind, data, etags, cursor: "c", etag });
    },
  });
  let tell: (message: TailMessage) => void = () => undefined;
  const live = new Live({
    client,
    openTail: (listener) => {
      tell = listener;
      return { retryNow: () => undefined, close: () => undefined };
    },
  });
  live.start();
  const hello = () =>
    tell({ type: "hello", data: '{"server_time":"2026-01-01T00:00:00.000Z"}', resumed: false });
  const batch = (version: number, title: string) => {
    const changes = [{ kind: "tasks", id: "T-1", version, hash: "h", patch: { title } }];
    tell({ type: "batch", data: JSON.stringify([anEvent({ details: { changes } })]) });
  };
  return { live, server, hello, batch, tell: (message: TailMessage) => tell(message) };
}

const titleOf = (live: Live) => live.records.get().tasks.get("T-1")?.title;

it("what is heard while the snapshot is under way is applied on top of it", async () => {
  const { live, server, hello, batch } = start();
  let release: () => void = () => undefined;
  server.hold = new Promise((resolve) => {
    release = resolve;
  });
  hello();
  batch(2, "heard meanwhile");
  expect(live.loaded.get()).toBe(false);
  release();
  await vi.waitFor(() => expect(titleOf(live)).toBe("heard meanwhile"));
  expect(live.loaded.get()).toBe(true);
});

it("a gap leads to one fresh snapshot of that kind only", async () => {
  const { live, server, hello, batch } = start();
  hello();
  await vi.waitFor(() => expect(live.loaded.get()).toBe(true));
  server.requests.length = 0;
  server.tasks = [aTask({ id: "T-1", version: 7, title: "from the snapshot" })];
  batch(7, "cannot be applied");
  await vi.waitFor(() => expect(titleOf(live)).toBe("from the snapshot"));
  expect(server.requests).toEqual(["tasks"]);
});

it("a reset leads to fresh snapshots after the next hello, and is marked in the log", async () => {
  const { live, server, hello, tell } = start();
  hello();
  await vi.waitFor(() => expect(live.loaded.get()).toBe(true));
  server.requests.length = 0;
  tell({ type: "reset" });
  expect(server.requests).toEqual([]);
  hello();
  await vi.waitFor(() => expect(server.requests).toEqual(["tasks", "agents", "locks"]));
  expect(live.log.get().gaps).toHaveLength(1);
});

it("a snapshot that failed is tried again at the next sign of life", async () => {
  const { live, server, hello, tell } = start();
  server.hold = Promise.reject(new Error("down"));
  server.hold.catch(() => undefined);
  hello();
  await vi.waitFor(() => expect(server.requests).toHaveLength(3));
  server.hold = undefined;
  await vi.waitFor(() => {
    tell({ type: "bookmark" });
    expect(live.loaded.get()).toBe(true);
  });
});

it("a first snapshot is shown before the stream is up, and the one that counts brings only what changed", async () => {
  const { live, server, hello } = start();
  await vi.waitUntil(() => live.loaded.get());
  expect(titleOf(live)).toBe("A task");
  hello();
  await vi.waitUntil(() => server.requests.length === 6);
  expect(server.requests.slice(3)).toEqual([
    "tasks unchanged",
    "agents unchanged",
    "locks unchanged",
  ]);
});

it("what changed between the first snapshot and the stream is there with the second", async () => {
  const { live, server, hello } = start();
  await vi.waitUntil(() => live.loaded.get());
  server.tasks = [aTask({ id: "T-1", version: 2, title: "changed in between" })];
  hello();
  await vi.waitUntil(() => titleOf(live) === "changed in between");
  expect(server.requests.slice(3)).toEqual(["tasks", "agents", "locks"]);
});

it("what is older than the first connection ends where that one began", () => {
  const { live, tell } = start();
  expect(live.log.get().from).toBe(undefined);
  tell({ type: "hello", data: "{}", resumed: false, from: "7.a" });
  tell({ type: "hello", data: "{}", resumed: true, from: "9.b" });
  expect(live.log.get().from).toBe("7.a");
});
