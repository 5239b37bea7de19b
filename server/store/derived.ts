/** An index whose cost is what changed, not what exists. */
import type { Collection, Entry } from "./port.ts";

export interface Derived<R, T> {
  /** What was made of each run of the collection. */
  of(collection: Collection<R>): readonly T[];
  readonly derive: (records: readonly R[]) => T;
}

interface Kept<R, T> {
  readonly run: readonly Entry<R>[];
  readonly made: T;
}

/** What `derive` makes of a run of records is kept until one of them changes. It must be pure. */
export function createDerived<R, T>(derive: (records: readonly R[]) => T): Derived<R, T> {
  const known = new WeakMap<readonly Entry<R>[], Kept<R, T>>();
  const keptOf = (run: readonly Entry<R>[]): Kept<R, T> => {
    let kept = known.get(run);
    if (kept === undefined) {
      kept = { run, made: derive(run.map(({ record }) => record)) };
      known.set(run, kept);
    }
    return kept;
  };
  // From one collection to the next nearly every run stays, and mostly in its place.
  let last: Last<R, T> = { runs: [], kept: [], made: [] };
  const of = (collection: Collection<R>): readonly T[] => {
    const runs = collection.runs();
    if (runs === last.runs) return last.made;
    const kept = runs.map((run, at) => {
      const before = last.kept[at];
      return before?.run === run ? before : keptOf(run);
    });
    last = { runs, kept, made: kept.map(({ made }) => made) };
    return last.made;
  };
  return { of, derive };
}

interface Last<R, T> {
  readonly runs: ReturnType<Collection<R>["runs"]>;
  readonly kept: readonly Kept<R, T>[];
  readonly made: readonly T[];
}
