/**
 * What the log vouches for: the last version and digest of every record it ever named. Built while
 * the log is read at open, it tells a state file that lags behind (a crash) from one that was edited.
 */
import type { Kind } from "#contracts/state";
import type { KyrosEvent } from "#contracts/event";
import type { LoggedChange } from "./change.ts";
import { rememberedBy, type Memory } from "./idempotency.ts";
import { changesOf } from "./log-line.ts";

export interface Vouched {
  readonly version: number;
  /** Digest without volatile fields; undefined: deleted. */
  readonly stable: string | undefined;
}

export class Ledger {
  readonly #records: Map<string, Vouched>;
  readonly #revisions: Map<Kind, number>;
  readonly #memory: Memory;
  #batchTs = "";
  #beforeBatch = new Map<string, Vouched | undefined>();
  #batch: LoggedChange[] = [];

  constructor(
    memory: Memory,
    start: {
      readonly records?: ReadonlyMap<string, Vouched>;
      readonly revisions?: ReadonlyMap<Kind, number>;
    } = {},
  ) {
    this.#memory = memory;
    this.#records = new Map(start.records);
    this.#revisions = new Map(start.revisions);
  }

  visit(event: KyrosEvent, sequence: number): void {
    if (event.ts !== this.#batchTs) {
      this.#batchTs = event.ts;
      this.#beforeBatch.clear();
      this.#batch = [];
    }
    for (const change of changesOf(event)) {
      const name = nameOf(change.kind, change.id);
      const known = this.#records.get(name);
      if (!this.#beforeBatch.has(name)) this.#beforeBatch.set(name, known);
      this.#batch.push(change);
      // Merged branches may both have counted on from the same version.
      const version = Math.max(change.version, known?.version ?? 0);
      const stable = change.value === null ? undefined : (change.hash ?? "");
      this.#records.set(name, { version, stable });
      this.#revisions.set(change.kind, sequence);
    }
    const answer = rememberedBy(event);
    if (answer !== undefined) this.#memory.add(answer);
  }

  get(kind: Kind, id: string): Vouched | undefined {
    return this.#records.get(nameOf(kind, id));
  }

  revision(kind: Kind): number {
    return this.#revisions.get(kind) ?? 0;
  }

  get records(): ReadonlyMap<string, Vouched> {
    return this.#records;
  }

  /** Ids of the records of a kind that exist by the log. */
  *living(kind: Kind): Iterable<string> {
    const prefix = `${kind}/`;
    for (const [name, { stable }] of this.#records) {
      if (stable !== undefined && name.startsWith(prefix)) yield name.slice(prefix.length);
    }
  }

  /**
   * The changes of the last batch to one record, if the record as given stood before that batch:
   * then the process ended between the log and the file, and they are to be done again.
   */
  pending(kind: Kind, id: string, inFile: Vouched | undefined): readonly LoggedChange[] {
    const name = nameOf(kind, id);
    if (!this.#beforeBatch.has(name)) return [];
    const before = this.#beforeBatch.get(name);
    if (before?.stable !== inFile?.stable) return [];
    return this.#batch.filter((change) => change.kind === kind && change.id === id);
  }

  /** After a clean stop nothing is pending: every difference is somebody's edit. */
  settle(): void {
    this.#beforeBatch.clear();
    this.#batch = [];
  }
}

export function nameOf(kind: Kind, id: string): string {
  return `${kind}/${id}`;
}
