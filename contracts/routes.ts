/**
 * Where each operation lives on the wire. Free of schemas, so that the client in a page or at the
 * start of a command line costs nothing; `operations.ts` says the rest about each.
 */

export const ROUTES = {
  getState: { method: "GET", path: "/collab/state/{kind}" },

  listTasks: { method: "GET", path: "/collab/tasks" },
  createTask: { method: "POST", path: "/collab/tasks" },
  batchTasks: { method: "POST", path: "/collab/tasks/batch" },
  claimTask: { method: "POST", path: "/collab/tasks/claim" },
  getTask: { method: "GET", path: "/collab/tasks/{id}" },
  patchTask: { method: "PATCH", path: "/collab/tasks/{id}" },
  deleteTask: { method: "DELETE", path: "/collab/tasks/{id}" },
  transitionTask: { method: "POST", path: "/collab/tasks/{id}/transition" },
  moveTask: { method: "POST", path: "/collab/tasks/{id}/move" },
  reportExecution: { method: "POST", path: "/collab/tasks/{id}/execution" },
  taskHistory: { method: "GET", path: "/collab/tasks/{id}/history" },
  getWorkflow: { method: "GET", path: "/collab/workflow" },

  listAgents: { method: "GET", path: "/collab/agents" },
  createAgent: { method: "POST", path: "/collab/agents" },
  getAgent: { method: "GET", path: "/collab/agents/{id}" },
  patchAgent: { method: "PATCH", path: "/collab/agents/{id}" },
  deleteAgent: { method: "DELETE", path: "/collab/agents/{id}" },
  heartbeatAgent: { method: "POST", path: "/collab/agents/{id}/heartbeat" },

  listLeases: { method: "GET", path: "/collab/leases" },
  acquireLease: { method: "POST", path: "/collab/leases/acquire" },
  reclaimLeases: { method: "POST", path: "/collab/leases/reclaim" },
  checkPaths: { method: "POST", path: "/collab/leases/check" },
  heartbeatLease: { method: "POST", path: "/collab/leases/{lock_id}/heartbeat" },
  releaseLease: { method: "POST", path: "/collab/leases/{lock_id}/release" },

  listEvents: { method: "GET", path: "/collab/events" },
  appendEvents: { method: "POST", path: "/collab/events" },
  tailEvents: { method: "GET", path: "/collab/events/tail" },
  humanLog: { method: "POST", path: "/collab/events/log" },

  getHealth: { method: "GET", path: "/healthz" },
  getReadiness: { method: "GET", path: "/readyz" },
} as const satisfies Record<string, Route>;

export interface Route {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  path: string;
}

export type OperationId = keyof typeof ROUTES;
