/** A whole core over a store in memory, on a clock that stands still until told. */
import { hash } from "node:crypto";
import { vi } from "vitest";
import type { Agent } from "#contracts/agent";
import type { KyrosEvent } from "#contracts/event";
import type { Lease } from "#contracts/lease";
import { newTaskSchema, type NewTask, type Task } from "#contracts/task";
import type { Status } from "#contracts/workflow";
import { createCore } from "../../core.ts";
import { kinds } from "../../kinds.ts";
import { createManualClock } from "../../kernel/clock.ts";
import { toTimestamp } from "../../kernel/instant.ts";
import type { Principal } from "../../kernel/principal.ts";
import { createMemoryStore } from "../../store/memory-store.ts";
import { accept, put, remove, type Committed } from "../../store/port.ts";
import { aLease, anAgent, aTask } from "../../store/testing/records.ts";

export const AGENT_1: Principal = { id: "agent-1", kind: "agent" };
export const AGENT_2: Principal = { id: "agent-2", kind: "agent" };
export const ADA: Principal = { id: "ada", kind: "human" };

export const NO_TERMS = {};

/** As the contract reads it: with every default. */
export function newTask(fields: object = {}): NewTask {
  return newTaskSchema.parse({ title: "a task", ...fields });
}

export interface Written {
  readonly tasks?: readonly Task[];
  readonly agents?: readonly Agent[];
  readonly locks?: readonly Lease[];
}

/** @param written what stands in the files when the board is opened. */
export async function openBoard(written: Written = {}) {
  // No two batches share a moment: the files are taken in before, and the new year begins with the test.
  const clock = createManualClock(Date.UTC(2026, 0, 1) - 1_000);
  const store = createMemoryStore({ kinds, clock });
  const faults: unknown[] = [];
  const artifacts = new Map<string, string>();
  const core = createCore({
    store,
    artifactFiles: {
      digest: (content) => hash("sha256", content, "hex"),
      write(path, content) {
        const isNew = !artifacts.has(path);
        artifacts.set(path, content);
        return Promise.resolve(isNew);
      },
      remove: (path) => Promise.resolve(void artifacts.delete(path)),
    },
    leaseTtlSeconds: 300,
    agentOfflineAfterSeconds: 90,
    onFault: (fault) => faults.push(fault),
  });

  async function edit(files: Written): Promise<void> {
    const { tasks = [], agents = [], locks = [] } = files;
    const changes = [
      ...tasks.map((task) => put("tasks", task)),
      ...agents.map((agent) => put("agents", agent)),
      ...locks.map((lease) => put("locks", lease)),
    ];
    if (changes.length === 0) return;
    const event = { event: "state_edited", target: "", changes };
    await store.commit(() => accept(() => null, [event]), { actor: "file" });
  }

  /** As when its file is deleted: no lease is ended by anybody. */
  async function deleteLease(lockId: string): Promise<void> {
    const event = { event: "state_edited", target: "", changes: [remove("locks", lockId)] };
    await store.commit(() => accept(() => null, [event]), { actor: "file" });
  }

  async function events(): Promise<KyrosEvent[]> {
    const all: KyrosEvent[] = [];
    for await (const entries of store.events.scan({ after: 0 })) {
      all.push(...entries.map(({ event }) => event));
    }
    return all;
  }

  await edit(written);
  clock.advance(1_000);
  const start = store.events.head;

  return {
    ...core,
    store,
    clock,
    faults,
    /** What workers left, by path. */
    artifacts,
    edit,
    deleteLease,
    events,
    /** The names of what happened since the board was opened. */
    told: async () => (await events()).slice(start).map(({ event }) => event),
    last: async (name: string) => (await events()).findLast(({ event }) => event === name),
    task: (id: string) => store.read().get("tasks", id)?.record,
    agent: (id: string) => store.read().get("agents", id)?.record,
    etag: (id: string) => store.read().get("tasks", id)?.etag ?? "",
    locks: () => Array.from(store.read().collection("locks").entries(), ({ record }) => record),
    lease: (resource: string) =>
      Array.from(store.read().collection("locks").entries(), ({ record }) => record).find(
        (lease) => lease.resource === resource,
      ),
    /** A timestamp so many seconds from now. */
    at: (seconds: number) => toTimestamp(clock.now() + seconds * 1_000),
  };
}

/**
 * Lets time go by for the board's clock and the timers, in steps as small as it takes. Timers must be
 * faked.
 */
export async function pass(board: Pick<Board, "clock">, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    const step = Math.min(left, 100);
    board.clock.advance(step);
    await vi.advanceTimersByTimeAsync(step);
  }
}

/** T-1 in the given state, with agent-1 as its assignee, and in a held state as its holder. */
export async function boardWith(status: Status, fields: Partial<Task> = {}): Promise<Board> {
  const isHeld = ["claimed", "in_progress", "merging"].includes(status);
  return openBoard({
    tasks: [aTask("T-1", { status, assignee: "agent-1", ...fields }), aTask("T-9")],
    agents: [
      anAgent("agent-1", isHeld ? { status: "busy", current_task: "T-1" } : {}),
      anAgent("ada", { kind: "human" }),
    ],
    locks: isHeld ? [aLease("lock-1", { resource: "task:T-1", fencing_token: 7 })] : [],
  });
}

/** What became of T-1: a new state of the record, the same one, or the code of the refusal. */
export async function verdictOf(board: Board, to: Status, by = AGENT_1, force?: boolean) {
  const before = board.etag("T-1");
  const outcome = await board.tasks.transition(by, "T-1", { to, force }, NO_TERMS);
  if (!outcome.ok) return outcome.code;
  return board.etag("T-1") === before ? "stays" : "moves";
}

export type Board = Awaited<ReturnType<typeof openBoard>>;

/** The answer of a command that must not be refused. */
export async function ok<T>(committed: Promise<Committed<T>>): Promise<T> {
  const outcome = await committed;
  if (!outcome.ok) throw new Error(`refused: ${outcome.code}: ${outcome.detail}`);
  return outcome.value;
}

/** The refusal of a command that must be. */
export async function refused(committed: Promise<Committed<unknown>>) {
  const outcome = await committed;
  if (outcome.ok) throw new Error("was accepted");
  return outcome;
}
