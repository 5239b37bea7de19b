import { afterEach, describe, expect, test, vi } from "vitest";
import { sleep } from "../../kernel/timers.ts";
import { accept } from "../../store/port.ts";
import { openApp, type TestApp } from "../../http/testing/client.ts";
import { StreamReader } from "../../http/testing/stream.ts";

async function tail(
  { app }: TestApp,
  query = "",
  headers: Record<string, string> = {},
): Promise<StreamReader> {
  const response = await app.request(`/collab/events/tail${query}`, { headers });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  return new StreamReader(response);
}

/** One commit of so many events. */
async function append({ ask }: TestApp, events: readonly string[], actor = "agent-1") {
  const json = events.map((event) => ({ event, actor }));
  await ask("POST", "/collab/events", { json });
}

const START = "?since=2000-01-01T00:00:00Z";

describe("[E10] the beginning", () => {
  test("comes at once, before anything has happened", async () => {
    const board = await openApp();
    const stream = await tail(board);
    const [hello] = await stream.until("hello");
    expect(stream.text).toMatch(/^retry: 1000\nevent: hello\n/);
    expect(hello).toEqual({
      event: "hello",
      id: "0.00000000",
      data: {
        since: "0.00000000",
        cursor: "0.00000000",
        server_time: "2026-01-01T00:00:00.000Z",
      },
    });
  });

  test("names the place it starts from and the end of the log", async () => {
    const board = await openApp();
    await append(board, ["one"]);
    const first = board.store.events.headCursor;
    await append(board, ["two"]);
    const [hello] = await (await tail(board, `?since=${first}`)).until("hello");
    expect(hello?.id).toBe(first);
    expect(hello?.data).toMatchObject({ since: first, cursor: board.store.events.headCursor });
  });

  test("has the headers that keep proxies from holding it back", async () => {
    const board = await openApp();
    const response = await board.app.request("/collab/events/tail");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("x-accel-buffering")).toBe("no");
    await response.body?.cancel();
  });
});

describe("[E11] events", () => {
  test("each is a message of its name, and only the last of a commit has an id", async () => {
    const board = await openApp();
    await append(board, ["one", "two"]);
    const first = board.store.events.headCursor;
    await append(board, ["three"]);
    const stream = await tail(board, START);
    await stream.until("caught-up");
    expect(stream.messages.map(({ event, id }) => [event, id])).toEqual([
      ["hello", "0.00000000"],
      ["one", undefined],
      ["two", first],
      ["three", board.store.events.headCursor],
      ["caught-up", board.store.events.headCursor],
    ]);
    expect(stream.messages[1]?.data).toMatchObject({ event: "one", actor: "agent-1" });
  });

  test("a filter that leaves out the last event of a commit puts the id on the last that is left", async () => {
    const board = await openApp();
    await append(board, ["one", "two"]);
    const stream = await tail(board, `${START}&event=one`);
    const [one] = await stream.until("one");
    expect(one?.id).toBe(board.store.events.headCursor);
  });

  test("what is live arrives as it happens", async () => {
    const board = await openApp();
    const stream = await tail(board);
    await stream.until("caught-up");
    await append(board, ["one", "two"]);
    const [two] = await stream.until("two");
    expect(two?.id).toBe(board.store.events.headCursor);
    expect(stream.named("one")[0]?.id).toBeUndefined();
  });

  test("a name that somebody else wrote into the log cannot pass for a message of ours", async () => {
    const board = await openApp();
    const forge = (event: string) =>
      board.store.commit(() => accept(() => null, [{ event, target: "" }]), { actor: "file" });
    for (const event of ["reset", "bye", "caught-up\nid: 9", "batch", "Straße"]) await forge(event);
    await append(board, ["done"]);
    const stream = await tail(board, START);
    await stream.until("done");
    expect(stream.named("message").map(({ data }) => (data as { event: string }).event)).toEqual([
      "reset",
      "bye",
      "caught-up\nid: 9",
      "batch",
      "Straße",
    ]);
    expect(stream.named("reset")).toEqual([]);
  });
});

describe("[E12] batches", () => {
  test("hold events of whole commits, and their id is the end of the last", async () => {
    const board = await openApp();
    await append(board, ["one", "two"]);
    await append(board, ["three"]);
    const stream = await tail(board, `${START}&batch=1`);
    const [batch] = await stream.until("batch");
    expect(stream.fields("event")).toEqual(["one", "two", "three"]);
    expect(batch?.id).toBe(board.store.events.headCursor);
  });

  test("what comes within some milliseconds comes together", async () => {
    const board = await openApp();
    const stream = await tail(board, "?batch=1");
    await stream.until("caught-up");
    for (let i = 0; i < 50; i += 1) await append(board, ["tick"]);
    while (stream.fields("event").length < 50) {
      await stream.until("batch", stream.named("batch").length + 1);
    }
    expect(stream.fields("event")).toHaveLength(50);
    expect(stream.named("batch").length).toBeLessThan(25);
  });
});

describe("[E13] where it starts", () => {
  test("Last-Event-ID beats last_event_id, which beats since", async () => {
    const board = await openApp();
    const cursors: string[] = [];
    for (const event of ["one", "two", "three"]) {
      await append(board, [event]);
      cursors.push(board.store.events.headCursor);
    }
    const [one = "", two = "", three = ""] = cursors;
    const begin = async (query: string, headers = {}) => {
      const stream = await tail(board, query, headers);
      await stream.until("caught-up");
      return stream.fields("event");
    };
    expect(await begin(`?since=${one}`)).toEqual(["two", "three"]);
    expect(await begin(`?since=${one}&last_event_id=${two}`)).toEqual(["three"]);
    expect(await begin(`?since=${one}&last_event_id=${two}`, { "last-event-id": three })).toEqual(
      [],
    );
  });

  test("a time is the place before everything from then on", async () => {
    const board = await openApp();
    await append(board, ["early"]);
    board.clock.advance(60_000);
    await append(board, ["late"]);
    const stream = await tail(board, "?since=2026-01-01T00:00:30Z");
    await stream.until("caught-up");
    expect(stream.fields("event")).toEqual(["late"]);
  });
});

describe("[E14] from snapshot to stream", () => {
  test("nothing is missing and nothing comes twice, with commits at every moment in between", async () => {
    const board = await openApp();
    const writing = (async () => {
      for (let i = 1; i <= 200; i += 1) {
        await board.ask("POST", "/collab/tasks", { json: { id: `T-${i}`, title: "x" } });
        if (i % 4 === 0) await sleep(1);
      }
      await append(board, ["last"]);
    })();
    const readers = Array.from({ length: 20 }, async (_, index) => {
      await sleep(index);
      const state = await board.ask("GET", "/collab/state/tasks");
      const batch = index % 2 === 0 ? "&batch=1" : "";
      const stream = await tail(board, `?since=${String(state.at("/cursor"))}${batch}`);
      await stream.untilEvent("last");
      const told = stream.fields("target").map((target) => String(target).replace("task:", ""));
      return [...Object.keys(state.at("/data") as object), ...told.filter((id) => id !== "")];
    });
    await writing;
    const all = Array.from({ length: 200 }, (_, i) => `T-${i + 1}`);
    for (const ids of await Promise.all(readers)) expect(ids).toEqual(all);
  });

  test("caught-up comes once, also for a reader that falls behind later", async () => {
    const board = await openApp();
    const stream = await tail(board, START);
    await stream.until("caught-up");
    for (let i = 0; i < 30; i += 1)
      await append(
        board,
        Array.from({ length: 200 }, () => "tick"),
      );
    await sleep(60);
    await append(board, ["last"]);
    await stream.until("last");
    expect(stream.named("caught-up")).toHaveLength(1);
    expect(stream.named("tick")).toHaveLength(6_000);
  });
});

describe("[E15] bookmarks", () => {
  afterEach(() => vi.useRealTimers());

  test("reach a reader whose filter lets nothing through, at least every 15 seconds", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const board = await openApp();
    const stream = await tail(board, "?event=nothing_of_the_kind");
    await stream.until("caught-up");
    await append(board, ["one"]);
    vi.advanceTimersByTime(15_000);
    const [mark] = await stream.until("bookmark");
    expect(mark?.id).toBe(board.store.events.headCursor);
    expect(mark?.data).toMatchObject({ cursor: board.store.events.headCursor });
    vi.advanceTimersByTime(15_000);
    await stream.until("bookmark", 2);
  });

  test("never run ahead of events that were not sent yet", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const board = await openApp();
    const stream = await tail(board, "?batch=1");
    await stream.until("caught-up");
    for (let round = 0; round < 20; round += 1) {
      await append(board, ["one"]);
      vi.advanceTimersByTime(10_000);
    }
    await stream.until("bookmark", 20);
    let events = 0;
    for (const { event, id, data } of stream.messages) {
      if (event === "batch") events += (data as unknown[]).length;
      if (event === "bookmark") expect(Number(id?.split(".")[0])).toBe(events);
    }
  });
});

describe("[E16] reset", () => {
  test.each([["9.deadbeef"], ["rubbish"], ["0.00000001"]])(
    "a stream from %s is told why, and where the log ends",
    async (since) => {
      const board = await openApp();
      await append(board, ["one"]);
      const stream = await tail(board, `?since=${since}`);
      const [reset] = await stream.toEnd();
      expect(reset).toEqual({
        event: "reset",
        id: board.store.events.headCursor,
        data: { reason: "the log holds no such place", cursor: board.store.events.headCursor },
      });
    },
  );

  test("every open stream is told when the log is rewritten", async () => {
    const listeners: ((reset: string | undefined) => void)[] = [];
    const board = await openApp({
      wrap: ({ events: log, ...store }) => ({
        ...store,
        read: () => store.read(),
        events: {
          get head() {
            return log.head;
          },
          get headCursor() {
            return log.headCursor;
          },
          resolve: (cursor) => log.resolve(cursor),
          before: (moment) => log.before(moment),
          scan: (range) => log.scan(range),
          recent: (after) => log.recent(after),
          subscribe(listener) {
            listeners.push(listener);
            return log.subscribe(listener);
          },
        },
      }),
    });
    const streams = [await tail(board), await tail(board, "?batch=1&event=one")];
    for (const stream of streams) await stream.until("caught-up");
    for (const listener of listeners) listener("somebody checked out another branch");
    for (const stream of streams) {
      const last = (await stream.toEnd()).at(-1);
      expect(last?.event).toBe("reset");
      expect(last?.data).toMatchObject({ reason: "somebody checked out another branch" });
    }
  });
});

describe("[E18] a stream that is refused", () => {
  const events = { accept: "text/event-stream" };

  test("says so in words where only a stream is accepted", async () => {
    const board = await openApp();
    const stream = await tail(board, "?event=NOT-A-NAME", events);
    const [bye] = await stream.toEnd();
    expect(stream.text).toContain("retry: 3600000");
    expect(bye).toMatchObject({
      event: "bye",
      data: { problem: { code: "invalid", errors: [{ pointer: "/event/0" }] } },
    });
  });

  test("while the server drains it is asked to come back soon", async () => {
    const board = await openApp();
    await board.drain();
    const [bye] = await (await tail(board, "", events)).toEnd();
    expect(bye?.data).toMatchObject({ problem: { code: "draining" }, retry_ms: 10_000 });
  });

  test("is a problem for everybody else", async () => {
    const { ask } = await openApp();
    expect((await ask("GET", "/collab/events/tail?colour=red")).status).toBe(422);
    expect((await ask("GET", "/collab/events/tail?mode=poll&limit=0")).status).toBe(422);
  });

  test("a stranger gets none", async () => {
    const { ask } = await openApp();
    const headers = { ...events, host: "evil.test" };
    expect((await ask("GET", "/collab/events/tail", { headers })).status).toBe(403);
  });
});

test("[E19] before the server stops, every stream gets what is new, then bye", async () => {
  const board = await openApp();
  const streams = await Promise.all(
    ["", "?batch=1", "?event=one"].map((query) => tail(board, query)),
  );
  for (const stream of streams) await stream.until("caught-up");
  await append(board, ["one"]);
  await board.drain();
  for (const stream of streams) {
    const last = (await stream.toEnd()).at(-1);
    expect(last).toEqual({
      event: "bye",
      id: undefined,
      data: { reason: "the server is shutting down", retry_ms: 2_000 },
    });
    expect(stream.fields("event")).toEqual(["one"]);
    expect(stream.text).toContain("retry: 2000\n");
  }
});

describe("[E20] readers that go", () => {
  test("200 that came and went leave nothing behind", async () => {
    const board = await openApp();
    const open = async () => (await board.ask("GET", "/metrics")).text.match(/streams (\d+)/)?.[1];
    const streams = [];
    for (let i = 0; i < 200; i += 1) {
      const stream = await tail(board, i % 2 === 0 ? START : `?batch=1&actor=agent-${i}`);
      await stream.until("hello");
      streams.push(stream);
    }
    expect(await open()).toBe("200");
    await append(board, ["one"]);
    for (const stream of streams) await stream.cancel();
    expect(await open()).toBe("0");
    await append(board, ["two"]);
  });
});

test("[E21] HEAD answers the headers and opens no stream", async () => {
  const { ask } = await openApp();
  const told = await ask("HEAD", "/collab/events/tail");
  expect(told.status).toBe(200);
  expect(told.headers.get("content-type")).toBe("text/event-stream");
  expect((await ask("GET", "/metrics")).text).toContain("kyros_event_streams 0");
});

test("[E22] one stream too many is told when to come back", async () => {
  const board = await openApp({ config: { maxStreams: 2 } });
  const first = await tail(board);
  await tail(board);
  const third = await tail(board);
  const [bye] = await third.toEnd();
  expect(bye).toMatchObject({ event: "bye", data: { retry_ms: 10_000 } });
  await first.cancel();
  expect((await (await tail(board)).until("hello"))[0]?.event).toBe("hello");
});
