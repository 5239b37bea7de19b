import { describe, expect, test } from "vitest";
import { openApp, type Ask } from "./testing/client.ts";

const MIB = 1024 * 1024;

/** A body whose length nobody announces. */
function streamed(bytes: number): ReadableStream<Uint8Array> {
  let left = bytes;
  return new ReadableStream({
    pull(controller) {
      const size = Math.min(left, 64 * 1024);
      left -= size;
      if (size > 0) controller.enqueue(new Uint8Array(size).fill(32));
      else controller.close();
    },
  });
}

async function create(given: Ask) {
  const { ask } = await openApp();
  return ask("POST", "/collab/tasks", given);
}

describe("[H10] the size of a body", () => {
  test("1 MiB and one byte is 413, and says what is allowed", async () => {
    const told = await create({ body: " ".repeat(MIB + 1) });
    expect(told.json).toMatchObject({ code: "too-large", limit_bytes: MIB });
  });

  test("1 MiB exactly is read", async () => {
    const json = JSON.stringify({ title: "x" });
    expect((await create({ body: json.padEnd(MIB) })).status).toBe(201);
  });

  test("without a Content-Length it is counted while it is read", async () => {
    expect((await create({ body: streamed(MIB + 1) })).status).toBe(413);
  });

  test("an announced length over the limit is refused unread", async () => {
    const body = new ReadableStream({
      pull: () => {
        throw new Error("was read");
      },
    });
    const headers = { "content-length": String(MIB + 1) };
    expect((await create({ body, headers })).status).toBe(413);
  });

  test("a Content-Length that is too small does not let more in", async () => {
    const told = await create({ body: streamed(MIB + 1), headers: { "content-length": "5" } });
    expect(told.status).toBe(413);
  });

  test.each(["/collab/tasks/batch", "/collab/events"])("%s takes 16 MiB", async (path) => {
    const { ask } = await openApp();
    expect((await ask("POST", path, { body: "[".padEnd(2 * MIB) })).status).toBe(400);
    expect((await ask("POST", path, { body: streamed(16 * MIB + 1) })).status).toBe(413);
  });
});

describe("[H11] the media type", () => {
  test.each([
    ["application/json", 201],
    ["Application/JSON; charset=UTF-8", 201],
    ['application/json;charset="utf-8"', 201],
    ["application/json; charset=latin1", 415],
    ["application/merge-patch+json", 415],
    ["text/plain", 415],
    ["application/x-www-form-urlencoded", 415],
    ["multipart/form-data; boundary=x", 415],
    ["json", 415],
    ["", 415],
  ])("POST with %s: %i", async (type, status) => {
    expect((await create({ body: '{"title":"x"}', type })).status).toBe(status);
  });

  test("415 names what would be taken", async () => {
    const { ask } = await openApp();
    await ask("POST", "/collab/tasks", { json: { id: "T-1", title: "x" } });
    const post = await ask("POST", "/collab/tasks", { body: "x", type: "text/plain" });
    expect(post.headers.get("accept-post")).toBe("application/json");
    const patch = await ask("PATCH", "/collab/tasks/T-1", { body: "x", type: "text/plain" });
    expect(patch.headers.get("accept-patch")).toBe(
      "application/json, application/merge-patch+json, application/json-patch+json",
    );
  });

  test("a compressed body is 415, not garbage", async () => {
    const headers = { "content-encoding": "gzip" };
    expect((await create({ body: '{"title":"x"}', headers })).status).toBe(415);
  });

  test("a body that a form on another page could send is never read as JSON", async () => {
    const told = await create({ body: '{"title":"x"}', type: "text/plain;charset=UTF-8" });
    expect(told.status).toBe(415);
  });
});

describe("[H12] what cannot be read", () => {
  test.each([
    ["a cut text", '{"title":'],
    ["single quotes", "{'title':'x'}"],
    ["two values", "{}{}"],
    ["NaN", '{"title":NaN}'],
    ["bytes that are not UTF-8", new Uint8Array([0x22, 0xff, 0x22])],
    ["a lone surrogate as bytes", new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ["blanks only", "   "],
  ])("%s: 400", async (_, body) => {
    expect((await create({ body })).json).toMatchObject({ status: 400, code: "malformed" });
  });

  test("100 levels are read, 101 are not, and the text says where", async () => {
    const nested = (levels: number) => '{"a":'.repeat(levels - 1) + "{}" + "}".repeat(levels - 1);
    expect((await create({ body: nested(100) })).status).toBe(422);
    const told = await create({ body: nested(101) });
    expect(told.json).toMatchObject({ code: "malformed" });
    expect(told.at("/detail")).toContain("deeper than 100 levels, at /a/a/a");
  });

  test.each(["[", '{"a":'])("10,000 levels of %s are 400, not a crash", async (open) => {
    const close = open === "[" ? "]" : "}";
    const body = open.repeat(10_000) + "1" + close.repeat(10_000);
    expect((await create({ body })).status).toBe(400);
  });
});

describe("[H13] __proto__", () => {
  test("is 422 with its pointer, at every depth", async () => {
    const body = '{"title":"x","__proto__":{"a":1},"dod":[{"text":"y","a/b":{"__proto__":1}}]}';
    const told = await create({ body });
    expect(told.status).toBe(422);
    const pointers = (told.at("/errors") as { pointer: string }[]).map(({ pointer }) => pointer);
    expect(pointers.toSorted()).toEqual(["/__proto__", "/dod/0/a~1b/__proto__"]);
  });

  test("leaves no trace on other objects", async () => {
    await create({ body: '{"title":"x","__proto__":{"polluted":true}}' });
    await create({ body: '{"title":"x","constructor":{"prototype":{"polluted":true}}}' });
    expect({}).not.toHaveProperty("polluted");
  });
});

describe("[H14] what does not fit", () => {
  test("everything that is wrong is listed, each with its place", async () => {
    const json = { priority: "urgent", labels: ["ok", 7], dod: [{ done: 1 }], colour: "red" };
    const told = await create({ json });
    expect(told.status).toBe(422);
    const errors = told.at("/errors") as { pointer: string; detail: string }[];
    expect(errors.map(({ pointer }) => pointer).toSorted()).toEqual([
      "/colour",
      "/dod/0/done",
      "/dod/0/text",
      "/labels/1",
      "/priority",
      "/title",
    ]);
    expect(errors.find(({ pointer }) => pointer === "/colour")?.detail).toBe("is not known here");
    expect(told.at("/detail")).toContain("and 5 more");
  });

  test.each([["[]"], ["null"], ["7"], ['"text"'], ["true"]])("%s is no task: 422", async (body) => {
    expect((await create({ body })).status).toBe(422);
  });

  test("a body with a hundred thousand mistakes is answered with the first thousand", async () => {
    const { ask } = await openApp();
    await ask("POST", "/collab/tasks", { json: { id: "T-1", title: "x" } });
    const told = await ask("PATCH", "/collab/tasks/T-1", {
      json: Array.from({ length: 100_000 }, () => 1),
      type: "application/json-patch+json",
      headers: { "if-match": "*" },
    });
    expect(told.status).toBe(422);
    expect((told.at("/errors") as unknown[]).length).toBeLessThanOrEqual(1_000);
  });

  test("text with half a character is 422, since it could never be written down", async () => {
    const told = await create({ body: String.raw`{"title":"\ud800"}` });
    expect(told.at("/errors/0/pointer")).toBe("/title");
  });
});

describe("[H15] no body", () => {
  test("is {} where nothing is required, and names what is missing where something is", async () => {
    const { ask } = await openApp();
    expect((await ask("POST", "/collab/leases/reclaim")).status).toBe(200);
    const told = await ask("POST", "/collab/tasks");
    expect(told.at("/errors")).toEqual([
      { pointer: "/title", detail: expect.any(String) as string },
    ]);
  });
});

describe("[H16] the query", () => {
  test.each([
    ["/collab/tasks?colour=red", "/colour"],
    ["/collab/tasks?limit=0", "/limit"],
    ["/collab/tasks?limit=ten", "/limit"],
    ["/collab/tasks?limit=1&limit=2", "/limit"],
    ["/collab/tasks?status=lost", "/status/0"],
    ["/collab/tasks?ready=yes", "/ready"],
    ["/collab/tasks?__proto__=1", "/__proto__"],
    ["/collab/tasks/T-1?colour=red", "/colour"],
    ["/collab/agents?x=1", "/x"],
    ["/collab/events?order=up", "/order"],
  ])("%s is 422 at %s", async (path, pointer) => {
    const { ask } = await openApp();
    await ask("POST", "/collab/tasks", { json: { id: "T-1", title: "x" } });
    const told = await ask("GET", path);
    expect(told.status).toBe(422);
    expect(told.at("/errors/0/pointer")).toBe(pointer);
  });

  test("a list is written with commas, or by repeating its parameter", async () => {
    const { ask } = await openApp();
    for (const [id, type] of [
      ["T-1", "docs"],
      ["T-2", "test"],
      ["T-3", "chore"],
    ]) {
      await ask("POST", "/collab/tasks", { json: { id, title: "x", type } });
    }
    const ids = async (query: string) =>
      ((await ask("GET", `/collab/tasks?${query}`)).at("/items") as { id: string }[]).map(
        (task) => task.id,
      );
    expect(await ids("type=docs,test")).toEqual(["T-1", "T-2"]);
    expect(await ids("type=docs&type=test")).toEqual(["T-1", "T-2"]);
    expect(await ids("type=docs,chore&type=test")).toEqual(["T-1", "T-2", "T-3"]);
  });
});
