import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { ERAS, openBoard, type Session } from "./testing/connect.ts";

let board: Awaited<ReturnType<typeof openBoard>>;
let one: Session;
let two: Session;

beforeEach(async () => {
  board = await openBoard();
  one = await board.as("agent-1");
  two = await board.as("agent-2");
});

const create = (id: string, fields: object = {}) =>
  board.ask("POST", "/collab/tasks", { json: { id, title: `Task ${id}`, ...fields } });

describe("the list", () => {
  test("[M1] ten tools, and less than 2,000 tokens to read about them", async () => {
    const { tools } = await one.client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      "work_next",
      "task_get",
      "task_update",
      "task_move",
      "lease_hold",
      "lease_release",
      "events_changes",
      "note",
      "task_search",
      "task_create",
    ]);
    expect(Buffer.byteLength(JSON.stringify({ tools })) / 4).toBeLessThan(2_000);
  });

  test("[M1] every argument a tool takes is listed, with the words it may be", async () => {
    const { tools } = await one.client.listTools();
    const move = tools.find(({ name }) => name === "task_move");
    expect(move?.inputSchema).toEqual({
      type: "object",
      properties: {
        to: {
          type: "string",
          enum: ["queued", "claimed", "in_progress", "review", "approved", "merging", "done"],
        },
        assignee: { type: "string", description: "who will hold it, when not the mover" },
        reason: { type: "string" },
        id: { type: "string" },
        token: { type: "integer" },
        agent: { type: "string" },
      },
      required: ["to", "id"],
    });
  });
});

describe("the page about it", () => {
  test("names every tool and every argument, and no other", async () => {
    const rows = readFileSync("docs/mcp.md", "utf8").matchAll(/^\| `(\w+)` \| (.+?) \|/gm);
    const written = [...rows].map(([, name, takes = ""]) => ({
      name,
      takes: [...takes.matchAll(/`(\w+)`/g)].map(([, word]) => word).toSorted(byCodeUnit),
    }));
    const { tools } = await one.client.listTools();
    const listed = tools.map(({ name, inputSchema }) => ({
      name,
      takes: Object.keys(inputSchema.properties ?? {})
        .filter((word) => word !== "agent")
        .toSorted(byCodeUnit),
    }));
    expect(written).toEqual(listed);
  });
});

describe("getting work", () => {
  test("[M2] one call chooses, claims and leases, and answers all that the work needs", async () => {
    await create("T-1", { priority: "low" });
    await create("T-2", { priority: "high", description: "Line one\nline two", dod: ["tested"] });
    const { told } = await one.call("work_next");
    expect(told).toEqual({
      id: "T-2",
      title: "Task T-2",
      status: "claimed",
      priority: "high",
      type: "feature",
      assignee: "agent-1",
      description: "Line one\nline two",
      dod: [{ id: "d1", done: false, text: "tested" }],
      etag: expect.stringMatching(/^2-[\w-]+$/) as unknown,
      lease: {
        resource: "task:T-2",
        holder: "agent-1",
        token: expect.any(Number) as unknown,
        expires_at: expect.stringMatching(/Z$/) as unknown,
      },
      next: expect.stringContaining('task_move {"id":"T-2","to":"in_progress","token":') as unknown,
    });
  });

  test("[M3] agents that ask at the same moment never get the same task", async () => {
    for (const id of ["T-1", "T-2", "T-3"]) await create(id);
    const got = await Promise.all([
      one.call("work_next"),
      two.call("work_next"),
      one.call("work_next"),
      two.call("work_next"),
    ]);
    const ids = got.map(({ told }) => told["id"] ?? "none");
    expect(new Set(ids)).toEqual(new Set(["T-1", "T-2", "T-3", "none"]));
  });

  test("[M3] when nothing is ready, the answer is no error, and says what waits and how to wait", async () => {
    await create("T-1");
    await create("T-2", { depends_on: ["T-1"] });
    await one.call("work_next");
    const { told, isError } = await two.call("work_next");
    expect(isError).toBe(false);
    expect(told).toMatchObject({
      none_ready: true,
      queued_but_not_for_you: [{ id: "T-2", depends_on: ["T-1"] }],
      next: expect.stringMatching(/^events_changes \{"cursor":".+","wait_ms":30000\}/) as unknown,
    });
  });
});

describe("losing a race", () => {
  test("[M4] a task that somebody else holds: who, until when, and what to do instead", async () => {
    await create("T-1");
    await one.call("work_next");
    const { told, isError } = await two.call("work_next", { task_id: "T-1" });
    expect(isError).toBe(true);
    expect(told).toMatchObject({
      code: "lease-held",
      holder: "agent-1",
      expires_at: expect.stringMatching(/Z$/) as unknown,
      next: "Take other work with work_next; events_changes with wait_ms tells when this ends.",
    });
  });

  test.each(ERAS)(
    "[M4] a refusal reaches the model as a result, in the %s protocol",
    async (era) => {
      const session = await board.as("agent-1", era);
      const { told, isError } = await session.call("task_get", { id: "T-404" });
      expect(isError).toBe(true);
      expect(told).toMatchObject({ code: "not-found", next: "task_search finds what there is." });
    },
  );

  test("[M4] arguments that do not fit are named one by one", async () => {
    const { told, isError } = await one.call("task_update", { id: "t1", etag: "x", bogus: 1 });
    expect(isError).toBe(true);
    expect(told).toMatchObject({
      code: "invalid",
      errors: [{ pointer: "/id" }, { pointer: "/bogus" }],
    });
  });

  test("[M5] other fields changed meanwhile: the call to make is there, and works as it stands", async () => {
    await create("T-1", { dod: ["tested", "documented"] });
    const { told: seen } = await one.call("task_get", { id: "T-1" });
    await two.call("task_update", { id: "T-1", etag: seen["etag"], patch: { title: "Better" } });
    const { told, isError } = await one.call("task_update", {
      id: "T-1",
      etag: seen["etag"],
      patch: { priority: "high" },
      tick: ["d1"],
    });
    expect(isError).toBe(true);
    expect(told).toMatchObject({
      code: "precondition-failed",
      detail: "T-1 is not as you saw it: agent-2 changed title. Nothing of yours was written.",
      changed_fields: ["title"],
      changed_by: "agent-2",
      now: { title: "Better" },
    });
    const [tool, args] = callIn(told["next"]);
    const again = await one.call(tool, args);
    expect(again.isError).toBe(false);
    const { told: task } = await one.call("task_get", { id: "T-1" });
    expect(task).toMatchObject({
      title: "Better",
      priority: "high",
      dod: [
        { id: "d1", done: true, text: "tested" },
        { id: "d2", done: false, text: "documented" },
      ],
    });
  });

  test("[M5] the same field changed meanwhile: both values are known, and a decision is asked for", async () => {
    await create("T-1");
    const { told: seen } = await one.call("task_get", { id: "T-1" });
    await two.call("task_update", { id: "T-1", etag: seen["etag"], patch: { title: "Theirs" } });
    const mine = { id: "T-1", etag: seen["etag"], patch: { title: "Mine" } };
    const { told } = await one.call("task_update", mine);
    expect(told).toMatchObject({
      overlap: ["title"],
      now: { title: "Theirs" },
      next: expect.stringMatching(
        /^Decide what title should be now, then: task_update /,
      ) as unknown,
    });
    expect((await one.call("task_get", { id: "T-1" })).told["title"]).toBe("Theirs");
  });

  test("[M6] a lease that ended: renewing is refused, also under the token of the next holder's task", async () => {
    await create("T-1");
    const { told } = await one.call("work_next", { ttl_seconds: 10 });
    const { token } = told["lease"] as { token: number };
    board.clock.advance(11_000);
    const gone = await one.call("lease_hold", { resource: "task:T-1", token });
    expect(gone.isError).toBe(true);
    expect(gone.told).toMatchObject({
      code: expect.stringMatching(/^(lease-expired|fence-stale)$/) as unknown,
    });
    await two.call("work_next", { task_id: "T-1" });
    const taken = await one.call("lease_hold", { resource: "task:T-1", token });
    expect(taken.told).toMatchObject({
      code: "fence-stale",
      holder: "agent-2",
      next: "Stop writing: it is no longer yours. work_next gets you other work.",
    });
    const late = await one.call("task_move", { id: "T-1", to: "in_progress", token });
    expect(late.told).toMatchObject({ code: "fence-stale" });
  });
});

describe("a name for every change", () => {
  test("[M7] without one nothing is changed, and the refusal says how to give one", async () => {
    const nobody = await board.as(undefined);
    const { told, isError } = await nobody.call("task_create", { title: "Whose?" });
    expect(isError).toBe(true);
    expect(told).toMatchObject({
      code: "invalid",
      next: expect.stringContaining("agent:") as unknown,
    });
    expect((await nobody.call("task_search")).told).toEqual({ found: 0 });
  });

  test("[M7] a name in the call goes before the one of the connection", async () => {
    await create("T-1");
    const { told } = await one.call("work_next", { agent: "helper-3" });
    expect(told).toMatchObject({ assignee: "helper-3", lease: { holder: "helper-3" } });
  });
});

describe("what an answer looks like", () => {
  test("[M8] text and structure tell the same, for clients that show only one of them", async () => {
    await create("T-1", { labels: ["api"], dod: ["tested"] });
    const { told, text } = await one.call("work_next");
    const { token, expires_at } = told["lease"] as { token: number; expires_at: string };
    for (const word of [
      told["id"],
      told["title"],
      told["etag"],
      `token=${token}`,
      expires_at,
      "id=d1 done=false text=tested",
      "labels: api",
      told["next"],
    ]) {
      expect(text).toContain(String(word));
    }
  });

  test("[M8] what is empty is left out", async () => {
    await create("T-1");
    const { told } = await one.call("task_get", { id: "T-1" });
    expect(Object.keys(told)).toEqual(["id", "title", "status", "priority", "type", "etag"]);
  });
});

describe("from the first step to the last", () => {
  test("[M9] each next leads on, from an empty hand to a task that is done", async () => {
    await create("T-1", { dod: ["tested"] });
    const { told: work } = await one.call("work_next");
    const { told: moved } = await one.call(...callIn(work["next"]));
    expect(moved).toMatchObject({ from: "claimed", to: "in_progress" });
    const tick = { id: "T-1", etag: moved["etag"], tick: ["d1"] };
    expect((await one.call("task_update", tick)).told).not.toHaveProperty("dod_open");
    const { told: handed } = await one.call(...callIn(moved["next"]));
    expect(handed).toMatchObject({ to: "review", next: "work_next {}" });
    await two.call("task_move", { id: "T-1", to: "approved" });
    const { told: merging } = await two.call("task_move", { id: "T-1", to: "merging" });
    const { told: done } = await two.call(...callIn(merging["next"]));
    expect(done).toMatchObject({ from: "merging", to: "done" });
  });

  test("[M9] what is open is told before a task may be done", async () => {
    await create("T-1", { dod: ["tested"] });
    await one.call("work_next");
    for (const to of ["in_progress", "review", "approved", "merging"])
      await one.call("task_move", { id: "T-1", to });
    const { told } = await one.call("task_move", { id: "T-1", to: "done" });
    expect(told).toMatchObject({
      code: "dod-open",
      next: expect.stringContaining("tick") as unknown,
    });
  });
});

describe("leases on other things", () => {
  test("[M10] a path is held, renewed and given back by its resource and token alone", async () => {
    const { told } = await one.call("lease_hold", { resource: "path:src/**", note: "refactoring" });
    const held = { resource: "path:src/**", token: told["token"] };
    const refused = await two.call("lease_hold", { resource: "path:src/a.ts" });
    expect(refused.told).toMatchObject({ code: "lease-held", holder: "agent-1" });
    board.clock.advance(60_000);
    const renewed = await one.call("lease_hold", held);
    expect(String(renewed.told["expires_at"]) > String(told["expires_at"])).toBe(true);
    expect((await one.call("lease_release", held)).told).toEqual({ released: "path:src/**" });
    expect((await two.call("lease_hold", { resource: "path:src/a.ts" })).isError).toBe(false);
  });
});

describe("what happened", () => {
  test("[M11] from a cursor on everything comes once, in order, also in small portions", async () => {
    const { told: start } = await one.call("events_changes");
    for (const id of ["T-1", "T-2", "T-3"]) await create(id);
    await one.call("note", { text: "began", task: "T-2" });
    const seen: unknown[] = [];
    let cursor = start["cursor"];
    for (let more = true; more;) {
      const { told } = await one.call("events_changes", { cursor, limit: 2 });
      const events = (told["events"] ?? []) as { event: string; target: string }[];
      seen.push(...events.map(({ event, target }) => `${event} ${target}`));
      ({ cursor } = told);
      more = told["next"] !== undefined;
    }
    expect(seen).toEqual([
      "task_created task:T-1",
      "task_created task:T-2",
      "task_created task:T-3",
      "noted task:T-2",
    ]);
  });

  test("[M11] waiting ends with what happens meanwhile", async () => {
    const { told: start } = await one.call("events_changes");
    const waiting = one.call("events_changes", { cursor: start["cursor"], wait_ms: 20_000 });
    await create("T-1");
    expect((await waiting).told["events"]).toMatchObject([
      { event: "task_created", target: "task:T-1" },
    ]);
  });

  test("[M11] a cursor that names no place is told so, with the one to go on from", async () => {
    const { told, isError } = await one.call("events_changes", { cursor: "nowhere" });
    expect(isError).toBe(false);
    expect(told).toMatchObject({
      reset: expect.any(String) as unknown,
      next: expect.stringContaining("task_search") as unknown,
    });
    const again = await one.call("events_changes", { cursor: told["cursor"] });
    expect(again.told).not.toHaveProperty("reset");
  });

  test("[M11] an event tells what changed, and no proof of a lease", async () => {
    await create("T-1");
    await one.call("work_next");
    const { told } = await two.call("events_changes", { limit: 1 });
    expect(told["events"]).toEqual([
      {
        ts: expect.any(String) as unknown,
        event: "task_claimed",
        actor: "agent-1",
        target: "task:T-1",
        agent: "agent-1",
        from: "queued",
        to: "claimed",
      },
    ]);
  });
});

/** `tool {"a":1}`, wherever it stands in a sentence. */
function callIn(next: unknown): [string, Record<string, unknown>] {
  const [, tool = "", args = ""] = /(\w+) (\{.*?\})(?=\. Before|$)/.exec(String(next)) ?? [];
  return [tool, JSON.parse(args) as Record<string, unknown>];
}

function byCodeUnit(left = "", right = ""): number {
  return left < right ? -1 : Number(left > right);
}
