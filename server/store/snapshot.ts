/** Everything the store knows at one durable moment. */
import type { Kind, RecordOf } from "#contracts/state";
import { StoredCollection } from "./collection.ts";
import type { StoredEntry } from "./entry.ts";
import { toCursor } from "./log-line.ts";
import type { View } from "./port.ts";

export type Collections = { readonly [K in Kind]: StoredCollection<RecordOf[K]> };

interface SnapshotParts {
  readonly collections: Collections;
  /** Events in the log, and the checksum over all of them. */
  readonly position: number;
  readonly crc: number;
  /** Added to the position, so that the sequence does not fall when somebody shortens the log. */
  readonly lift: number;
}

export class Snapshot implements View, SnapshotParts {
  readonly collections: Collections;
  readonly position: number;
  readonly crc: number;
  readonly lift: number;

  constructor(parts: SnapshotParts) {
    this.collections = parts.collections;
    this.position = parts.position;
    this.crc = parts.crc;
    this.lift = parts.lift;
  }

  static empty(): Snapshot {
    const collections: Collections = {
      tasks: StoredCollection.of([], 0),
      agents: StoredCollection.of([], 0),
      locks: StoredCollection.of([], 0),
    };
    return new Snapshot({ collections, position: 0, crc: 0, lift: 0 });
  }

  get cursor(): string {
    return toCursor(this.position, this.crc);
  }

  get sequence(): number {
    return this.lift + this.position;
  }

  get<K extends Kind>(kind: K, id: string): StoredEntry<RecordOf[K]> | undefined {
    return this.collection(kind).get(id);
  }

  collection<K extends Kind>(kind: K): StoredCollection<RecordOf[K]> {
    return this.collections[kind];
  }

  /** The same with one record set, or gone. `revision`: the sequence of the change, if it is one. */
  with<K extends Kind>(
    kind: K,
    id: string,
    entry: StoredEntry<RecordOf[K]> | undefined,
    revision: number | undefined,
  ): Snapshot {
    const collection = this.collection(kind).with(id, entry, revision);
    return this.but({ collections: { ...this.collections, [kind]: collection } });
  }

  but(parts: Partial<SnapshotParts>): Snapshot {
    const { collections, position, crc, lift } = this;
    return new Snapshot({ collections, position, crc, lift, ...parts });
  }

  at(position: number, crc: number): Snapshot {
    return this.but({ position, crc });
  }
}
