/** The records and the log of the demonstration: what the server keeps in files, in memory. */
import type { KyrosEvent } from "#contracts/event";
import type { Kind, RecordOf } from "#contracts/state";

export type DemoStore = ReturnType<typeof createDemoStore>;

export interface DemoChange {
  readonly kind: Kind;
  readonly id: string;
  /** Null: deleted. */
  readonly value: RecordOf[Kind] | null;
}

export interface DemoEvent {
  readonly event: string;
  readonly actor: string;
  readonly target: string;
  readonly details?: Record<string, unknown>;
  readonly changes?: readonly DemoChange[];
  readonly at?: number;
}

type Maps = { readonly [K in Kind]: Map<string, RecordOf[K]> };
type Event = KyrosEvent;

export function createDemoStore() {
  const records: Maps = { tasks: new Map(), agents: new Map(), locks: new Map() };
  const log: Event[] = [];
  let handedOut = 0;
  const listeners = new Set<(events: readonly Event[]) => void>();

  const commit = (...events: readonly DemoEvent[]): Event[] => {
    const written = events.map((event) => write(event));
    log.push(...written);
    for (const listener of listeners) listener(written);
    return written;
  };

  const write = ({ event, actor, target, details = {}, changes = [], at }: DemoEvent): Event => {
    const logged = changes.map(({ kind, id, value }) => {
      const version = (records[kind].get(id)?.version ?? 0) + 1;
      const map: Map<string, unknown> = records[kind];
      if (value === null) map.delete(id);
      else map.set(id, { ...value, version });
      return {
        kind,
        id,
        version,
        hash: hashOf(id, version),
        value: value && { ...value, version },
      };
    });
    return {
      id: `demo-${String((handedOut += 1)).padStart(6, "0")}`,
      ts: new Date(at ?? Date.now()).toISOString(),
      event,
      actor,
      target,
      details: {
        ...details,
        ...(logged.length > 0 ? { changes: logged } : {}),
      },
    };
  };

  return {
    records,
    log,
    commit,
    subscribe(listener: (events: readonly Event[]) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    etag: (kind: Kind, id: string) =>
      `"${records[kind].get(id)?.version ?? 0}-${hashOf(id, records[kind].get(id)?.version ?? 0)}"`,
    cursor: () => `demo:${log.length}`,
    indexOf(cursor: string): number {
      const index = Number(cursor.replace("demo:", ""));
      return Number.isInteger(index) ? index : log.length;
    },
    /** The records of a kind as they stood behind the first `count` events. */
    replay(kind: Kind, count: number): Map<string, unknown> {
      const past = new Map<string, unknown>();
      for (const { details } of log.slice(0, count)) {
        const changes = (details["changes"] ?? []) as unknown as (DemoChange & {
          value: unknown;
        })[];
        for (const change of changes) {
          if (change.kind !== kind) continue;
          if (change.value === null) past.delete(change.id);
          else past.set(change.id, change.value);
        }
      }
      return past;
    },
  };
}

function hashOf(id: string, version: number): string {
  return `demo${id}v${version}`;
}
