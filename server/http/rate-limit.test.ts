import { expect, test } from "vitest";
import { openApp } from "./testing/client.ts";

const as = (actor: string) => ({ headers: { "kyros-actor": actor } });

test("[H60] each caller has its own share, and is told how much is left", async () => {
  const { ask } = await openApp({ config: { rateLimitPerSecond: 2 } });
  const first = await ask("GET", "/collab/tasks", as("agent-1"));
  expect(first.headers.get("ratelimit-policy")).toBe('"default";q=2;w=1');
  expect(first.headers.get("ratelimit")).toBe('"default";r=1;t=1');
  await ask("GET", "/collab/tasks", as("agent-1"));
  const third = await ask("GET", "/collab/tasks", as("agent-1"));
  expect(third.json).toMatchObject({ code: "rate-limited", retryable: true });
  expect(third.headers.get("retry-after")).toBe("1");
  expect(third.headers.get("ratelimit")).toBe('"default";r=0;t=1');
  expect((await ask("GET", "/collab/tasks", as("agent-2"))).status).toBe(200);
});

test("[H60] it holds for changes as for reads, and for a record as for a list", async () => {
  const { ask } = await openApp({ config: { rateLimitPerSecond: 1 } });
  expect((await ask("POST", "/collab/tasks", { json: { id: "T-1", title: "x" } })).status).toBe(
    201,
  );
  expect((await ask("POST", "/collab/tasks", { json: { title: "x" } })).status).toBe(429);
  expect((await ask("GET", "/collab/tasks/T-1")).status).toBe(429);
});

test("[H60] health checks are never counted", async () => {
  const { ask } = await openApp({ config: { rateLimitPerSecond: 1 } });
  for (let i = 0; i < 5; i += 1) expect((await ask("GET", "/readyz")).status).toBe(200);
});

test("[H60] without a limit there are no such headers", async () => {
  const { ask } = await openApp();
  const told = await ask("GET", "/collab/tasks");
  expect([...told.headers.keys()].filter((name) => name.startsWith("ratelimit"))).toEqual([]);
});
