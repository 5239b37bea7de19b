/** What tasks need of others. Of leases and agents it is pure, like the decisions that call it. */
import type { AgentKind } from "#contracts/agent";
import type { Lease } from "#contracts/lease";
import type { ProblemCode } from "#contracts/problem";
import type { Instant } from "../../kernel/instant.ts";
import type { Refusal } from "../../kernel/refusal.ts";
import type { Change } from "../../store/port.ts";
import type { Plan } from "../../store/plan.ts";

export interface LeaseGuard {
  /** Ends leases whose time is up, with all that follows: on one resource, or on every task. */
  settle(plan: Plan, now: Instant, resource?: string): void;
  /** The live leases on exactly this resource. */
  liveOn(plan: Plan, resource: string, now: Instant): Lease[];
  /** Writes a new exclusive lease, whose way must be free. */
  grant(
    plan: Plan,
    asked: {
      readonly lockId: string;
      readonly resource: string;
      readonly holder: string;
      readonly ttlSeconds?: number | undefined;
    },
    now: Instant,
  ): Lease;
  renew(plan: Plan, lease: Lease, now: Instant, ttlSeconds?: number): void;
  end(
    plan: Plan,
    lease: Lease,
    ending: {
      readonly event: "lease_released" | "lease_reclaimed";
      readonly reason?: string | undefined;
      readonly force?: boolean | undefined;
    },
  ): void;
  refuseHeld(held: Lease, all: readonly Lease[]): Refusal<ProblemCode>;
  /** When a presented token or lock id is not that of a live lease. */
  refuseFence(
    live: readonly Lease[],
    resource: string,
    presented: Presented,
  ): Refusal<ProblemCode> | undefined;
}

/** The lease that a caller says it acts under. */
export interface Presented {
  readonly token?: number | undefined;
  readonly lockId?: string | undefined;
}

export interface Roster {
  /** An id that nobody has heard of is taken for an agent's. */
  kindOf(plan: Plan, id: string): AgentKind;
  /** Is busy with the task now. An agent that is not known yet is registered. */
  takeUp(
    plan: Plan,
    id: string,
    work: {
      readonly taskId: string;
      readonly now: Instant;
      readonly kind: AgentKind;
      readonly skills: readonly string[];
    },
  ): Change[];
  /** No longer is, and turns to another task it holds, or to none. */
  layDown(plan: Plan, id: string, taskId: string): Change[];
}

/** Files that come with the report of a worker. */
export interface ArtifactFiles {
  /** Of the content; hexadecimal. */
  digest(content: string): string;
  /** Durable when it resolves. What is there already stays; answers whether it was written. */
  write(path: string, content: string): Promise<boolean>;
  /** Of a report that was refused after all. */
  remove(path: string): Promise<void>;
}
