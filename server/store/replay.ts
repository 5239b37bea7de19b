/** The log, done again from a given place: for time travel, verification and recovery. */
import { KINDS, type Kind, type RecordOf } from "#contracts/state";
import type { KyrosEvent } from "#contracts/event";
import { fromTimestamp } from "../kernel/instant.ts";
import { redo } from "./change.ts";
import type { KindDefinitions } from "./kind.ts";
import { changesOf } from "./log-line.ts";

export class Replay {
  readonly #kinds: KindDefinitions;
  readonly #records: { [K in Kind]: Map<string, RecordOf[K]> } = {
    tasks: new Map(),
    agents: new Map(),
    locks: new Map(),
  };

  constructor(kinds: KindDefinitions) {
    this.#kinds = kinds;
  }

  apply(event: KyrosEvent): void {
    for (const change of changesOf(event)) {
      const definition = this.#kinds[change.kind];
      const records: Map<string, RecordOf[Kind]> = this.#records[change.kind];
      const after = redo(definition, records.get(change.id), change, fromTimestamp(event.ts));
      if (after === undefined) records.delete(change.id);
      else records.set(change.id, after);
    }
  }

  records<K extends Kind>(kind: K): ReadonlyMap<string, RecordOf[K]> {
    return this.#records[kind];
  }
}

/** Lines that hold none of these change no record of any kind, or not of this one. */
export function changeMarks(kind?: Kind): string[] {
  return (kind === undefined ? KINDS : [kind]).map((name) => `"kind":"${name}"`);
}
