/** What tests see of a store: its log, and everything that a client can see of the present. */
import { KINDS } from "#contracts/state";
import type { LogEntry, NewEvent, Store } from "../port.ts";

export function changed(...changes: NewEvent["changes"] & object): NewEvent {
  return { event: "changed", target: "", changes };
}

export async function scanned(
  store: Store,
  range: Parameters<Store["events"]["scan"]>[0],
): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const batch of store.events.scan(range)) entries.push(...batch);
  return entries;
}

export function allEvents(store: Store): Promise<LogEntry[]> {
  return scanned(store, { after: 0 });
}

export function picture(store: Store): unknown {
  const view = store.read();
  return {
    cursor: view.cursor,
    sequence: view.sequence,
    head: store.events.head,
    kinds: KINDS.map((kind) => {
      const collection = view.collection(kind);
      return {
        etag: collection.etag,
        records: [...collection.entries()].map(({ record, etag }) => ({ etag, record })),
      };
    }),
  };
}
