/** Leases by the task they protect, kept beside the records so that a card finds its own at once. */
import type { Lease } from "#contracts/lease";
import { runtime } from "../../app/runtime.ts";
import { createStore, type Store } from "../../ui/store.ts";
import { leasesByTask } from "./moves.ts";

let source: ReadonlyMap<string, Lease> | undefined;
let index: Store<ReadonlyMap<string, Lease>> | undefined;

export function taskLeases(): Store<ReadonlyMap<string, Lease>> {
  if (index !== undefined) return index;
  const made = createStore<ReadonlyMap<string, Lease>>(new Map());
  const { records } = runtime().live;
  const follow = () => {
    const { locks } = records.get();
    if (locks === source) return;
    source = locks;
    made.set(leasesByTask(locks));
  };
  records.subscribe(follow);
  follow();
  index = made;
  return made;
}
