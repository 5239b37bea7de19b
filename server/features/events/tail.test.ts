import { afterEach, describe, expect, test, vi } from "vitest";
import { sleep } from "../../kernel/timers.ts";
import { accept } from "../../store/port.ts";
import { openApp } from "../../http/testing/client.ts";
import { append, START, tail } from "../../http/testing/stream.ts";

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
    expect(await begin(`?since=${two}`, { "last-event-id": "" })).toEqual(["three"]);
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

describe("[E14] [S16] from snapshot to stream", () => {
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
    const sent = (upTo: number) =>
      stream.messages
        .slice(0, upTo)
        .flatMap(({ event, data }) => (event === "batch" ? (data as unknown[]) : [])).length;
    const marks = stream.messages.flatMap(({ event, id }, index) =>
      event === "bookmark" ? [{ position: Number(id?.split(".")[0]), sent: sent(index) }] : [],
    );
    expect(marks).toHaveLength(20);
    expect(marks.filter(({ position, sent: events }) => position !== events)).toEqual([]);
  });
});
