/** Records that are made of little, so that two of them often meet in the same place. */
import * as fc from "fast-check";
import { AGENT_STATUSES } from "#contracts/agent";
import type { Kind } from "#contracts/state";
import { STATUSES } from "#contracts/workflow";
import { aLease, anAgent, aTask } from "../../store/testing/records.ts";
import type { Fields } from "../three-way.ts";
import type { Edit } from "./boards.ts";

const word = fc.constantFrom("a", "b", "c");
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: null });
const version = fc.integer({ min: 1, max: 4 });
const moment = fc.integer({ min: 1, max: 4 }).map((day) => `2026-01-0${day}T00:00:00.000Z`);

const dod = fc.uniqueArray(
  fc.record({ id: fc.constantFrom("d1", "d2", "d3"), text: word, done: fc.boolean() }),
  { selector: ({ id }) => id, maxLength: 3 },
);

/** Fields of a person's own, so each may be missing. */
const own = fc.record(
  { mine: fc.jsonValue({ maxDepth: 1 }), toString: word },
  { requiredKeys: [] },
);

export const someTask: fc.Arbitrary<Fields> = fc
  .record({
    version,
    title: word,
    description: word,
    status: fc.constantFrom(...STATUSES),
    assignee: maybe(word),
    depends_on: fc.uniqueArray(fc.constantFrom("T-2", "T-3", "T-10")),
    labels: fc.uniqueArray(word),
    dod,
    position: word,
    blocked: maybe(fc.record({ reason: word, since: moment })),
    archived: fc.boolean(),
    created_at: moment,
    updated_at: moment,
    completed_at: maybe(moment),
  })
  .chain((fields) => own.map((added) => asRead(aTask("T-1", { ...fields, ...added }))));

export const someAgent: fc.Arbitrary<Fields> = fc
  .record({
    version,
    name: word,
    role: word,
    skills: fc.uniqueArray(word),
    status: fc.constantFrom(...AGENT_STATUSES),
    available: fc.boolean(),
    last_seen: moment,
    current_task: maybe(fc.constantFrom("T-1", "T-2")),
  })
  .map((fields) => asRead(anAgent("agent-1", fields)));

export const someLease: fc.Arbitrary<Fields> = fc
  .record({
    version,
    mode: fc.constantFrom("exclusive", "shared"),
    holder: word,
    note: word,
    ttl_seconds: fc.integer({ min: 1, max: 3 }),
    heartbeat_at: moment,
    expires_at: moment,
    fencing_token: fc.integer({ min: 1, max: 4 }),
  })
  .map((fields) => asRead(aLease("l1", fields)));

/** Without the objects that fast-check makes and no file has: those without a prototype. */
function asRead(record: object): Fields {
  return JSON.parse(JSON.stringify(record)) as Fields;
}

const TASKS = ["T-1", "T-2", "T-3", "T-10", "OPS-1"];
const FIELDS: Readonly<Record<Kind, readonly string[]>> = {
  tasks: ["title", "description", "status", "assignee", "depends_on", "labels", "dod", "position"],
  agents: ["name", "role", "skills", "status", "available"],
  locks: ["mode", "holder", "note", "ttl_seconds"],
};

const someEdit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 4, arbitrary: editOf("tasks", "id", TASKS, someTask) },
  { weight: 1, arbitrary: editOf("agents", "id", ["agent-1", "agent-2"], someAgent) },
  { weight: 1, arbitrary: editOf("locks", "lock_id", ["l1", "l2"], someLease) },
);

/** What one side does before the branches meet. */
export const someEdits: fc.Arbitrary<Edit[]> = fc.array(someEdit, { minLength: 1, maxLength: 4 });

function editOf(
  kind: Kind,
  idField: string,
  ids: readonly string[],
  one: fc.Arbitrary<Fields>,
): fc.Arbitrary<Edit> {
  return fc
    .record({
      id: fc.constantFrom(...ids),
      from: one,
      fields: fc.subarray([...FIELDS[kind]], { minLength: 1, maxLength: 3 }),
      deletes: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
      settles: fc.boolean(),
    })
    .map((edit) => ({ ...edit, kind, from: { ...edit.from, [idField]: edit.id, version: 1 } }));
}

/** The record as it would be had the sides been called the other way round. */
export function exchanged(record: Fields): Fields {
  const result: Record<string, unknown> = { ...record };
  result["conflicts"] = inOrder(record).map((entry) => {
    if ("deleted_by" in entry) {
      return { deleted_by: entry["deleted_by"] === "ours" ? "theirs" : "ours" };
    }
    const { ours, theirs, ...rest } = entry;
    const [list, id, name] = String(rest["field"]).split(".");
    if (list === "dod" && id !== undefined) {
      if (name !== undefined) result["dod"] = withField(result["dod"], id, name, theirs);
    } else if (theirs === undefined) delete result[String(rest["field"])];
    else result[String(rest["field"])] = theirs;
    return {
      ...rest,
      ...(theirs !== undefined && { ours: theirs }),
      ...(ours !== undefined && { theirs: ours }),
    };
  });
  return result;
}

export function inOneOrder(record: Fields): Fields {
  return { ...record, conflicts: inOrder(record) };
}

function inOrder({ conflicts }: Fields): Fields[] {
  const list = (Array.isArray(conflicts) ? conflicts : []) as Fields[];
  return list.toSorted((a, b) => (String(a["field"]) < String(b["field"]) ? -1 : 1));
}

function withField(items: unknown, id: string, name: string, value: unknown): unknown {
  return (items as Fields[]).map((item) => (item["id"] === id ? { ...item, [name]: value } : item));
}
