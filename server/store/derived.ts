/** An index whose cost is what changed, not what exists. */
import type { Collection, Entry } from "./port.ts";

export interface Derived<R, T> {
  /** What was made of each run of the collection. */
  of(collection: Collection<R>): T[];
  readonly derive: (records: readonly R[]) => T;
}

/** What `derive` makes of a run of records is kept until one of them changes. It must be pure. */
export function createDerived<R, T>(derive: (records: readonly R[]) => T): Derived<R, T> {
  const known = new WeakMap<readonly Entry<R>[], { readonly made: T }>();
  const ofRun = (run: readonly Entry<R>[]): T => {
    let kept = known.get(run);
    if (kept === undefined) {
      kept = { made: derive(run.map(({ record }) => record)) };
      known.set(run, kept);
    }
    return kept.made;
  };
  return { of: (collection) => collection.runs().map(ofRun), derive };
}
