/** Leases: who may act on a resource, and until when. The file calls them locks. */
import { z } from "zod";
import { actorId, text, timestamp, ttlSeconds } from "./primitives.ts";

export const resource = text(500, 6)
  .regex(
    /^(task:[A-Z][A-Z0-9]{0,9}-[a-z0-9]{1,16}|path:[^\0]+|name:[^\0]+)$/,
    "task:<id>, path:<glob> or name:<anything>",
  )
  .meta({ example: "task:T-100" });

export const leaseMode = z.enum(["exclusive", "shared"]);

const leaseFields = z.object({
  lock_id: text(100, 1),
  resource,
  mode: leaseMode,
  holder: actorId,
  acquired_at: timestamp,
  ttl_seconds: ttlSeconds,
  heartbeat_at: timestamp,
  expires_at: timestamp,
  fencing_token: z.int().min(1),
  note: text(2_000),
  version: z.int().min(1),
});

export type Lease = z.infer<typeof leaseFields>;

export const leaseSchema = leaseFields.loose().meta({ id: "Lease" });

export const leaseQuery = z.strictObject({
  resource: text(500).optional(),
  holder: actorId.optional(),
});

export const leasePage = z.object({ items: z.array(leaseSchema) });

export const acquireCommand = z.strictObject({
  resource,
  holder: actorId,
  ttl_seconds: ttlSeconds.optional(),
  mode: leaseMode.default("exclusive"),
  note: text(2_000).default(""),
  wait_ms: z.int().min(0).max(60_000).default(0).meta({
    description: "how long to wait for the resource before answering lease-held",
  }),
});

export type AcquireCommand = z.infer<typeof acquireCommand>;

export const acquireAnswer = z.object({
  lock_id: z.string(),
  fencing_token: z.int(),
  expires_at: timestamp,
  lease: leaseSchema,
});

export const heartbeatCommand = z.strictObject({
  fencing_token: z.int().min(1).optional(),
  ttl_seconds: ttlSeconds.optional(),
});

export const heartbeatAnswer = z.object({ ok: z.literal(true), expires_at: timestamp });

export const releaseCommand = z.strictObject({ fencing_token: z.int().min(1).optional() });

export const okAnswer = z.object({ ok: z.literal(true) });

export const reclaimCommand = z.strictObject({
  lock_id: text(100, 1).optional(),
  force: z.boolean().optional(),
  reason: text(2_000).optional(),
});

export type ReclaimCommand = z.infer<typeof reclaimCommand>;

export const reclaimAnswer = z.object({ reclaimed: z.array(z.string()) });

export const checkCommand = z.strictObject({
  paths: z.array(text(500, 1)).min(1).max(1_000),
  holder: actorId,
});

export const checkAnswer = z.object({
  conflicts: z.array(z.object({ path: z.string(), lease: leaseSchema })),
});

export type LeaseQuery = z.infer<typeof leaseQuery>;
export type LeasePage = z.infer<typeof leasePage>;
export type AcquireAnswer = z.infer<typeof acquireAnswer>;
export type HeartbeatCommand = z.infer<typeof heartbeatCommand>;
export type HeartbeatAnswer = z.infer<typeof heartbeatAnswer>;
export type ReleaseCommand = z.infer<typeof releaseCommand>;
export type OkAnswer = z.infer<typeof okAnswer>;
export type ReclaimAnswer = z.infer<typeof reclaimAnswer>;
export type CheckCommand = z.infer<typeof checkCommand>;
export type CheckAnswer = z.infer<typeof checkAnswer>;
