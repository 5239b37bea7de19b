/**
 * Records that the log tells differently than the state does, since somebody else wrote lines into it
 * or put another in its place. They are put into the log anew, whole, as soon as their files can be
 * written; versions go on above whatever was named.
 */
import { KINDS } from "#contracts/state";
import type { AdoptedEvent } from "./draft.ts";
import { toEdit, toEvents } from "./external.ts";
import type { KindDefinitions } from "./kind.ts";
import { nameOf, recordOf, type Ledger } from "./ledger.ts";
import type { Snapshot } from "./snapshot.ts";
import type { StateFiles } from "./state-files.ts";

/** The highest version that was named, by record. */
export type Versions = ReadonlyMap<string, number>;

export class Disputes {
  readonly #names = new Set<string>();
  readonly #lastVersions: Map<string, number>;

  constructor(lastVersions: Map<string, number>) {
    this.#lastVersions = lastVersions;
  }

  get isEmpty(): boolean {
    return this.#names.size === 0;
  }

  /** Somebody else's lines name these records. */
  addNamed(versions: Versions): void {
    this.#raise(versions);
    for (const name of versions.keys()) this.#names.add(name);
  }

  /** The whole log is another one. */
  addDiffering(ledger: Ledger, snapshot: Snapshot): void {
    this.#raise(ledger.versions());
    for (const kind of KINDS) {
      const collection = snapshot.collection(kind);
      const ids = new Set(ledger.living(kind));
      for (const { id } of collection.entries()) ids.add(id);
      for (const id of ids) {
        const [told, is] = [ledger.get(kind, id), collection.get(id)];
        const isSame = told?.content === is?.content && told?.version === is?.version;
        if (!isSame) this.#names.add(nameOf(kind, id));
      }
    }
  }

  /** What has to be put into the log, as far as it can be written now. */
  events(kinds: KindDefinitions, snapshot: Snapshot, files: StateFiles): AdoptedEvent[] {
    const records = [...this.#names].map(recordOf);
    const writable = records.filter(({ kind }) => files.invalid(kind) === undefined);
    return toEvents(
      writable.map(({ kind, id }) => {
        const entry = snapshot.get(kind, id);
        return toEdit(kinds[kind], id, entry, entry);
      }),
    );
  }

  /** These were put into the log, whole. */
  settle(events: readonly AdoptedEvent[]): void {
    for (const { changes = [] } of events) {
      for (const { kind, id } of changes) this.#names.delete(nameOf(kind, id));
    }
  }

  #raise(versions: Versions): void {
    for (const [name, version] of versions) {
      this.#lastVersions.set(name, Math.max(version, this.#lastVersions.get(name) ?? 0));
    }
  }
}
