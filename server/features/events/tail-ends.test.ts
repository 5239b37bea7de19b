/** How streams end, and what they may cost. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { sleep } from "../../kernel/timers.ts";
import { openApp } from "../../http/testing/client.ts";
import { append, START, tail } from "../../http/testing/stream.ts";

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
          onBug: (report) => log.onBug(report),
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

describe("[E17] [S17] a reader that does not keep up", () => {
  afterEach(() => vi.useRealTimers());
  const thousand = (event: string) => Array.from({ length: 1_000 }, () => event);

  /** A reader that took nothing while so many thousand events went by, and one that took all. */
  async function fallBehind(thousands: number) {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const board = await openApp();
    const slow = await tail(board);
    await slow.until("caught-up");
    const quick = await tail(board, "?batch=1");
    const reading = quick.untilEvent("last");
    for (let i = 0; i < thousands; i += 1) {
      await append(board, thousand(`tick_${i}`));
      await sleep(25);
    }
    await append(board, ["last"]);
    await reading;
    vi.advanceTimersByTime(1_000);
    return { board, slow, quick };
  }

  test("costs the others nothing and is cut off with a bounded rest, to resume where it was", async () => {
    const { board, slow, quick } = await fallBehind(12);
    expect(quick.fields("event")).toHaveLength(12_001);
    await slow.toEnd();
    const last = slow.messages.at(-1);
    expect(last?.event).toBe("reset");
    expect(last?.id).toBeUndefined();
    expect(last?.data).toMatchObject({ reason: expect.stringContaining("too slow") as string });
    expect(slow.text.length).toBeLessThan(1024 * 1024);

    const got = slow.fields("id");
    const lastId = slow.messages.findLast(({ id }) => id !== undefined)?.id ?? "";
    const again = await tail(board, "", { "last-event-id": lastId });
    await again.untilEvent("last");
    const whole = got.slice(0, Number(lastId.split(".")[0]));
    expect([...whole, ...again.fields("id")]).toEqual(quick.fields("id"));
  }, 20_000);

  test("reads on by itself when it was only slow for a moment", async () => {
    const { slow, quick } = await fallBehind(5);
    await slow.untilEvent("last");
    expect(slow.named("reset")).toEqual([]);
    expect(slow.fields("id")).toEqual(quick.fields("id"));
  }, 20_000);
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
