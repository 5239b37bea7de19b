/** Every tool there is, in the order in which an agent needs them. */
import type { Tool } from "./tool.ts";
import { eventsChanges, note } from "./tools/events.ts";
import { leaseHold, leaseRelease } from "./tools/leases.ts";
import { taskCreate, taskGet, taskMove, taskSearch, taskUpdate } from "./tools/tasks.ts";
import { workNext } from "./tools/work.ts";

export const TOOLS: readonly Tool[] = [
  workNext,
  taskGet,
  taskUpdate,
  taskMove,
  leaseHold,
  leaseRelease,
  eventsChanges,
  note,
  taskSearch,
  taskCreate,
];
