/**
 * The records of the board, as one immutable value, and how a logged event moves it on.
 *
 *   1. A change whose version is not newer than what is known is an echo, and is ignored.
 *   2. A change that does not follow directly on what is known leaves a gap: the kind is named, so
 *      that a fresh snapshot can be taken; nothing is ever guessed.
 */
import type { Agent } from "#contracts/agent";
import type { KyrosEvent } from "#contracts/event";
import type { Lease } from "#contracts/lease";
import type { Kind, RecordOf, StateAnswer } from "#contracts/state";
import type { Task } from "#contracts/task";
import { isObject, mergePatch } from "./merge-patch.ts";

export interface Records {
  readonly tasks: ReadonlyMap<string, Task>;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly locks: ReadonlyMap<string, Lease>;
  /** ETags by `kind:id`. Only those of tasks follow the log: presence is part of the others. */
  readonly etags: ReadonlyMap<string, string>;
}

export const NO_RECORDS: Records = {
  tasks: new Map(),
  agents: new Map(),
  locks: new Map(),
  etags: new Map(),
};

interface LoggedChange {
  readonly kind: Kind;
  readonly id: string;
  readonly version: number;
  readonly hash: string | undefined;
  readonly patch: Record<string, unknown> | undefined;
  /** Null: deleted. */
  readonly value: Record<string, unknown> | null | undefined;
}

export interface Applied {
  readonly records: Records;
  /** Kinds of which a change is missing. */
  readonly gaps: ReadonlySet<Kind>;
}

export function applyEvents(records: Records, events: readonly KyrosEvent[]): Applied {
  const draft = new Draft(records);
  for (const event of events) for (const change of changesOf(event)) draft.apply(change);
  return { records: draft.finish(), gaps: draft.gaps };
}

/** A snapshot replaces its whole kind; what the log told meanwhile is applied on top by the caller. */
export function withSnapshot(records: Records, state: StateAnswer): Records {
  const etags = new Map(records.etags);
  for (const key of records.etags.keys()) if (key.startsWith(`${state.kind}:`)) etags.delete(key);
  for (const [id, etag] of Object.entries(state.etags)) etags.set(`${state.kind}:${id}`, etag);
  const known: ReadonlyMap<string, unknown> = records[state.kind];
  const fresh = Object.entries<object>(state.data).map(([id, record]): [string, unknown] => {
    const same = etags.get(`${state.kind}:${id}`) === records.etags.get(`${state.kind}:${id}`);
    // The very same object where nothing changed, so that only what changed is drawn again.
    return [id, same ? (known.get(id) ?? record) : record];
  });
  return { ...records, [state.kind]: new Map(fresh), etags };
}

/** Takes in what the server answered, unless the tail was faster and knows more. */
export function withRecord<K extends Kind>(
  records: Records,
  kind: K,
  id: string,
  record: RecordOf[K],
  etag: string,
): Records {
  const known = records[kind].get(id);
  if (known !== undefined && known.version > record.version) return records;
  const etags = new Map(records.etags).set(`${kind}:${id}`, etag);
  return { ...records, [kind]: new Map<string, unknown>(records[kind]).set(id, record), etags };
}

export function withoutRecord(records: Records, kind: Kind, id: string): Records {
  if (!records[kind].has(id)) return records;
  const rest = new Map<string, unknown>(records[kind]);
  rest.delete(id);
  return { ...records, [kind]: rest };
}

/** Copies a map only when it is first written to: a batch of 1,000 events copies each at most once. */
class Draft {
  readonly gaps = new Set<Kind>();
  readonly #records: Records;
  readonly #copies: Partial<Record<Kind | "etags", Map<string, unknown>>> = {};

  constructor(records: Records) {
    this.#records = records;
  }

  apply(change: LoggedChange): void {
    const known = this.#read(change.kind, change.id);
    if (change.value === null) {
      if (known !== undefined) this.#write(change.kind).delete(change.id);
      return;
    }
    const version = isObject(known) ? Number(known["version"]) : 0;
    if (change.version <= version) return;
    const next = this.#next(change, known, version);
    if (next === undefined) return void this.gaps.add(change.kind);
    this.#write(change.kind).set(change.id, next);
    if (change.kind === "tasks" && change.hash !== undefined)
      this.#write("etags").set(`tasks:${change.id}`, `"${change.version}-${change.hash}"`);
  }

  /** The very same value when nothing was changed, so that nothing is drawn again. */
  finish(): Records {
    if (Object.keys(this.#copies).length === 0) return this.#records;
    return { ...this.#records, ...this.#copies } as Records;
  }

  #next(change: LoggedChange, known: unknown, version: number): object | undefined {
    if (change.value) return { ...change.value, version: change.version };
    if (known === undefined || change.version !== version + 1) return undefined;
    const merged = mergePatch(known, change.patch ?? {});
    return { ...EMPTY[change.kind], ...(isObject(merged) ? merged : {}), version: change.version };
  }

  #read(kind: Kind, id: string): unknown {
    return (this.#copies[kind] ?? this.#records[kind]).get(id);
  }

  #write(part: Kind | "etags"): Map<string, unknown> {
    return (this.#copies[part] ??= new Map<string, unknown>(this.#records[part]));
  }
}

/** A merge patch takes a member away to say null: these come back as what the contract reads there. */
const EMPTY: Readonly<Record<Kind, object>> = {
  tasks: {
    description: "",
    assignee: null,
    depends_on: [],
    dod: [],
    labels: [],
    repository_url: null,
    branch_name: null,
    blocked: null,
    completed_at: null,
  } satisfies Partial<Task>,
  agents: { role: "", skills: [], current_task: null } satisfies Partial<Agent>,
  locks: { note: "" } satisfies Partial<Lease>,
};

const KINDS: readonly unknown[] = ["tasks", "agents", "locks"] satisfies Kind[];

function changesOf(event: KyrosEvent): LoggedChange[] {
  const changes = event.details["changes"];
  return Array.isArray(changes) ? changes.flatMap((change) => parseChange(change) ?? []) : [];
}

function parseChange(raw: unknown): LoggedChange | undefined {
  if (!isObject(raw) || !KINDS.includes(raw["kind"])) return undefined;
  const { id, version, hash, patch, value } = raw;
  if (typeof id !== "string" || typeof version !== "number") return undefined;
  return {
    kind: raw["kind"] as Kind,
    id,
    version,
    hash: typeof hash === "string" ? hash : undefined,
    patch: isObject(patch) ? patch : undefined,
    value: value === null || isObject(value) ? value : undefined,
  };
}
