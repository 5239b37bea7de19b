/**
 * Requests that two readers could read as two different ones: what smuggling, rebinding and splitting are
 * made of. Each gets one clear answer, and what stands behind it is never taken for a second request.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { closeServers, raw, serve, statusesIn } from "./testing/socket.ts";

closeServers();

const HOST = "Host: localhost\r\n";
const END = "Connection: close\r\n\r\n";
const JSON_TYPE = "Content-Type: application/json\r\n";
const CREATE = `POST /collab/tasks HTTP/1.1\r\n${HOST}${JSON_TYPE}`;
const CHUNKED = "Transfer-Encoding: chunked\r\n";
/** Would answer 200 if it were read as a request. */
const HIDDEN = `GET /healthz HTTP/1.1\r\n${HOST}${END}`;

describe("[H62] bytes with two meanings are refused, and nothing behind them is read", () => {
  test.each([
    ["a length and chunks", `${CREATE}Content-Length: 5\r\n${CHUNKED}\r\n0\r\n\r\n${HIDDEN}`],
    ["two lengths", `${CREATE}Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}${HIDDEN}`],
    ["a list of lengths", `${CREATE}Content-Length: 2, 40\r\n\r\n{}${HIDDEN}`],
    ["a length below zero", `${CREATE}Content-Length: -1\r\n\r\n${HIDDEN}`],
    ["a length with a sign", `${CREATE}Content-Length: +2\r\n\r\n{}${HIDDEN}`],
    ["a length in hexadecimal", `${CREATE}Content-Length: 0x2\r\n\r\n{}${HIDDEN}`],
    ["a coding nobody knows", `${CREATE}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${HIDDEN}`],
    ["chunks below another coding", `${CREATE}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`],
    ["a chunk without a size", `${CREATE}${CHUNKED}\r\nzz\r\n{}\r\n0\r\n\r\n${HIDDEN}`],
    ["a chunk longer than its size", `${CREATE}${CHUNKED}\r\n1\r\n{}\r\n0\r\n\r\n${HIDDEN}`],
    ["20 KB behind a chunk's size", `${CREATE}${CHUNKED}\r\n2;${"a".repeat(20_000)}\r\n{}\r\n`],
    ["a folded header", `GET /healthz HTTP/1.1\r\n${HOST}X: a\r\n b\r\n${END}`],
    ["a space before the colon", `GET /healthz HTTP/1.1\r\n${HOST}X : a\r\n${END}`],
    ["a header with a lone carriage return", `GET /healthz HTTP/1.1\r\n${HOST}X: a\rb\r\n${END}`],
    ["a header with a zero byte", `GET /healthz HTTP/1.1\r\n${HOST}X: a\0b\r\n${END}`],
    ["lines without carriage returns", `GET /healthz HTTP/1.1\nHost: localhost\n\n`],
    ["a path with a zero byte", `GET /healthz\0 HTTP/1.1\r\n${HOST}${END}`],
    ["a path with bytes above ASCII", `GET /healthz\u00e4 HTTP/1.1\r\n${HOST}${END}`],
    ["a method in small letters", `get /healthz HTTP/1.1\r\n${HOST}${END}`],
    ["the beginning of HTTP/2", `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`],
    ["80 KB of path", `GET /${"a".repeat(80_000)} HTTP/1.1\r\n${HOST}${END}`],
    ["3,000 headers", `GET /healthz HTTP/1.1\r\n${HOST}${"a:b\r\n".repeat(3_000)}${END}`],
  ])("%s", async (_, bytes) => {
    const { port, store } = await serve();
    const told = await raw(port, bytes);
    expect(statusesIn(told)).toEqual([400]);
    expect(told).not.toContain("alive");
    expect(store.events.head).toBe(0);
  });

  test("a body that belongs to no operation is passed over, and what follows it is the next request", async () => {
    const { port } = await serve();
    const get = `GET /healthz HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello`;
    expect(statusesIn(await raw(port, `${get}GET /nope HTTP/1.1\r\n${HOST}${END}`))).toEqual([
      200, 404,
    ]);
  });

  test("HTTP/1.0 is answered once and closed, and needs a Host all the same", async () => {
    const { port } = await serve();
    expect(statusesIn(await raw(port, `GET /healthz HTTP/1.0\r\n${HOST}\r\n`))).toEqual([200]);
    expect(statusesIn(await raw(port, "GET /healthz HTTP/1.0\r\n\r\n"))).toEqual([400]);
  });

  test("an expectation that nobody knows is passed over", async () => {
    const { port } = await serve();
    const body = '{"title":"x"}';
    const length = `Content-Length: ${body.length}\r\n`;
    expect(statusesIn(await raw(port, `${CREATE}Expect: magic\r\n${length}${END}${body}`))).toEqual(
      [201],
    );
  });

  test("an upgrade that nobody offers is passed over", async () => {
    const { port } = await serve();
    const upgrade = "Upgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n";
    expect(statusesIn(await raw(port, `GET /healthz HTTP/1.1\r\n${HOST}${upgrade}`))).toEqual([
      200,
    ]);
  });

  test("this is no proxy: CONNECT ends the connection", async () => {
    const { port } = await serve();
    expect(await raw(port, `CONNECT example.org:80 HTTP/1.1\r\n${HOST}${END}`)).toBe("");
  });

  test("TRACE echoes nothing", async () => {
    const { port } = await serve();
    const told = await raw(port, `TRACE /healthz HTTP/1.1\r\n${HOST}X-Secret: 7\r\n${END}`);
    expect(statusesIn(told)).toEqual([405]);
    expect(told).not.toContain("X-Secret");
  });
});

describe("[H56] a request that names two hosts is 400", () => {
  test.each([
    ["two lines", `GET /healthz HTTP/1.1\r\n${HOST}Host: evil.test\r\n${END}`],
    ["two lines, the other way round", `GET /healthz HTTP/1.1\r\nHost: evil.test\r\n${HOST}${END}`],
    ["twice the same", `GET /healthz HTTP/1.1\r\n${HOST}hOST: localhost\r\n${END}`],
    ["another in the target", `GET http://evil.test/healthz HTTP/1.1\r\n${HOST}${END}`],
    ["another port in the target", `GET http://localhost:1/healthz HTTP/1.1\r\n${HOST}${END}`],
    ["one that is nobody's", `GET /healthz HTTP/1.1\r\nHost: localhost@evil.test\r\n${END}`],
  ])("%s", async (_, bytes) => {
    const { port } = await serve();
    const told = await raw(port, bytes);
    expect(statusesIn(told)).toEqual([400]);
    expect(told).toContain('"code":"malformed"');
  });

  test("the same in target and Host is one", async () => {
    const { port } = await serve();
    const told = await raw(port, `GET http://localhost/healthz HTTP/1.1\r\n${HOST}${END}`);
    expect(statusesIn(told)).toEqual([200]);
  });
});

describe("[H61] whoever is slow", () => {
  test("with headers that never end is answered 400 and closed", async () => {
    const { port } = await serve({ requestMs: 300 });
    const told = await raw(port, `GET /healthz HTTP/1.1\r\n${HOST}`, (write) => {
      const timer = setInterval(() => write("X: y\r\n"), 50);
      setTimeout(() => clearInterval(timer), 2_000);
    });
    expect(statusesIn(told)).toEqual([400]);
  });

  test("with a body, byte by byte, is answered 400 and closed", async () => {
    const { port, store } = await serve({ requestMs: 300 });
    const told = await raw(port, `${CREATE}Content-Length: 100\r\n\r\n`, (write) => {
      const timer = setInterval(() => write(" "), 50);
      setTimeout(() => clearInterval(timer), 2_000);
    });
    expect(statusesIn(told)).toEqual([400]);
    expect(store.events.head).toBe(0);
  });

  test("keeps nobody else waiting", async () => {
    const { port, url } = await serve();
    const slow = Array.from({ length: 100 }, () => connect(port, "127.0.0.1"));
    for (const socket of slow) {
      socket.on("error", () => {});
      await once(socket, "connect");
      socket.write(`${CREATE}Content-Length: 100\r\n\r\n{`);
    }
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    for (const socket of slow) socket.destroy();
  });
});

describe("[E22] streams", () => {
  const tail = `GET /collab/events/tail HTTP/1.1\r\n${HOST}\r\n`;

  test("one too many is told when to come back; the place of one that ended is free again", async () => {
    const { port, url } = await serve({ config: { maxStreams: 2 } });
    const readers = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
    for (const reader of readers) {
      reader.on("error", () => {}).write(tail);
      await once(reader, "data");
    }
    const refused = await (await fetch(`${url}/collab/events/tail`)).text();
    expect(refused).toMatch(/^retry: 10000\nevent: bye\n/);
    readers[0]?.destroy();
    await expect
      .poll(async () => {
        const response = await fetch(`${url}/collab/events/tail`);
        const reader: ReadableStreamDefaultReader<Uint8Array> | undefined =
          response.body?.getReader();
        const first = await reader?.read();
        await reader?.cancel();
        return new TextDecoder().decode(first?.value);
      })
      .toContain("event: hello");
    readers[1]?.destroy();
  });
});
