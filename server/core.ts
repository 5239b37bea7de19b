/**
 * The features put together over a store: what one needs of another reaches it here, as pure functions
 * or as a narrow port. The app, the command line without a server and the tests share this.
 */
import { createAgents, type Agents } from "./features/agents/agents.ts";
import type { Holdings } from "./features/agents/agent.ts";
import * as roster from "./features/agents/roster.ts";
import { createLeaseGuard, leasesOf, takeBack } from "./features/leases/guard.ts";
import { createLeases, type Leases } from "./features/leases/leases.ts";
import { createLeaseEnded, giveUpTasks, tasksOf } from "./features/tasks/follow-up.ts";
import { resourceOf } from "./features/tasks/task.ts";
import type { ArtifactFiles } from "./features/tasks/ports.ts";
import { createTasks, type Tasks } from "./features/tasks/tasks.ts";
import { newAgentId, newTaskId, newUuid } from "./kernel/ids.ts";
import type { Store } from "./store/port.ts";

export interface Core {
  readonly tasks: Tasks;
  readonly leases: Leases;
  readonly agents: Agents;
}

export function createCore(ports: {
  readonly store: Store;
  readonly artifactFiles: ArtifactFiles;
  readonly leaseTtlSeconds: number;
  readonly agentOfflineAfterSeconds: number;
  /** What went wrong where nobody waits for an answer. */
  readonly onFault: (fault: unknown) => void;
}): Core {
  const { store, artifactFiles, onFault } = ports;
  const defaultTtlSeconds = ports.leaseTtlSeconds;
  const leaseEnded = createLeaseEnded(roster);
  const guard = createLeaseGuard({ leaseEnded, defaultTtlSeconds });
  const holdings: Holdings = {
    list(plan, holder, now) {
      const leased = leasesOf(plan, holder, now).map((lease) => lease.resource);
      return [...new Set([...leased, ...tasksOf(plan, holder).held.map(resourceOf)])];
    },
    giveUp(plan, how) {
      takeBack(plan, { ...how, leaseEnded });
      giveUpTasks(plan, { ...how, roster });
    },
  };
  return {
    tasks: createTasks({
      store,
      guard,
      roster,
      artifactFiles,
      newTaskId,
      newLockId: newUuid,
    }),
    leases: createLeases({ store, leaseEnded, defaultTtlSeconds, newLockId: newUuid, onFault }),
    agents: createAgents({
      store,
      holdings,
      offlineAfterSeconds: ports.agentOfflineAfterSeconds,
      newAgentId,
      onFault,
    }),
  };
}
