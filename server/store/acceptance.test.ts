/** The acceptance suite of stores, on both that there are. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createManualClock } from "../kernel/clock.ts";
import { kinds } from "../kinds.ts";
import { createMemoryStore } from "./memory-store.ts";
import { openFileStore } from "./open-file-store.ts";
import type { Store } from "./port.ts";
import { storeAcceptance } from "./testing/acceptance.ts";

storeAcceptance("the store in memory", () => {
  const clock = createManualClock();
  const store = createMemoryStore({ kinds, clock });
  return Promise.resolve({ store, clock, dispose: () => store.close() });
});

storeAcceptance("the store on files", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kyros-acceptance-"));
  const clock = createManualClock();
  const open = () => openFileStore({ folder, kinds, clock });
  let store: Store = await open();
  return {
    store,
    clock,
    async reopen() {
      await store.close();
      store = await open();
      return store;
    },
    async dispose() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
});
