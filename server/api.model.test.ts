/** Random requests of two agents and a person, each answer held against a small model. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { STATUSES, type Status } from "#contracts/workflow";
import { openApp, type TestApp, type Told } from "./http/testing/client.ts";
import { AGENTS, Model, PERSON, type Actor } from "./testing/model.ts";

const TWO_DAYS_MS = 48 * 3_600_000;

interface Board {
  readonly ask: TestApp["ask"];
  readonly clock: TestApp["clock"];
  /** ETags that were given out, oldest first. */
  readonly etags: Map<string, string[]>;
  readonly created: { readonly key: string; readonly answer: Told; readonly json: object }[];
  turn: number;
}

type Command = fc.AsyncCommand<Model, Board>;

const codeOf = (told: Told) => (told.status < 400 ? "taken" : String(told.at("/code")));
const as = (actor: Actor) => (actor === PERSON ? {} : { "kyros-actor": actor });

/** Refused for one of the reasons there are, and for none when there is none. */
function expectAnswer(told: Told, reasons: readonly string[]): boolean {
  const code = codeOf(told);
  expect(reasons.length === 0 ? ["taken"] : reasons).toContain(code);
  return code === "taken";
}

interface LeaseRecord {
  readonly lock_id: string;
  readonly resource: string;
  readonly holder: string;
  readonly fencing_token: number;
  readonly expires_at: string;
}

/** All that can be seen is as the model has it. */
async function compare(model: Model, board: Board): Promise<void> {
  const { json } = await board.ask("GET", "/collab/state/tasks");
  const { data, etags } = json as {
    data: Record<string, Record<string, unknown>>;
    etags: Record<string, string>;
  };
  const seen = Object.entries(data).map(([id, { version, status, assignee, completed_at }]) => {
    return { id, version, status, assignee, isCompleted: completed_at !== null };
  });
  const told = [...model.tasks].map(([id, { version, status, assignee }]) => {
    return { id, version, status, assignee, isCompleted: status === "done" };
  });
  expect(seen).toEqual(told.toSorted((a, b) => a.id.localeCompare(b.id)));
  for (const [id, etag] of Object.entries(etags)) {
    const known = board.etags.get(id) ?? [];
    if (known.at(-1) !== etag) {
      expect(known).not.toContain(etag);
      board.etags.set(id, [...known, etag]);
    }
  }
  await compareLeases(model, board);
}

async function compareLeases(model: Model, board: Board): Promise<void> {
  const { json } = await board.ask("GET", "/collab/leases");
  const { items } = json as { items: LeaseRecord[] };
  const live = new Map(model.names);
  for (const [id, { lease }] of model.tasks) if (lease !== undefined) live.set(`task:${id}`, lease);
  const named = (all: { resource: string; holder: string }[]) =>
    all.map(({ resource, holder }) => `${resource} ${holder}`).toSorted();
  expect(named(items)).toEqual(
    named([...live].map(([resource, { holder }]) => ({ resource, holder }))),
  );
  for (const { resource, lock_id, fencing_token, expires_at } of items) {
    const lease = live.get(resource);
    if (lease === undefined) continue;
    const end = Date.parse(expires_at);
    expect(end).toBeGreaterThanOrEqual(lease.expiresAt);
    if (lease.token === 0) {
      expect(fencing_token).toBeGreaterThan(model.highestToken);
      model.highestToken = fencing_token;
      Object.assign(lease, { token: fencing_token, lockId: lock_id });
    }
    expect([resource, fencing_token, lock_id]).toEqual([resource, lease.token, lease.lockId]);
    lease.expiresAt = end;
  }
}

async function letPass(ms: number, model: Model, { ask, clock }: Board): Promise<void> {
  clock.advance(ms);
  model.advance(ms);
  expect((await ask("POST", "/collab/leases/reclaim", { json: {} })).status).toBe(200);
}

/** A request, and what the model says of its answer. */
function command(name: string, run: (model: Model, board: Board) => Promise<void>): Command {
  return {
    check: () => true,
    async run(model, board) {
      board.turn += 1;
      // The store gives each batch a later moment than the last, also where the clock stands still.
      await letPass(10, model, board);
      await run(model, board);
      await compare(model, board);
    },
    toString: () => name,
  };
}

const create = (id: string, dependsOn: readonly string[], items: number) =>
  command(`create ${id} ⇒ ${dependsOn.join()} with ${items} items`, async (model, board) => {
    const depends_on = dependsOn.filter((each) => model.tasks.has(each) && each !== id);
    const dod = Array.from({ length: items }, (_, index) => `item ${index}`);
    const json = { id, title: "x", depends_on, dod };
    const key = `key-${board.turn}`;
    const answer = await board.ask("POST", "/collab/tasks", {
      json,
      headers: { "idempotency-key": key },
    });
    if (!expectAnswer(answer, model.tasks.has(id) ? ["already-exists"] : [])) return;
    board.created.push({ key, answer, json });
    const task = {
      version: (model.lastVersions.get(id) ?? 0) + 1,
      status: "queued",
      assignee: null,
      dependsOn: depends_on,
      openItems: items,
      lease: undefined,
    } as const;
    model.tasks.set(id, { ...task });
  });

const repeat = (choice: number) =>
  command(`repeat creation ${choice}`, async (_, board) => {
    const before = board.created[choice % Math.max(1, board.created.length)];
    if (before === undefined) return;
    const headers = { "idempotency-key": before.key };
    const again = await board.ask("POST", "/collab/tasks", { json: before.json, headers });
    expect([again.status, again.json, again.headers.get("etag")]).toEqual([
      before.answer.status,
      before.answer.json,
      before.answer.headers.get("etag"),
    ]);
    const other = await board.ask("POST", "/collab/tasks", { json: { title: "other" }, headers });
    expect(codeOf(other)).toBe("idempotency-mismatch");
  });

const patch = (id: string, which: "newest" | "older" | "none" | "any") =>
  command(`patch ${id} by the ${which} ETag`, async (model, board) => {
    const known = board.etags.get(id) ?? [];
    const older = known.at(-2) ?? '"0-nothing"';
    const etag = { newest: known.at(-1), older, none: undefined, any: "*" }[which];
    const told = await board.ask("PATCH", `/collab/tasks/${id}`, {
      json: { title: `title ${board.turn}` },
      headers: { "if-match": etag },
    });
    const task = model.tasks.get(id);
    if (task === undefined) {
      expectAnswer(told, [etag === undefined ? "not-found" : "precondition-failed"]);
      return;
    }
    const reasons = {
      newest: [],
      any: [],
      older: ["precondition-failed"],
      none: ["precondition-required"],
    }[which];
    if (expectAnswer(told, reasons)) task.version += 1;
  });

const tick = (id: string) =>
  command(`tick all of ${id}`, async (model, board) => {
    const task = model.tasks.get(id);
    if (task === undefined || task.openItems === 0) return;
    const now = await board.ask("GET", `/collab/tasks/${id}`);
    const dod = (now.at("/dod") as object[]).map((item) => ({ ...item, done: true }));
    const told = await board.ask("PATCH", `/collab/tasks/${id}`, {
      json: { dod },
      headers: { "if-match": "*" },
    });
    expectAnswer(told, []);
    task.openItems = 0;
    task.version += 1;
  });

const transition = (actor: Actor, id: string, to: Status) =>
  command(`${actor} moves ${id} to ${to}`, async (model, board) => {
    const told = await board.ask("POST", `/collab/tasks/${id}/transition`, {
      json: { to },
      headers: as(actor),
    });
    const task = model.tasks.get(id);
    if (task === undefined) {
      expectAnswer(told, ["not-found"]);
      return;
    }
    if (expectAnswer(told, model.reasonsAgainst(task, actor, to))) model.step(task, actor, to);
  });

const claim = (agent: Actor, id: string | undefined) =>
  command(`${agent} claims ${id ?? "what is ready"}`, async (model, board) => {
    const told = await board.ask("POST", "/collab/tasks/claim", {
      json: { agent, task_id: id },
      headers: as(agent),
    });
    if (id === undefined) {
      const best = model.bestReady();
      expect(told.status).toBe(best === undefined ? 204 : 200);
      if (best === undefined) return;
      expect(told.at("/task/id")).toBe(best);
      const task = model.tasks.get(best);
      if (task !== undefined) model.step(task, agent, "claimed");
      return;
    }
    const task = model.tasks.get(id);
    if (task === undefined) {
      expectAnswer(told, ["not-found"]);
      return;
    }
    // Who holds it already is given the same lease once more.
    if (model.isHeld(task) && task.assignee === agent) {
      expectAnswer(told, []);
      return;
    }
    if (expectAnswer(told, model.reasonsAgainst(task, agent, "claimed")))
      model.step(task, agent, "claimed");
  });

const remove = (id: string) =>
  command(`delete ${id}`, async (model, board) => {
    const told = await board.ask("DELETE", `/collab/tasks/${id}`, { headers: { "if-match": "*" } });
    const task = model.tasks.get(id);
    if (task === undefined) {
      expectAnswer(told, ["precondition-failed"]);
      return;
    }
    const isOthers = model.isHeld(task) && task.assignee !== PERSON;
    const reasons = [
      ...(isOthers ? ["not-holder"] : []),
      ...(model.dependants(id).length > 0 ? ["in-use"] : []),
    ];
    if (!expectAnswer(told, reasons)) return;
    model.end(task);
    model.tasks.delete(id);
    model.lastVersions.set(id, task.version + 1);
  });

const acquire = (holder: Actor, resource: string, seconds: number) =>
  command(`${holder} takes ${resource} for ${seconds} s`, async (model, board) => {
    const json = { resource, holder, ttl_seconds: seconds };
    const told = await board.ask("POST", "/collab/leases/acquire", { json, headers: as(holder) });
    const before = model.names.get(resource);
    const isOthers = before !== undefined && before.holder !== holder;
    if (!expectAnswer(told, isOthers ? ["lease-held"] : [])) return;
    const [ttlMs, expiresAt] = [seconds * 1_000, model.now + seconds * 1_000];
    if (before === undefined)
      model.names.set(resource, { holder, ttlMs, expiresAt, lockId: "", token: 0 });
    else
      model.names.set(resource, {
        ...before,
        ttlMs,
        expiresAt: Math.max(before.expiresAt, expiresAt),
      });
  });

const beat = (resource: string) =>
  command(`heartbeat for ${resource}`, async (model, board) => {
    const lease = model.names.get(resource);
    if (lease === undefined) return;
    const told = await board.ask("POST", `/collab/leases/${lease.lockId}/heartbeat`, {
      headers: as(lease.holder),
    });
    expectAnswer(told, []);
    lease.expiresAt = Math.max(lease.expiresAt, model.now + lease.ttlMs);
  });

const release = (resource: string) =>
  command(`release of ${resource}`, async (model, board) => {
    const lease = model.names.get(resource);
    if (lease === undefined) return;
    expectAnswer(
      await board.ask("POST", `/collab/leases/${lease.lockId}/release`, {
        headers: as(lease.holder),
      }),
      [],
    );
    model.ended.push(lease.lockId);
    model.names.delete(resource);
  });

const useEnded = (choice: number, what: "heartbeat" | "release") =>
  command(`${what} of a lease that has ended`, async (model, board) => {
    const lockId = model.ended[choice % Math.max(1, model.ended.length)];
    if (lockId === undefined) return;
    expectAnswer(await board.ask("POST", `/collab/leases/${lockId}/${what}`), ["lease-expired"]);
  });

const wait = (ms: number) => command(`${ms} ms go by`, (model, board) => letPass(ms, model, board));

const jump = (ms: number) =>
  command(`the wall clock jumps by ${ms} ms`, async (model, board) => {
    board.clock.jump(ms);
    expect(
      (await board.ask("POST", "/collab/events", { json: { event: "looked", actor: PERSON } }))
        .status,
    ).toBe(200);
    model.now += ms;
    const leases = [...model.tasks.values()].map(({ lease }) => lease);
    for (const lease of [...leases, ...model.names.values()])
      if (lease !== undefined) lease.expiresAt += ms;
  });

const id = fc.constantFrom("T-1", "T-2", "T-3", "T-4");
const agent = fc.constantFrom<Actor>(...AGENTS);
const actor = fc.constantFrom<Actor>(...AGENTS, PERSON);
const resource = fc.constantFrom("name:x", "name:y");
const COMMANDS = [
  fc.tuple(id, fc.subarray(["T-1", "T-2"]), fc.nat(1)).map(([...all]) => create(...all)),
  fc.nat().map(repeat),
  fc
    .tuple(id, fc.constantFrom("newest", "older", "none", "any" as const))
    .map(([...all]) => patch(...(all as Parameters<typeof patch>))),
  id.map(tick),
  fc.tuple(actor, id, fc.constantFrom(...STATUSES)).map(([...all]) => transition(...all)),
  fc.tuple(actor, id, fc.constantFrom(...STATUSES)).map(([...all]) => transition(...all)),
  fc.tuple(agent, fc.option(id, { nil: undefined })).map(([...all]) => claim(...all)),
  id.map(remove),
  fc.tuple(agent, resource, fc.integer({ min: 1, max: 60 })).map(([...all]) => acquire(...all)),
  resource.map(beat),
  resource.map(release),
  fc
    .tuple(fc.nat(), fc.constantFrom("heartbeat" as const, "release" as const))
    .map(([...all]) => useEnded(...all)),
  fc.constantFrom(1, 999, 20_000, 299_000, 301_000).map(wait),
  fc.constantFrom(3_600_000, -3_600_000, 5_000).map(jump),
];

test(
  "[T1] [T4] [T5] [T6] [T7] [T8] [T12] [L1] [L3] [L9] whatever is asked in whatever order, the board is as the model has it",
  { timeout: 60_000 },
  async () => {
    let commands = 0;
    await fc.assert(
      fc.asyncProperty(fc.commands(COMMANDS, { size: "+1" }), async (all) => {
        const { ask, clock, drain } = await openApp();
        // Ids of leases carry the true time; here they are old, as they are on a board that has lived.
        clock.advance(Date.now() + TWO_DAYS_MS - clock.now());
        const model = new Model(clock.now());
        const board: Board = { ask, clock, etags: new Map(), created: [], turn: 0 };
        await fc.asyncModelRun(() => ({ model, real: board }), all);
        commands += board.turn;
        await drain();
      }),
      { numRuns: 150 },
    );
    expect(commands).toBeGreaterThan(500);
  },
);
