/** Every command there is. */
import {
  agentEdit,
  agentHeartbeat,
  agentList,
  agentRegister,
  agentRemove,
  agentShow,
} from "./agent.ts";
import { taskBatch } from "./batch.ts";
import type { Command } from "./command.ts";
import { createCompletions } from "./completions.ts";
import { claim, ready, taskClaim } from "./daily.ts";
import { diff } from "./diff.ts";
import { doctor } from "./doctor.ts";
import { done } from "./done.ts";
import { eventsAdd, eventsList, eventsTail } from "./events.ts";
import { exportTasks } from "./export.ts";
import { guard } from "./guard.ts";
import { hold } from "./hold.ts";
import { importTasks } from "./import.ts";
import { init } from "./init.ts";
import {
  leaseAcquire,
  leaseCheck,
  leaseList,
  leaseReclaim,
  leaseRelease,
  leaseRenew,
} from "./lease.ts";
import { log } from "./log.ts";
import { mcp } from "./mcp.ts";
import { mergeDriver } from "./merge-driver.ts";
import { prime } from "./prime.ts";
import { state, workflow } from "./state.ts";
import { taskEdit } from "./task-edit.ts";
import { taskAdd, taskDelete, taskHistory, taskList, taskMove, taskShow } from "./task.ts";
import { up } from "./up.ts";
import { verify } from "./verify.ts";
import { watch } from "./watch.ts";
import { worker } from "./worker.ts";

export const COMMANDS: readonly Command[] = [
  up,
  init,
  ready,
  claim,
  done,
  hold,
  prime,
  watch,
  taskList,
  taskShow,
  taskAdd,
  taskEdit,
  taskMove,
  taskClaim,
  taskDelete,
  taskHistory,
  taskBatch,
  agentList,
  agentShow,
  agentRegister,
  agentEdit,
  agentHeartbeat,
  agentRemove,
  leaseList,
  leaseAcquire,
  leaseRenew,
  leaseRelease,
  leaseReclaim,
  leaseCheck,
  eventsTail,
  eventsList,
  eventsAdd,
  log,
  state,
  workflow,
  exportTasks,
  importTasks,
  mcp,
  worker,
  diff,
  guard,
  mergeDriver,
  verify,
  doctor,
  createCompletions(() => COMMANDS),
];
