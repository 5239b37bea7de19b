/** What can be done with leases, and the sweeper that ends them when their time is up. */
import type {
  AcquireAnswer,
  AcquireCommand,
  CheckAnswer,
  CheckCommand,
  HeartbeatAnswer,
  HeartbeatCommand,
  Lease,
  LeasePage,
  LeaseQuery,
  OkAnswer,
  ReclaimAnswer,
  ReclaimCommand,
  ReleaseCommand,
} from "#contracts/lease";
import type { ProblemCode } from "#contracts/problem";
import { toTimestamp } from "../../kernel/instant.ts";
import type { Principal } from "../../kernel/principal.ts";
import { refuse, type Refusal } from "../../kernel/refusal.ts";
import { monotonicMs } from "../../kernel/stopwatch.ts";
import type { Terms } from "../../kernel/terms.ts";
import { sleep } from "../../kernel/timers.ts";
import { Plan } from "../../store/plan.ts";
import type { Committed, Decision, Store } from "../../store/port.ts";
import {
  decideAcquire,
  decideHeartbeat,
  decideReclaim,
  decideRelease,
  refuseEnded,
  type Asking,
} from "./decide.ts";
import { findEnd } from "./history.ts";
import { laterOf, liveLeases, type LeaseEnded } from "./lease.ts";
import { createLine, NOT_YET } from "./line.ts";
import { coversPath, parsePath, parseResource } from "./resource.ts";
import { createSweeper } from "./sweeper.ts";

type Answer<T> = Promise<Committed<T>>;

/** How long one request compares paths before the others get their turn. */
const TURN_MS = 20;

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
  check(command: CheckCommand): Promise<CheckAnswer | Refusal<ProblemCode>>;
  list(query: LeaseQuery): LeasePage | Refusal<ProblemCode>;
  /** Gives every lease its full time again, as after a restart; then ends each when its time is up. */
  start(): Promise<void>;
  stop(): void;
}

interface Ports {
  readonly store: Store;
  readonly leaseEnded: LeaseEnded;
  readonly defaultTtlSeconds: number;
  readonly newLockId: () => string;
  /** What went wrong where nobody waits for an answer. */
  readonly onFault: (fault: unknown) => void;
}

export function createLeases(ports: Ports): Leases {
  const { store, leaseEnded, defaultTtlSeconds, newLockId } = ports;
  const waitInLine = createLine(store);
  const sweeper = createSweeper(ports);

  function commit<T>(
    principal: Principal,
    terms: Terms,
    decide: (asking: Asking) => Decision<T>,
  ): Answer<T> {
    return store.commit((view, now) => decide({ view, now, principal, leaseEnded }), {
      actor: principal.id,
      idempotency: terms.idempotency,
    });
  }

  /** Of a lease that ended, its holder learns that it did; of one that never was, that. */
  async function commitOn<T>(
    principal: Principal,
    lockId: string,
    terms: Terms,
    decide: (asking: Asking) => Decision<T>,
  ): Answer<T> {
    const committed = await commit(principal, terms, decide);
    if (committed.ok || committed.code !== "not-found") return committed;
    const ended = await findEnd(store, lockId);
    return ended === undefined ? committed : refuseEnded(ended.resource, ended.endedAt);
  }

  return {
    async acquire(principal, command, terms, signal) {
      const parsed = parseResource(command.resource);
      if (!parsed.ok) return refuseAt("/resource", parsed.problem);
      const asked = { ...command, resource: parsed.name };
      const given = { lockId: newLockId(), defaultTtlSeconds };
      return waitInLine(
        asked,
        (jumps) =>
          commit(principal, terms, (asking) => {
            const decision = decideAcquire(asking, asked, given);
            return decision.ok && jumps(asking) ? NOT_YET : decision;
          }),
        signal,
      );
    },
    heartbeat: (principal, lockId, command, terms) =>
      commitOn(principal, lockId, terms, (asking) =>
        decideHeartbeat(asking, lockId, withToken(command, terms)),
      ),
    release: (principal, lockId, command, terms) =>
      commitOn(principal, lockId, terms, (asking) =>
        decideRelease(asking, lockId, withToken(command, terms)),
      ),
    reclaim: (principal, command, terms) =>
      commit(principal, terms, (asking) => decideReclaim(asking, command)),
    check: (command) => check(liveLeases(new Plan(store.read()), store.now()), command),
    list: ({ resource, holder }) => {
      const parsed = resource === undefined ? undefined : parseResource(resource);
      if (parsed?.ok === false) return refuseAt("/resource", parsed.problem);
      const items = liveLeases(new Plan(store.read()), store.now()).filter(
        (lease) =>
          (parsed === undefined || lease.resource === parsed.name) &&
          (holder === undefined || lease.holder === holder),
      );
      return { items };
    },
    async start() {
      await extendAll(store);
      sweeper.start();
    },
    stop: () => sweeper.stop(),
  };
}

/** `Lease-Token` says the same as the member of the body. */
function withToken<T extends { fencing_token?: number | undefined }>(
  command: T,
  { leaseToken }: Terms,
): T {
  return command.fencing_token === undefined && leaseToken !== undefined
    ? { ...command, fencing_token: leaseToken }
    : command;
}

/** A thousand paths beside a thousand patterns made to be slow take minutes: others get their turns. */
async function check(
  leases: readonly Lease[],
  command: CheckCommand,
): Promise<CheckAnswer | Refusal<ProblemCode>> {
  const others = leases
    .filter((lease) => lease.holder !== command.holder)
    .map((lease) => ({ lease, covers: coversPath(lease.resource) }));
  const conflicts: CheckAnswer["conflicts"] = [];
  let since = monotonicMs();
  for (const [index, path] of command.paths.entries()) {
    const parsed = parsePath(path);
    if (!parsed.ok) return refuseAt(`/paths/${index}`, parsed.problem);
    for (const { lease, covers } of others) {
      if (covers(parsed.name)) conflicts.push({ path, lease });
      if (monotonicMs() - since < TURN_MS) continue;
      await sleep(0);
      since = monotonicMs();
    }
  }
  return { conflicts };
}

/** S15: while the server was away nobody could renew, so every lease begins its time anew. */
async function extendAll(store: Store): Promise<void> {
  await store.commit(
    (view, now) => {
      const plan = new Plan(view);
      for (const lease of plan.records("locks")) {
        const expires_at = laterOf(lease.expires_at, now, lease.ttl_seconds);
        const fields = { heartbeat_at: toTimestamp(now), expires_at };
        plan.touch({ kind: "locks", id: lease.lock_id, fields });
      }
      return plan.accept(() => null);
    },
    { actor: "kyros" },
  );
}

function refuseAt(pointer: string, detail: string): Refusal<"invalid"> {
  return refuse("invalid", `This does not name a resource: ${detail}.`, {
    errors: [{ pointer, detail }],
  });
}
