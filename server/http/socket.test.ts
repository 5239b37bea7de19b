/** What only a real connection shows. */
import { once } from "node:events";
import { connect, type AddressInfo } from "node:net";
import { EventSource } from "eventsource";
import { describe, expect, test } from "vitest";
import { sleep } from "../kernel/timers.ts";
import { close } from "./listen.ts";
import { toTold } from "./testing/client.ts";
import { closeServers, raw, serve, statusesIn } from "./testing/socket.ts";
import { append } from "./testing/stream.ts";

closeServers();

describe("answers", () => {
  test("[H5] HEAD has the length of the body that GET would have", async () => {
    const { url, ask } = await serve();
    await ask("POST", "/collab/tasks", { json: { id: "T-1", title: "Straße" } });
    const get = await fetch(`${url}/collab/tasks/T-1`);
    const head = await fetch(`${url}/collab/tasks/T-1`, { method: "HEAD" });
    expect(head.headers.get("content-length")).toBe(get.headers.get("content-length"));
    expect(head.headers.get("etag")).toBe(get.headers.get("etag"));
    expect(await head.text()).toBe("");
  });

  test("[H20] several If-None-Match lines are one list", async () => {
    const { port, ask } = await serve();
    const created = await ask("POST", "/collab/tasks", { json: { id: "T-1", title: "x" } });
    const etag = created.headers.get("etag") ?? "";
    const told = await raw(
      port,
      `GET /collab/tasks/T-1 HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: "a"\r\nIf-None-Match: ${etag}\r\nConnection: close\r\n\r\n`,
    );
    expect(told).toMatch(/^HTTP\/1\.1 304 /);
  });

  test("requests that are sent ahead are answered in their order", async () => {
    const { port } = await serve();
    const get = (path: string, more = "") =>
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
    const told = await raw(
      port,
      get("/healthz") +
        get("/nope") +
        get("/collab/workflow") +
        get("/healthz", "Connection: close\r\n"),
    );
    expect(statusesIn(told)).toEqual([200, 404, 200, 200]);
  });

  test("[H51] a Host line that is none at all is refused", async () => {
    const { port } = await serve();
    for (const host of ["Host: evil.test", "Host: a b", "Host: localhost/../x", "X: y"]) {
      const told = await raw(port, `GET /healthz HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`);
      expect(told).toMatch(/^HTTP\/1\.1 40[03] /);
      expect(told).not.toContain("alive");
    }
  });
});

describe("bodies", () => {
  test("[H10] 20 MiB without a length is answered 413 before all of it was sent", async () => {
    const { port } = await serve();
    const piece = "x".repeat(64 * 1024);
    const chunk = `${piece.length.toString(16)}\r\n${piece}\r\n`;
    const head =
      "POST /collab/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let sent = 0;
    const told = await raw(port, `${head}Transfer-Encoding: chunked\r\n\r\n`, (write) => {
      for (; sent < 320; sent += 1) write(chunk);
      write("0\r\n\r\n");
    });
    expect(told).toMatch(/^HTTP\/1\.1 413 /);
    expect(told).toContain('"code":"too-large"');
  });

  test("[H10] an announced length over the limit is answered without reading", async () => {
    const { url } = await serve();
    const response = await fetch(`${url}/collab/tasks`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: " ".repeat(20 * 1024 * 1024),
    });
    expect((await toTold(response)).status).toBe(413);
  });

  test("[H61] a body that never ends is answered 400 and the connection closed", async () => {
    const { port } = await serve({ requestMs: 300 });
    const told = await raw(
      port,
      "POST /collab/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
    );
    expect(told).toMatch(/^HTTP\/1\.1 400 /);
    expect(told).toContain("did not arrive in time");
  });

  test("[H61] a stream is not a slow request", async () => {
    const { url } = await serve({ requestMs: 200 });
    const response = await fetch(`${url}/collab/events/tail`);
    const reader = response.body?.getReader();
    await reader?.read();
    await sleep(700);
    const state = await Promise.race([reader?.read().then(() => "moved"), sleep(50)]);
    expect(state).toBeUndefined();
    await reader?.cancel();
  });

  test.each([
    ["no HTTP", "\u0016\u0003\u0001 hello\r\n\r\n"],
    ["a broken header", "GET / HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n"],
    ["16 KiB of headers", `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"y".repeat(20_000)}\r\n\r\n`],
  ])("[H62] %s is answered with a problem document", async (_, bytes) => {
    const { port } = await serve();
    const told = await raw(port, bytes);
    const [head = "", body = ""] = told.split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(head).toContain("Content-Type: application/problem+json");
    expect(head).toMatch(/^X-Request-Id: [0-9a-f]{10}-[0-9a-z]+$/m);
    expect(JSON.parse(body)).toMatchObject({ status: 400, code: "malformed" });
  });
});

describe("streams", () => {
  test("[H62] rubbish on the connection of a stream ends it, and is not answered in its midst", async () => {
    const { port } = await serve();
    const get = "GET /collab/events/tail HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const told = await raw(port, get, (write) => {
      void sleep(100).then(() => write("\u0000\u0001 rubbish\r\n\r\n"));
    });
    expect(told.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(told).toContain("event: caught-up");
  });

  function listenTo(url: string, query = "") {
    const source = new EventSource(`${url}/collab/events/tail${query}`);
    const got: string[] = [];
    const note = (message: MessageEvent) => got.push(message.type);
    for (const name of ["hello", "caught-up", "one", "two", "three", "bye", "reset"]) {
      source.addEventListener(name, note);
    }
    return { source, got, until: (name: string) => waitFor(() => got.includes(name)) };
  }

  async function waitFor(condition: () => boolean) {
    while (!condition()) await sleep(5);
  }

  test("[E10] an EventSource hears hello, events and caught-up", async () => {
    const { url, ...board } = await serve();
    await append(board, ["one", "two"]);
    const { source, got, until } = listenTo(url, "?since=2000-01-01T00:00:00Z");
    await until("caught-up");
    await append(board, ["three"]);
    await until("three");
    source.close();
    expect(got).toEqual(["hello", "one", "two", "caught-up", "three"]);
  });

  test("[E13] an EventSource whose connection broke misses nothing", async () => {
    const { url, server, ...board } = await serve();
    const { source, got, until } = listenTo(url);
    await until("caught-up");
    await append(board, ["one"]);
    await until("one");
    server.closeAllConnections();
    await append(board, ["two"]);
    await until("two");
    source.close();
    expect(got.filter((name) => name === "one" || name === "two")).toEqual(["one", "two"]);
  });

  test("[E20] 200 readers that hang up leave nothing behind", async () => {
    const { port, ask, ...board } = await serve();
    const streams = async () =>
      Number(/kyros_event_streams (\d+)/.exec((await ask("GET", "/metrics")).text)?.[1]);
    const sockets = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const socket = connect(port, "127.0.0.1");
        socket.on("error", () => {});
        socket.write("GET /collab/events/tail HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await once(socket, "data");
        return socket;
      }),
    );
    expect(await streams()).toBe(200);
    await append({ ask, ...board }, ["one"]);
    for (const socket of sockets) socket.destroy();
    while ((await streams()) > 0) await sleep(5);
    expect(await streams()).toBe(0);
  });

  test("[E19] a stop says bye, and does not wait for the readers", async () => {
    const { url, server, drain } = await serve();
    const { source, got, until } = listenTo(url);
    await until("caught-up");
    await drain();
    await until("bye");
    await close(server, 2_000);
    source.close();
    expect(got).toEqual(["hello", "caught-up", "bye"]);
    expect((server.address() as AddressInfo | null) ?? null).toBeNull();
  });
});
