/** What can be done with leases, and the sweeper that ends them when their time is up. */
import type {
  AcquireAnswer,
  AcquireCommand,
  CheckAnswer,
  CheckCommand,
  HeartbeatAnswer,
  HeartbeatCommand,
  LeasePage,
  LeaseQuery,
  OkAnswer,
  ReclaimAnswer,
  ReclaimCommand,
  ReleaseCommand,
} from "#contracts/lease";
import type { ProblemCode } from "#contracts/problem";
import type { Principal } from "../../kernel/principal.ts";
import type { Refusal } from "../../kernel/refusal.ts";
import type { Terms } from "../../kernel/terms.ts";
import type { Committed } from "../../store/port.ts";

type Answer<T> = Promise<Committed<T>>;

export interface Leases {
  /** Waits up to `wait_ms` for the resource, in order of arrival; `signal` ends the wait. */
  acquire(
    principal: Principal,
    command: AcquireCommand,
    terms: Terms,
    signal?: AbortSignal,
  ): Answer<AcquireAnswer>;
  heartbeat(
    principal: Principal,
    lockId: string,
    command: HeartbeatCommand,
    terms: Terms,
  ): Answer<HeartbeatAnswer>;
  release(
    principal: Principal,
    lockId: string,
    command: ReleaseCommand,
    terms: Terms,
  ): Answer<OkAnswer>;
  reclaim(principal: Principal, command: ReclaimCommand, terms: Terms): Answer<ReclaimAnswer>;
  check(command: CheckCommand): CheckAnswer | Refusal<ProblemCode>;
  list(query: LeaseQuery): LeasePage | Refusal<ProblemCode>;
  /** Gives every lease its full time again, as after a restart; then ends each when its time is up. */
  start(): Promise<void>;
  stop(): void;
}
