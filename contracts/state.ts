/** The kinds of record, each one file of the state folder. */
import { z } from "zod";
import { agentSchema, type Agent } from "./agent.ts";
import { leaseSchema, type Lease } from "./lease.ts";
import { anyTimestamp, cursor, etag } from "./primitives.ts";
import { taskSchema, type Task } from "./task.ts";
import { GUARDS, STATUSES } from "./workflow.ts";

export const KINDS = ["tasks", "agents", "locks"] as const;
export type Kind = (typeof KINDS)[number];

export function isKind(value: unknown): value is Kind {
  return KINDS.some((kind) => kind === value);
}

export interface RecordOf {
  tasks: Task;
  agents: Agent;
  locks: Lease;
}

/** In a path, `leases` means `locks`. */
export const kindParam = z
  .enum([...KINDS, "leases"])
  .transform((name): Kind => (name === "leases" ? "locks" : name));

export const stateQuery = z.strictObject({
  at: z
    .union([anyTimestamp, cursor])
    .optional()
    .meta({ description: "a cursor or a moment: the state as it was then" }),
});

function stateOf<T extends z.ZodType>(record: T) {
  return z.object({
    kind: z.enum(KINDS),
    data: z.record(z.string(), record),
    etags: z.record(z.string(), etag),
    cursor,
    etag,
  });
}

export const stateAnswer = z.union([
  stateOf(taskSchema),
  stateOf(agentSchema),
  stateOf(leaseSchema),
]);

export interface StateAnswer<K extends Kind = Kind> {
  kind: K;
  data: Record<string, RecordOf[K]>;
  etags: Record<string, string>;
  cursor: string;
  etag: string;
}

const statusName = z.enum(STATUSES);

export const workflowAnswer = z.object({
  statuses: z.array(statusName),
  transitions: z.record(statusName, z.array(statusName)),
  entry_guards: z.record(statusName, z.array(z.enum(GUARDS))),
  held: z.array(statusName),
  handover: z.array(statusName),
});

export type WorkflowAnswer = z.infer<typeof workflowAnswer>;
