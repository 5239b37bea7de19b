/** Agents: who works here, be it a program, a worker or a person. */
import { z } from "zod";
import { actorId, cursor, etag, taskId, text, timestamp, version } from "./primitives.ts";

export const AGENT_KINDS = ["agent", "human", "worker"] as const;
export const AGENT_STATUSES = ["idle", "busy", "waiting", "error", "offline"] as const;

export const agentKind = z.enum(AGENT_KINDS);
export const agentStatus = z.enum(AGENT_STATUSES);
const skills = z.array(text(64, 1)).max(50);

const agentFields = z.object({
  id: actorId,
  version,
  name: text(200, 1),
  kind: agentKind,
  role: text(200),
  skills,
  status: agentStatus,
  available: z.boolean(),
  last_seen: timestamp,
  current_task: taskId.nullable(),
});

export type Agent = z.infer<typeof agentFields>;
export type AgentKind = z.infer<typeof agentKind>;

export const agentSchema = agentFields.loose().meta({ id: "Agent" });

export const AGENT_READ_ONLY = [
  "id",
  "version",
  "last_seen",
] as const satisfies readonly (keyof Agent)[];

export const newAgentSchema = z
  .strictObject({
    id: actorId.optional(),
    name: agentFields.shape.name.optional().meta({ description: "default: the id" }),
    kind: agentKind.default("agent"),
    role: agentFields.shape.role.default(""),
    skills: skills.default([]),
    status: agentStatus.default("idle"),
    available: z.boolean().default(true),
  })
  .meta({ id: "NewAgent" });

export type NewAgent = z.infer<typeof newAgentSchema>;

export const agentMergePatch = z
  .strictObject({
    name: agentFields.shape.name,
    kind: agentKind,
    role: agentFields.shape.role.nullable(),
    skills: skills.nullable(),
    status: agentStatus,
    available: z.boolean(),
    current_task: taskId.nullable(),
  })
  .partial()
  .meta({ id: "AgentPatch" });

export type AgentMergePatch = z.infer<typeof agentMergePatch>;

export const agentHeartbeatCommand = z.strictObject({
  status: agentStatus.optional(),
  current_task: taskId.nullable().optional(),
});

export type AgentHeartbeatCommand = z.infer<typeof agentHeartbeatCommand>;

export const agentPage = z.object({ items: z.array(agentSchema), cursor });
export const agentCreated = z.object({ id: actorId, etag, agent: agentSchema });
export const agentAnswer = z.object({ ok: z.literal(true), etag, agent: agentSchema });
export const agentHeartbeatAnswer = z.object({
  ok: z.literal(true),
  last_seen: timestamp,
  offline_at: timestamp,
});

export type AgentPage = z.infer<typeof agentPage>;
export type AgentCreated = z.infer<typeof agentCreated>;
export type AgentAnswer = z.infer<typeof agentAnswer>;
export type AgentHeartbeatAnswer = z.infer<typeof agentHeartbeatAnswer>;
