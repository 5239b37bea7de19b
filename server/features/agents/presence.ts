/**
 * Who is there. Signs of life are kept in memory and measured on a clock that only runs forward; the
 * record follows once a minute, and when an agent falls silent or comes back.
 */
import type { Agent } from "#contracts/agent";
import { fromTimestamp, type Instant } from "../../kernel/instant.ts";
import { monotonicMs } from "../../kernel/stopwatch.ts";
import { every, type Cancel } from "../../kernel/timers.ts";
import type { Store } from "../../store/port.ts";
import { decideOffline, decideSeen, isNews, silentAgents } from "./agent.ts";

export interface Presence {
  /** Of an agent that has a record. */
  saw(id: string): void;
  /** The same, and the record learns of it when that is news. */
  tell(agent: Agent): void;
  start(): void;
  stop(): void;
}

export function createPresence(ports: {
  readonly store: Store;
  readonly offlineAfterSeconds: number;
  readonly onFault: (fault: unknown) => void;
}): Presence {
  const { store, offlineAfterSeconds, onFault } = ports;
  const seenAt = new Map<string, number>();
  const telling = new Set<string>();
  let startedAt = 0;
  let cancel: Cancel | undefined;

  /** Nobody could be seen while the server was not there. */
  function silenceMs(agent: Agent, now: Instant): number {
    const latest = Math.max(startedAt, seenAt.get(agent.id) ?? 0);
    return Math.min(monotonicMs() - latest, now - fromTimestamp(agent.last_seen));
  }

  async function write(id: string): Promise<void> {
    telling.add(id);
    try {
      await store.commit((view, now) => decideSeen(view, now, id), { actor: id });
    } catch (fault) {
      onFault(fault);
    } finally {
      telling.delete(id);
    }
  }

  async function sweep(): Promise<void> {
    const silent = silentAgents(store.read(), store.now(), silenceMs, offlineAfterSeconds);
    if (silent.length === 0) return;
    try {
      await store.commit((view, now) => decideOffline(view, now, silenceMs, offlineAfterSeconds), {
        actor: "kyros",
      });
    } catch (fault) {
      onFault(fault);
    }
  }

  return {
    saw: (id) => void seenAt.set(id, monotonicMs()),
    tell(agent) {
      seenAt.set(agent.id, monotonicMs());
      if (isNews(agent, store.now()) && !telling.has(agent.id)) void write(agent.id);
    },
    start() {
      startedAt = monotonicMs();
      cancel ??= every(Math.max(250, offlineAfterSeconds * 100), () => void sweep());
    },
    stop() {
      cancel?.();
      cancel = undefined;
    },
  };
}
