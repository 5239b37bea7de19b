/**
 * A decision that takes several steps. Each step sees the changes of the steps before it, so that the
 * steps compose: ending a lease, moving its task on and freeing its holder become one commit.
 */
import type { Kind, RecordOf } from "#contracts/state";
import type { Derived } from "./derived.ts";
import { accept, type Acceptance, type NewEvent, type Touch, type View } from "./port.ts";

type Pending = { readonly [K in Kind]: Map<string, RecordOf[K] | null> };

export class Plan {
  readonly #view: View;
  readonly #pending: Pending = { tasks: new Map(), agents: new Map(), locks: new Map() };
  readonly #events: NewEvent[] = [];
  readonly #touches: Touch[] = [];

  constructor(view: View) {
    this.#view = view;
  }

  get<K extends Kind>(kind: K, id: string): RecordOf[K] | undefined {
    const pending: RecordOf[K] | null | undefined = this.#pending[kind].get(id);
    if (pending !== undefined) return pending ?? undefined;
    return this.#view.get(kind, id)?.record;
  }

  /** In id order; records that this plan creates come last. */
  records<K extends Kind>(kind: K): RecordOf[K][] {
    const pending: ReadonlyMap<string, RecordOf[K] | null> = this.#pending[kind];
    const records: RecordOf[K][] = [];
    for (const { record } of this.#view.collection(kind).entries()) {
      if (pending.size === 0 || !pending.has(idOf(record))) records.push(record);
    }
    for (const record of pending.values()) if (record !== null) records.push(record);
    return records;
  }

  /**
   * What was derived from the records: from each run that the view keeps, and from those that this plan
   * changed. A record that it changed may also be met as it was before; `isCurrent` tells.
   */
  derived<K extends Kind, T>(kind: K, derived: Derived<RecordOf[K], T>): readonly T[] {
    const pending: ReadonlyMap<string, RecordOf[K] | null> = this.#pending[kind];
    const made = derived.of(this.#view.collection(kind));
    if (pending.size === 0) return made;
    const changed = [...pending.values()].filter((record) => record !== null);
    return [...made, derived.derive(changed)];
  }

  isCurrent<K extends Kind>(kind: K, record: RecordOf[K]): boolean {
    const pending: RecordOf[K] | null | undefined = this.#pending[kind].get(idOf(record));
    return pending === undefined || pending === record;
  }

  /** The place in the log that the next event added here will have. */
  get nextSequence(): number {
    return this.#view.sequence + this.#events.length + 1;
  }

  add(event: NewEvent): void {
    this.#events.push(event);
    for (const { kind, id, value } of event.changes ?? []) {
      (this.#pending[kind] as Map<string, unknown>).set(id, value);
    }
  }

  touch(touch: Touch): void {
    this.#touches.push(touch);
  }

  accept<T>(answer: (after: View) => T): Acceptance<T> {
    return accept(answer, this.#events, this.#touches);
  }
}

function idOf(record: RecordOf[Kind]): string {
  return "lock_id" in record ? record.lock_id : record.id;
}
