/** The part of the acceptance suite about presence, repeated requests, the log and the end. */
import { expect, test } from "vitest";
import type { createManualClock } from "../../kernel/clock.ts";
import { toInstant } from "../../kernel/instant.ts";
import { refuse } from "../../kernel/refusal.ts";
import { accept, put, StoreFault, type Author, type NewEvent, type Store } from "../port.ts";
import { allEvents, changed, scanned } from "./observe.ts";
import { aLease, anAgent, aTask, change, PERSON, setTitle } from "./records.ts";

export type Get = () => {
  store: Store;
  clock: ReturnType<typeof createManualClock>;
  /** The store opened again where something survives; the same one where nothing does. */
  reopened: () => Promise<Store>;
};

export function presence(get: Get): void {
  const seenAt = (at: string) =>
    [{ kind: "agents", id: "agent-1", fields: { last_seen: at } }] as const;

  test("a touch is visible at once, without an event and without a new version", async () => {
    const { store } = get();
    await change(store, [put("agents", anAgent("agent-1"))]);
    const before = store.read();
    await store.commit(() => accept(() => null, [], seenAt("2026-01-01T00:00:09.000Z")), PERSON);
    const entry = store.read().get("agents", "agent-1");
    expect(entry?.record).toMatchObject({ version: 1, last_seen: "2026-01-01T00:00:09.000Z" });
    expect(store.events.head).toBe(1);
    expect(store.read().cursor).toBe(before.cursor);
    expect(entry?.etag).not.toBe(before.get("agents", "agent-1")?.etag);
  });

  test("a touch of a record that is gone is skipped", async () => {
    const { store } = get();
    const done = await store.commit(
      () => accept(() => "ok", [], seenAt("2026-01-01T00:00:09.000Z")),
      PERSON,
    );
    expect(done).toMatchObject({ ok: true, value: "ok" });
    expect(store.read().collection("agents").size).toBe(0);
  });

  test("a field that is not volatile cannot be touched", async () => {
    const { store } = get();
    await change(store, [put("agents", anAgent("agent-1"))]);
    const touches = [{ kind: "agents", id: "agent-1", fields: { status: "busy" } }] as const;
    await expect(store.commit(() => accept(() => null, [], touches), PERSON)).rejects.toThrow(
      "volatile",
    );
  });

  test("presence survives an orderly end", async () => {
    const { store, reopened } = get();
    await change(store, [put("agents", anAgent("agent-1"))]);
    await store.commit(() => accept(() => null, [], seenAt("2026-01-01T00:00:09.000Z")), PERSON);
    const record = (await reopened()).read().get("agents", "agent-1")?.record;
    expect(record).toMatchObject({ last_seen: "2026-01-01T00:00:09.000Z", version: 1 });
  });

  test("[S15] nobody ever sees a clock that jumped beside leases that did not", async () => {
    const { store, clock } = get();
    await store.commit((_view, now) => {
      const expires_at = new Date(now + 300_000).toISOString();
      return accept(() => null, [changed(put("locks", aLease("L-1", { expires_at })))]);
    }, PERSON);
    const left = () =>
      Date.parse(store.read().get("locks", "L-1")?.record.expires_at ?? "") - store.now();
    const seen: number[] = [];
    for (const jump of [3_600_000, -7_200_000]) {
      clock.jump(jump);
      const done = setTitle(store, "T-1", `jump ${jump}`).then(() => undefined);
      for (let turn = 0; turn < 40; turn += 1) {
        seen.push(left());
        await Promise.resolve();
      }
      await done;
      seen.push(left());
    }
    expect(Math.min(...seen)).toBeGreaterThan(299_000);
    expect(Math.max(...seen)).toBeLessThan(301_000);
  });

  test("[S15] a wall clock that jumps changes nothing about what is left of a lease", async () => {
    const { store, clock } = get();
    const left = () =>
      store.commit((view, now) => {
        const lease = view.get("locks", "L-1")?.record;
        return accept(() => Date.parse(lease?.expires_at ?? "") - now, []);
      }, PERSON);
    await store.commit((_view, now) => {
      const expires_at = new Date(now + 300_000).toISOString();
      return accept(() => null, [changed(put("locks", aLease("L-1", { expires_at })))]);
    }, PERSON);
    for (const jump of [3_600_000, -3_600_000, -3_600_000, 3_600_000]) {
      clock.advance(1_000);
      clock.jump(jump);
      await left();
    }
    clock.advance(1_000);
    const rest = await left();
    expect(rest.ok && rest.value).toBeGreaterThan(294_000);
    expect(rest.ok && rest.value).toBeLessThan(295_010);
  });
}

export function repetition(get: Get): void {
  const keyed = (key: string, fingerprint = "f", actor = "agent-1"): Author => ({
    actor,
    idempotency: { key, fingerprint },
  });
  const create = (store: Store, by: Author, title = "once") =>
    store.commit((view) => {
      const size = view.collection("tasks").size;
      const task = aTask(`T-${size + 1}`, { title });
      const events: NewEvent[] = [changed(put("tasks", task)), { event: "said", target: "" }];
      return accept((after) => ({ id: task.id, etag: after.get("tasks", task.id)?.etag }), events);
    }, by);

  test("[S8] the same key answers what the first request answered, and nothing happens again", async () => {
    const { store } = get();
    const first = await create(store, keyed("k1"));
    await setTitle(store, "T-1", "changed since");
    const again = await create(store, keyed("k1"));
    expect(again).toEqual({ ...first, replayed: true, cursor: store.read().cursor });
    expect(store.events.head).toBe(3);
  });

  test("[S8] it does so for requests that arrive together", async () => {
    const { store } = get();
    const outcomes = await Promise.all([1, 2, 3].map(() => create(store, keyed("k1"))));
    expect(outcomes.map((outcome) => outcome.ok && outcome.replayed)).toEqual([false, true, true]);
    expect(
      new Set(outcomes.map((outcome) => JSON.stringify(outcome.ok && outcome.value))).size,
    ).toBe(1);
    expect(store.read().collection("tasks").size).toBe(1);
  });

  test("[S8] it does so after a restart, the ids of the events included", async () => {
    const { store, reopened } = get();
    const first = await create(store, keyed("k1"));
    const again = await create(await reopened(), keyed("k1"));
    expect(again).toMatchObject({ ok: true, replayed: true });
    expect(again.ok && again.value).toEqual(first.ok && first.value);
    expect(again.ok && again.eventIds).toEqual(first.ok && first.eventIds);
    expect(first.ok && first.eventIds).toHaveLength(2);
  });

  test("[S8] the same key with another payload is refused", async () => {
    const { store } = get();
    await create(store, keyed("k1", "f"));
    const other = await create(store, keyed("k1", "g"));
    expect(other).toMatchObject({ ok: false, code: "idempotency-mismatch" });
    expect(store.read().collection("tasks").size).toBe(1);
  });

  test("[S8] a key belongs to its actor", async () => {
    const { store } = get();
    await create(store, keyed("k1", "f", "agent-1"));
    expect(await create(store, keyed("k1", "g", "agent-2"))).toMatchObject({
      ok: true,
      replayed: false,
    });
    expect(store.read().collection("tasks").size).toBe(2);
  });

  test("[S8] also where both use it in one moment; and each has as many as it likes", async () => {
    const { store } = get();
    const outcomes = await Promise.all([
      create(store, keyed("k1", "f", "agent-1")),
      create(store, keyed("k1", "g", "agent-2")),
      create(store, keyed("k2", "h", "agent-1")),
    ]);
    expect(outcomes.map((outcome) => outcome.ok && outcome.replayed)).toEqual([
      false,
      false,
      false,
    ]);
    expect(store.read().collection("tasks").size).toBe(3);
  });

  test("[S8] a key is forgotten after a day", async () => {
    const { store, clock } = get();
    await create(store, keyed("k1"));
    clock.advance(24 * 3_600_000 - 1_000);
    expect(await create(store, keyed("k1"))).toMatchObject({ ok: true, replayed: true });
    clock.advance(2_000);
    expect(await create(store, keyed("k1"))).toMatchObject({ ok: true, replayed: false });
  });

  test("a refusal is not kept: the next try is decided afresh", async () => {
    const { store } = get();
    const claim = () =>
      store.commit((view) => {
        const entry = view.get("tasks", "T-1");
        if (entry === undefined) return refuse("not-found", "no such task");
        return accept(
          () => "claimed",
          [changed(put("tasks", { ...entry.record, assignee: "agent-1" }))],
        );
      }, keyed("k1"));
    expect(await claim()).toMatchObject({ ok: false });
    await setTitle(store, "T-1", "here");
    expect(await claim()).toMatchObject({ ok: true, replayed: false, value: "claimed" });
  });
}

export function readingTheLog(get: Get): void {
  const say = (store: Store, ...names: string[]) =>
    store.commit(
      () =>
        accept(
          () => null,
          names.map((event) => ({ event, target: `name:${event}` })),
        ),
      PERSON,
    );

  test("events stand in the order of their commits, each with its place, none twice", async () => {
    const { store, clock } = get();
    await say(store, "a");
    clock.advance(5);
    await say(store, "b", "c");
    const entries = await allEvents(store);
    expect(entries.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(entries.map(({ event }) => event.event)).toEqual(["a", "b", "c"]);
    expect(entries.map(({ endsCommit }) => endsCommit)).toEqual([true, false, true]);
    expect(new Set(entries.map(({ event }) => event.id)).size).toBe(3);
    expect(entries.map(({ line }) => line)).toEqual(
      entries.map(({ event }) => JSON.stringify(event)),
    );
    expect(entries.at(-1)?.cursor).toBe(store.read().cursor);
  });

  test("a scan gives what lies behind a place up to another, forwards and backwards", async () => {
    const { store } = get();
    for (const name of ["a", "b", "c", "d"]) await say(store, name);
    const names = async (range: Parameters<Store["events"]["scan"]>[0]) =>
      (await scanned(store, range)).map(({ event }) => event.event).join("");
    expect(await names({ after: 0 })).toBe("abcd");
    expect(await names({ after: 1, upTo: 3 })).toBe("bc");
    expect(await names({ after: 1, upTo: 3, backwards: true })).toBe("cb");
    expect(await names({ after: 4 })).toBe("");
    expect(await names({ after: 9, upTo: 2 })).toBe("");
    expect(await names({ after: 0, upTo: 99 })).toBe("abcd");
  });

  test("a scan for texts finds every line that holds one of them", async () => {
    const { store } = get();
    for (const name of ["apple", "pear", "apricot"]) await say(store, name);
    const found = await scanned(store, { after: 0, containing: ["name:ap", "nowhere"] });
    expect(found.map(({ event }) => event.event)).toEqual(["apple", "apricot"]);
    expect(found.map(({ sequence }) => sequence)).toEqual([1, 3]);
  });

  test("[S16] a cursor names its place, also after a restart", async () => {
    const { store, reopened } = get();
    const cursors = [store.read().cursor];
    for (const name of ["a", "b", "c"]) {
      await say(store, name, "and");
      cursors.push(store.read().cursor);
    }
    const again = await reopened();
    const places = await Promise.all(cursors.map((cursor) => again.events.resolve(cursor)));
    expect(places).toEqual([{ sequence: 0 }, { sequence: 2 }, { sequence: 4 }, { sequence: 6 }]);
  });

  test("[S16] every event's cursor names the place behind it", async () => {
    const { store } = get();
    for (const name of ["a", "b", "c"]) await say(store, name, "and");
    for (const { cursor, sequence } of await allEvents(store)) {
      expect(await store.events.resolve(cursor)).toEqual({ sequence });
    }
  });

  test("[S16] a cursor of another history asks for a reset, and names no wrong place", async () => {
    const { store } = get();
    await say(store, "a");
    await say(store, "b");
    const [first] = await allEvents(store);
    const forged = [
      (first?.cursor ?? "").replace(/.$/, (last) => (last === "0" ? "1" : "0")),
      (first?.cursor ?? "").replace(/^1/, "2"),
      (first?.cursor ?? "").replace(/^1/, "7"),
      (first?.cursor ?? "").replace(/^1/, "0"),
      "0",
      "",
      "1.",
      "__proto__",
      "9".repeat(40),
    ];
    for (const cursor of forged) {
      expect([cursor, Object.keys(await store.events.resolve(cursor))]).toEqual([
        cursor,
        ["reset"],
      ]);
    }
  });

  test("[S16] reading on from a snapshot's cursor misses nothing and repeats nothing", async () => {
    const { store } = get();
    await say(store, "a");
    const { cursor } = store.read();
    await say(store, "b");
    await say(store, "c");
    const place = await store.events.resolve(cursor);
    const after = "sequence" in place ? place.sequence : -1;
    expect((await scanned(store, { after })).map(({ event }) => event.event)).toEqual(["b", "c"]);
    expect(store.events.recent(after)?.map(({ event }) => event.event)).toEqual(["b", "c"]);
    expect(store.events.recent(3)).toEqual([]);
  });

  test("the place before a moment is the one from which all since is read", async () => {
    const { store, clock } = get();
    const moments: number[] = [];
    for (const name of ["a", "b", "c"]) {
      clock.advance(10_000);
      moments.push(clock.now());
      await say(store, name, "and");
    }
    const places = [];
    for (const moment of moments) {
      for (const offset of [-5_000, 0, 5_000]) {
        places.push(await store.events.before(toInstant(moment + offset)));
      }
    }
    expect(places).toEqual([0, 0, 2, 2, 2, 4, 4, 4, 6]);
  });

  test("subscribers are told after each batch, when its events can be read, until they leave", async () => {
    const { store } = get();
    const heads: number[] = [];
    const leave = store.events.subscribe((reset) => {
      expect(reset).toBeUndefined();
      expect(store.events.headCursor).toBe(store.read().cursor);
      heads.push(store.events.head);
    });
    await say(store, "a");
    await say(store, "b", "c");
    leave();
    await say(store, "d");
    expect(heads).toEqual([1, 3]);
  });

  test("a commit without an event wakes nobody", async () => {
    const { store } = get();
    let calls = 0;
    store.events.subscribe(() => (calls += 1));
    await store.commit(() => accept(() => null, []), PERSON);
    await store.commit(() => refuse("forbidden", "no"), PERSON);
    expect(calls).toBe(0);
  });

  test("the time of events never stands still between batches, and the clock is what decisions get", async () => {
    const { store, clock } = get();
    const nows: number[] = [];
    for (const name of ["a", "b", "c"]) {
      await store.commit((_view, now) => {
        nows.push(now);
        return accept(() => null, [{ event: name, target: "" }]);
      }, PERSON);
    }
    const times = (await allEvents(store)).map(({ event }) => event.ts);
    expect(new Set(times).size).toBe(3);
    expect(times.toSorted()).toEqual(times);
    for (const now of nows) expect(Math.abs(now - clock.now())).toBeLessThan(10);
  });
}

export function closing(get: Get): void {
  test("[S18] closing finishes what was taken, and refuses what comes after as draining", async () => {
    const { store } = get();
    const taken = [1, 2, 3].map((index) => setTitle(store, `T-${index}`, "in time"));
    const closed = store.close();
    const late = setTitle(store, "T-9", "too late");
    await expect(late).rejects.toBeInstanceOf(StoreFault);
    await expect(late).rejects.toMatchObject({ code: "draining" });
    await closed;
    expect((await Promise.all(taken)).map((outcome) => outcome.ok)).toEqual([true, true, true]);
    expect(store.read().collection("tasks").size).toBe(3);
  });
}
