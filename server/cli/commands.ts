/** Every command there is. */
import type { Command } from "./command.ts";
import { doctor } from "./doctor.ts";
import { eventsTail } from "./events.ts";
import { init } from "./init.ts";
import { leaseAcquire, leaseList, leaseRelease, leaseRenew } from "./lease.ts";
import { mcp } from "./mcp.ts";
import { taskEdit } from "./task-edit.ts";
import { taskAdd, taskClaim, taskList, taskMove, taskShow } from "./task.ts";
import { up } from "./up.ts";
import { verify } from "./verify.ts";

export const COMMANDS: readonly Command[] = [
  up,
  init,
  taskList,
  taskShow,
  taskAdd,
  taskEdit,
  taskMove,
  taskClaim,
  leaseList,
  leaseAcquire,
  leaseRenew,
  leaseRelease,
  eventsTail,
  mcp,
  verify,
  doctor,
];
