import { expect, test } from "vitest";
import { connect, ERAS, openBoard, toTransport } from "./testing/connect.ts";

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  },
};
const ACCEPT = { accept: "application/json, text/event-stream" };

test("[M15] one door serves clients of the 2026-07-28 protocol and older ones, with the same tools", async () => {
  const board = await openBoard();
  const lists = await Promise.all(
    ERAS.map(async (era) => {
      const { client } = await board.as("agent-1", era);
      const { tools } = await client.listTools();
      return { version: client.getNegotiatedProtocolVersion(), tools };
    }),
  );
  expect(lists.map(({ version }) => version)).toEqual(["2026-07-28", "2025-11-25"]);
  expect(lists[0]?.tools).toEqual(lists[1]?.tools);
});

test("[M15] nothing is kept between two requests: another server takes over in the middle", async () => {
  const before = await openBoard();
  const after = await openBoard();
  for (const era of ERAS) {
    let { app } = before;
    const transport = toTransport(
      {
        get app() {
          return app;
        },
      },
      "agent-1",
    );
    const { call } = await connect(transport, era);
    expect((await call("task_search")).told).toEqual({ found: 0 });
    ({ app } = after);
    expect((await call("task_search")).told).toEqual({ found: 0 });
  }
});

test("[M16] a page of another site, and a name that is not this machine's, stay outside", async () => {
  const { ask } = await openBoard();
  const strangers = [
    { host: "evil.example" },
    { host: "localhost", origin: "https://evil.example" },
  ];
  for (const headers of strangers) {
    const told = await ask("POST", "/mcp", {
      json: INITIALIZE,
      headers: { ...ACCEPT, ...headers },
    });
    expect(told.status).toBe(403);
    expect(told.at("/code")).toBe("forbidden");
  }
  const local = { host: "127.0.0.1:8000", origin: "http://localhost:5173" };
  const told = await ask("POST", "/mcp", { json: INITIALIZE, headers: { ...ACCEPT, ...local } });
  expect(told.status).toBe(200);
});

test("[M16] a name that no agent can have is refused at the door", async () => {
  const { ask } = await openBoard();
  const headers = { ...ACCEPT, "kyros-actor": "no spaces please" };
  const told = await ask("POST", "/mcp", { json: INITIALIZE, headers });
  expect(told.status).toBe(400);
});

test("[M17] a server that drains ends the streams, and answers the next request with draining", async () => {
  const board = await openBoard();
  const { client } = await board.as("agent-1");
  const ended = Promise.withResolvers<undefined>();
  const subscription = await client.listen({ resourceSubscriptions: ["kyros://board"] });
  void subscription.closed.then(() => ended.resolve(undefined));
  await board.drain();
  await ended.promise;
  const told = await board.ask("POST", "/mcp", { json: INITIALIZE, headers: ACCEPT });
  expect(told.at("/code")).toBe("draining");
});

test.each([
  ["a body over 1 MiB", JSON.stringify({ ...INITIALIZE, pad: "x".repeat(1_100_000) })],
  ["a million brackets", "[".repeat(1_000_000)],
  ["a hundred thousand levels", `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
  ["a batch of nothing", JSON.stringify(Array.from({ length: 10_000 }, () => null))],
])("%s is refused, and the door stays open", async (_, body) => {
  const board = await openBoard();
  const headers = { ...ACCEPT, "content-type": "application/json" };
  const { status } = await board.app.request("/mcp", { method: "POST", headers, body });
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  const { call } = await board.as("agent-1");
  expect((await call("task_create", { title: "still there" })).isError).toBe(false);
});

test.each([
  '{"title":"x","__proto__":{"polluted":true}}',
  '{"title":"x","constructor":{"prototype":{"polluted":true}}}',
])("arguments such as %s leave no trace on other objects", async (text) => {
  const board = await openBoard();
  const { call } = await board.as("agent-1");
  await call("task_create", JSON.parse(text) as Record<string, unknown>);
  expect({}).not.toHaveProperty("polluted");
});
