/**
 * What every store has to do, whatever it keeps its records in: run on the file store and on its
 * in-memory twin, and meant for any other that is to take their place.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { createManualClock } from "../../kernel/clock.ts";
import { holds } from "../../kernel/precondition.ts";
import { refuse } from "../../kernel/refusal.ts";
import { accept, put, remove, type NewEvent, type Store } from "../port.ts";
import { closing, presence, readingTheLog, repetition, type Get } from "./acceptance-log.ts";
import { allEvents, changed, picture } from "./observe.ts";
import { aLease, anAgent, aTask, change, PERSON, setTitle } from "./records.ts";

export interface StoreUnderTest {
  readonly store: Store;
  readonly clock: ReturnType<typeof createManualClock>;
  /** Ends the store in good order and opens what it left. Absent where nothing is left. */
  readonly reopen?: () => Promise<Store>;
  readonly dispose: () => Promise<void>;
}

export function storeAcceptance(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name}, as every store`, () => {
    let opened: StoreUnderTest;
    let store: Store;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.dispose());

    const reopened = async () => {
      if (opened.reopen !== undefined) store = await opened.reopen();
      return store;
    };
    const get = () => ({ store, clock: opened.clock, reopened });

    describe("commits", () => {
      commits(get);
    });
    describe("versions and ETags", () => {
      versions(get);
    });
    describe("presence", () => {
      presence(get);
    });
    describe("repeated requests", () => {
      repetition(get);
    });
    describe("the log", () => {
      readingTheLog(get);
    });
    describe("the end", () => {
      closing(get);
    });
  });
}

function commits(get: Get): void {
  test("a commit is visible, with its event, when its promise resolves", async () => {
    const { store } = get();
    const before = store.read();
    const done = await change(store, [put("tasks", aTask("T-1"))]);
    expect(done).toMatchObject({ ok: true, value: 1, replayed: false });
    expect(store.read().get("tasks", "T-1")?.record.title).toBe("Task T-1");
    expect((await allEvents(store)).map(({ event }) => event.event)).toEqual(["changed"]);
    expect(before.get("tasks", "T-1")).toBeUndefined();
  });

  test("a refusal is answered as it is, and nothing changes", async () => {
    const { store } = get();
    const { cursor } = store.read();
    const no = await store.commit(() => refuse("not-found", "no such task", { id: "T-1" }), PERSON);
    expect(no).toEqual({
      ok: false,
      code: "not-found",
      detail: "no such task",
      more: { id: "T-1" },
    });
    expect(store.read().cursor).toBe(cursor);
    expect(store.events.head).toBe(0);
  });

  test("a decision that throws leaves everything untouched, and its neighbours go through", async () => {
    const { store } = get();
    const broken = store.commit(() => {
      throw new Error("a bug");
    }, PERSON);
    const neighbour = change(store, [put("tasks", aTask("T-1"))]);
    await expect(broken).rejects.toThrow("a bug");
    expect(await neighbour).toMatchObject({ ok: true });
    expect(store.events.head).toBe(1);
  });

  test("an answer that throws takes its commit with it", async () => {
    const { store } = get();
    const broken = store.commit(
      () =>
        accept(() => {
          throw new Error("a bug");
        }, [changed(put("tasks", aTask("T-1")))]),
      PERSON,
    );
    await expect(broken).rejects.toThrow("a bug");
    expect(store.read().get("tasks", "T-1")).toBeUndefined();
    expect(store.events.head).toBe(0);
  });

  test("a decision that makes an invalid record is a bug, and leaves everything untouched", async () => {
    const { store } = get();
    const broken = change(store, [
      put("tasks", aTask("T-1")),
      put("tasks", { ...aTask("T-2"), title: "" }),
    ]);
    await expect(broken).rejects.toThrow("tasks/T-2");
    expect(store.read().collection("tasks").size).toBe(0);
    expect(store.events.head).toBe(0);
  });

  test("[S7] all records of a commit change at once, in the eyes of every reader", async () => {
    const { store } = get();
    const sums = new Set<number>();
    const watch = () => {
      const view = store.read();
      sums.add(view.collection("tasks").size + view.collection("agents").size);
    };
    const stop = store.events.subscribe(watch);
    const done = change(store, [
      put("tasks", aTask("T-1")),
      put("tasks", aTask("T-2")),
      put("agents", anAgent("agent-1")),
    ]);
    watch();
    await done;
    watch();
    stop();
    expect([...sums]).toEqual([0, 3]);
  });

  test("the answer is made from the view after the commit", async () => {
    const { store } = get();
    const done = await store.commit(
      (view) =>
        accept(
          (after) => ({
            before: view.get("tasks", "T-1")?.etag ?? null,
            version: after.get("tasks", "T-1")?.record.version,
          }),
          [changed(put("tasks", aTask("T-1", { version: 7 })))],
        ),
      PERSON,
    );
    expect(done).toMatchObject({ ok: true, value: { before: null, version: 1 } });
    expect(done.ok && done.cursor).toBe(store.read().cursor);
  });

  test("each decision sees the commits before its own, also when they arrive together", async () => {
    const { store } = get();
    await Promise.all(
      Array.from({ length: 50 }, () =>
        store.commit((view) => {
          const count = Number(view.get("tasks", "T-1")?.record.title ?? "0");
          const task = aTask("T-1", { title: String(count + 1) });
          return accept(() => null, [changed(put("tasks", task))]);
        }, PERSON),
      ),
    );
    expect(store.read().get("tasks", "T-1")?.record).toMatchObject({ title: "50", version: 50 });
  });

  test("commits that arrive together are decided in the order in which they arrived", async () => {
    const { store } = get();
    const titles = Array.from({ length: 20 }, (_, index) => `title ${index}`);
    await Promise.all(titles.map((title) => setTitle(store, "T-1", title)));
    const entries = await allEvents(store);
    expect(entries.map(({ event }) => titleIn(event.details))).toEqual(titles);
  });

  test("[S6] of many who say what they saw, one wins: no ETag has two children", async () => {
    const { store } = get();
    const created = await setTitle(store, "T-1", "first");
    const seen = created.ok ? [created.value ?? ""] : [];
    const race = await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        store.commit((view) => {
          const entry = view.get("tasks", "T-1");
          if (entry === undefined || !holds(seen, [entry.etag])) {
            return refuse("precondition-failed", "the task has changed");
          }
          const task = { ...entry.record, title: `winner ${index}` };
          return accept(() => index, [changed(put("tasks", task))]);
        }, PERSON),
      ),
    );
    const winners = race.filter((outcome) => outcome.ok);
    expect(winners).toHaveLength(1);
    expect(winners[0]).toMatchObject({ value: 0 });
    expect(store.read().get("tasks", "T-1")?.record).toMatchObject({
      title: "winner 0",
      version: 2,
    });
  });

  test("a refusal that rests on a change of its own batch comes only after that change", async () => {
    const { store } = get();
    const create = () =>
      store.commit((view) => {
        if (view.get("tasks", "T-1") !== undefined) return refuse("already-exists", "it exists");
        return accept(() => null, [changed(put("tasks", aTask("T-1")))]);
      }, PERSON);
    const first = create();
    const second = create().then((outcome) => ({
      ok: outcome.ok,
      visible: store.read().get("tasks", "T-1") !== undefined,
    }));
    expect(await second).toEqual({ ok: false, visible: true });
    expect(await first).toMatchObject({ ok: true });
  });

  test("what callers put into details survives, but not under the names the log needs itself", async () => {
    const { store } = get();
    const append = (...all: Record<string, unknown>[]) => {
      const events = all.map((details) => ({ event: "deployed", target: "name:x", details }));
      return store.commit(() => accept(() => null, events), PERSON);
    };
    expect(await append({ note: "hello", nested: { deep: [1, null, "ü"] } })).toMatchObject({
      ok: true,
    });
    for (const name of ["changes", "commit", "idempotency"]) {
      const forged = { [name]: { index: 0, size: 9 } };
      expect(await append(forged)).toMatchObject({ ok: false, code: "invalid" });
      expect(await append({ note: "hello" }, forged)).toMatchObject({ ok: false, code: "invalid" });
    }
    const entries = await allEvents(store);
    expect(entries.map(({ event }) => event.details)).toEqual([
      { note: "hello", nested: { deep: [1, null, "ü"] } },
    ]);
  });

  test("an event is the author's, unless it names another actor", async () => {
    const { store } = get();
    const events: NewEvent[] = [
      { event: "one", target: "name:x" },
      { event: "two", target: "name:x", actor: "kyros" },
    ];
    await store.commit(() => accept(() => null, events), { actor: "agent-7" });
    const entries = await allEvents(store);
    expect(entries.map(({ event }) => event.actor)).toEqual(["agent-7", "kyros"]);
  });
}

function versions(get: Get): void {
  test("[S5] each change raises the version by one, whatever number the decision put there", async () => {
    const { store } = get();
    for (const version of [9, 1, 77])
      await change(store, [put("tasks", aTask("T-1", { version }))]);
    expect(store.read().get("tasks", "T-1")?.record.version).toBe(3);
    const entries = await allEvents(store);
    expect(entries.map(({ event }) => versionIn(event.details))).toEqual([1, 2, 3]);
  });

  test("[S5] two changes of a record in one commit count twice", async () => {
    const { store } = get();
    await change(store, [
      put("tasks", aTask("T-1")),
      put("tasks", aTask("T-1", { title: "again" })),
    ]);
    expect(store.read().get("tasks", "T-1")?.record).toMatchObject({ version: 2, title: "again" });
  });

  test("[S5] a record made anew under an old id counts on from the one that was deleted", async () => {
    const { store, reopened } = get();
    await change(store, [put("tasks", aTask("T-1"))]);
    await change(store, [put("tasks", aTask("T-1", { title: "second" }))]);
    await change(store, [remove("tasks", "T-1")]);
    expect(store.read().get("tasks", "T-1")).toBeUndefined();
    const again = await reopened();
    await change(again, [put("tasks", aTask("T-1"))]);
    expect(again.read().get("tasks", "T-1")?.record.version).toBe(4);
  });

  test("[S5] deleted and made anew within one commit, it counts on as well", async () => {
    const { store } = get();
    await change(store, [put("tasks", aTask("T-1"))]);
    await change(store, [remove("tasks", "T-1"), put("tasks", aTask("T-1"))]);
    expect(store.read().get("tasks", "T-1")?.record.version).toBe(3);
  });

  test("an ETag is quoted, strong, begins with the version and differs from all before it", async () => {
    const { store } = get();
    const seen: (string | undefined)[] = [];
    for (const title of ["a", "b", "a", "b"]) {
      await setTitle(store, "T-1", title);
      seen.push(store.read().get("tasks", "T-1")?.etag);
    }
    expect(seen.map((etag) => etag?.slice(0, 3))).toEqual(['"1-', '"2-', '"3-', '"4-']);
    expect(new Set(seen).size).toBe(4);
    for (const etag of seen) expect(etag).toMatch(/^"[!#-~]+"$/);
  });

  test("the ETag of a collection changes with any of its records and with no others", async () => {
    const { store } = get();
    const tags: string[] = [];
    const note = () => tags.push(store.read().collection("tasks").etag);
    note();
    await setTitle(store, "T-1", "a");
    note();
    await setTitle(store, "T-2", "b");
    note();
    await change(store, [remove("tasks", "T-2")]);
    note();
    expect(new Set(tags).size).toBe(4);
    await change(store, [put("agents", anAgent("agent-1"))]);
    await store.commit(() => accept(() => null, [{ event: "said", target: "name:x" }]), PERSON);
    note();
    expect(new Set(tags).size).toBe(4);
    for (const tag of tags) expect(tag).toMatch(/^"[!#-~]+"$/);
  });

  test("the ETag of a collection does not return with its content", async () => {
    const { store } = get();
    await setTitle(store, "T-1", "a");
    const first = store.read().collection("tasks").etag;
    await change(store, [put("tasks", aTask("T-2"))]);
    await change(store, [remove("tasks", "T-2")]);
    expect(store.read().collection("tasks").etag).not.toBe(first);
  });

  test("a store opened again has the same records, ETags, cursor and sequence", async () => {
    const { store, reopened } = get();
    await change(store, [put("tasks", aTask("T-1")), put("agents", anAgent("agent-1"))]);
    await setTitle(store, "T-1", "b");
    await change(store, [put("locks", aLease("L-1"))]);
    const before = picture(store);
    expect(picture(await reopened())).toEqual(before);
  });

  test("a collection lists its records in id order: T-9 before T-10", async () => {
    const { store } = get();
    const ids = ["T-10", "T-9", "T-100", "T-1a", "OPS-2", "T-1"];
    await change(
      store,
      ids.map((id) => put("tasks", aTask(id))),
    );
    const listed = [...store.read().collection("tasks").entries()].map(({ id }) => id);
    expect(listed).toEqual(["OPS-2", "T-1", "T-1a", "T-9", "T-10", "T-100"]);
  });

  test("the sequence is the number of events, and grows with each of them", async () => {
    const { store } = get();
    expect(store.read().sequence).toBe(0);
    await setTitle(store, "T-1", "a");
    await store.commit(
      () =>
        accept(
          () => null,
          [
            { event: "said", target: "" },
            { event: "said", target: "" },
          ],
        ),
      PERSON,
    );
    expect(store.read().sequence).toBe(3);
  });
}

function firstChange(details: Record<string, unknown>): Record<string, unknown> {
  return (details["changes"] as Record<string, unknown>[])[0] ?? {};
}

function versionIn(details: Record<string, unknown>): unknown {
  return firstChange(details)["version"];
}

function titleIn(details: Record<string, unknown>): unknown {
  const { patch, value } = firstChange(details) as {
    patch?: { title: string };
    value?: { title: string };
  };
  return (patch ?? value)?.title;
}
