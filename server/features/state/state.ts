/** All records of one kind: as they are now, or as they were at a place in the log. */
import type { Kind, RecordOf } from "#contracts/state";
import { refuse, type Refusal } from "../../kernel/refusal.ts";
import { StoredCollection } from "../../store/collection.ts";
import { createEntry, type StoredEntry } from "../../store/entry.ts";
import type { KindDefinition, KindDefinitions } from "../../store/kind.ts";
import type { Collection, EventLog, Store } from "../../store/port.ts";
import { findPlace } from "../../store/places.ts";
import { changeMarks, Replay } from "../../store/replay.ts";

/** The answer as text: a board of thousands is not parsed and put together again to be sent. */
export interface StateText {
  readonly etag: string;
  json(): string;
}

export interface State {
  now(kind: Kind): StateText;
  /** @param at a cursor or a moment; what happened at the moment itself is not in it yet. */
  at(kind: Kind, at: string): Promise<StateText | Refusal<"cursor-gone">>;
}

export function createState(ports: {
  readonly store: Pick<Store, "read" | "events">;
  readonly kinds: KindDefinitions;
}): State {
  const { store, kinds } = ports;
  const { events: log } = store;
  /** Of each kind the records as text, under the tag that they had then. */
  const ready = new Map<Kind, { readonly etag: string; readonly records: string }>();

  function recordsOf(kind: Kind, collection: Collection<unknown>): string {
    const { etag } = collection;
    const known = ready.get(kind);
    if (known?.etag === etag) return known.records;
    const records = toText(collection);
    ready.set(kind, { etag, records });
    return records;
  }

  function now(kind: Kind): StateText {
    const view = store.read();
    const collection = view.collection(kind);
    const { etag } = collection;
    return {
      etag,
      // The tag names the records. The cursor beside them is always the present one, so that a
      // reader who tails from it is not sent through what it has seen already.
      json: () => wrap(kind, recordsOf(kind, collection), view.cursor, etag),
    };
  }

  async function at(kind: Kind, place: string): Promise<StateText | Refusal<"cursor-gone">> {
    const found = await findPlace(log, place);
    if ("reset" in found) {
      const detail = `at no longer names a place in the log: ${found.reset}. Take another cursor, or a time.`;
      return refuse("cursor-gone", detail);
    }
    const collection = await replay(log, kinds[kind], kinds, found.sequence);
    const { etag } = collection;
    return { etag, json: () => wrap(kind, toText(collection), found.cursor, etag) };
  }

  return { now, at };
}

async function replay<K extends Kind>(
  log: EventLog,
  definition: KindDefinition<K>,
  kinds: KindDefinitions,
  upTo: number,
): Promise<Collection<RecordOf[K]>> {
  const past = new Replay(kinds);
  let revision = 0;
  const containing = changeMarks(definition.kind);
  for await (const entries of log.scan({ after: 0, upTo, containing })) {
    for (const { event, sequence } of entries) {
      past.apply(event);
      revision = sequence;
    }
  }
  const entries = [...past.records(definition.kind)].map(([id, record]): StoredEntry<RecordOf[K]> =>
    createEntry(definition, id, record),
  );
  return StoredCollection.of(entries, revision);
}

function toText(collection: Collection<unknown>): string {
  const data: string[] = [];
  const etags: string[] = [];
  for (const entry of collection.entries()) {
    const id = JSON.stringify(entry.id);
    data.push(`${id}:${entry.json()}`);
    etags.push(`${id}:${JSON.stringify(entry.etag)}`);
  }
  return `"data":{${data.join(",")}},"etags":{${etags.join(",")}}`;
}

function wrap(kind: Kind, records: string, cursor: string, etag: string): string {
  const [name, place, tag] = [kind, cursor, etag].map((text) => JSON.stringify(text));
  return `{"kind":${name},${records},"cursor":${place},"etag":${tag}}`;
}
