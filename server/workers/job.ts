/**
 * One claimed task, from its lease to its end.
 *
 *   1. Every write names the fencing token of the lease, and none is made once the lease is lost.
 *   2. Whatever happens, the task ends in review, blocked, or given back; or the lease runs out and
 *      the board gives the task to somebody else.
 */
import type { ExecutionReport } from "#contracts/execution";
import type { Lease } from "#contracts/lease";
import type { Task } from "#contracts/task";
import { backoffMs } from "../kernel/backoff.ts";
import type { Clock } from "../kernel/clock.ts";
import { newUuid } from "../kernel/ids.ts";
import type { Instant } from "../kernel/instant.ts";
import { after, sleep } from "../kernel/timers.ts";
import {
  afterFailure,
  saysLost,
  toFailure,
  type Failure,
  type Outcome,
  type Success,
} from "./decide.ts";
import type { Executor } from "./executor.ts";
import { keepLease, type Grip } from "./lease-keeper.ts";
import type { Link } from "./link.ts";
import type { News, Tell } from "./news.ts";
import { openCopy, type CopySettings } from "./working-copy.ts";

export interface Claimed {
  readonly task: Task;
  readonly lease: Lease;
  readonly executor: Executor;
  /** When it was asked for. */
  readonly asked: Instant;
}

export interface JobPorts {
  readonly link: Link;
  readonly clock: Clock;
  readonly tell: Tell;
  readonly copies: CopySettings;
  readonly boardFolder: string | undefined;
  /** How often a passing failure is tried in all. */
  readonly attempts: number;
  /** The worker is to end: nothing is begun any more. */
  readonly draining: AbortSignal;
  /** It has to end now: what runs is given back. */
  readonly handBack: AbortSignal;
}

const AGAIN = { firstMs: 1_000, mostMs: 60_000 };
const GIVE_BACK_WITHIN_MS = 3_000;
const MOST_OUTPUT = 16_000;
const MOST_REASON = 500;

/** Never throws. */
export async function work(claimed: Claimed, ports: JobPorts): Promise<void> {
  const job = new ClaimedJob(claimed, ports);
  try {
    await job.run();
  } finally {
    job.end();
  }
}

class ClaimedJob {
  readonly #claimed: Claimed;
  readonly #ports: JobPorts;
  readonly #grip: Grip;
  /** No work after this, for either reason. */
  readonly #stop: AbortSignal;
  #attempts = 1;

  constructor(claimed: Claimed, ports: JobPorts) {
    this.#claimed = claimed;
    this.#ports = ports;
    this.#grip = keepLease(claimed.lease, claimed.asked, ports);
    this.#stop = AbortSignal.any([this.#grip.lost, ports.handBack]);
  }

  end(): void {
    this.#grip.letGo();
  }

  async run(): Promise<void> {
    try {
      if (await this.#tryAll()) return;
      if (!this.#grip.lost.aborted) await this.#giveBack("the worker stops");
    } catch (error) {
      if (this.#grip.lost.aborted || saysLost(error)) this.#loses();
      else if (this.#stop.aborted) await this.#giveBack("the worker stops");
      else await this.#block(error);
      return;
    }
    if (this.#grip.lost.aborted) this.#loses();
  }

  /** What was refused once is refused again: given back, the task would go round for ever. */
  async #block(error: unknown): Promise<void> {
    const reason = cut(error instanceof Error ? error.message : String(error), MOST_REASON);
    try {
      const which = this.#which(this.#attempts);
      await this.#report({ outcome: "failed", ...which, reason, output: "" });
      this.#tell("blocked", reason);
    } catch {
      await this.#giveBack(reason);
    }
  }

  /** Whether the board has been told how it ended. */
  async #tryAll(): Promise<boolean> {
    const { draining, attempts } = this.#ports;
    for (let attempt = 1; !draining.aborted; attempt += 1) {
      this.#attempts = attempt;
      await this.#report({ outcome: "started", ...this.#which(attempt) });
      this.#tell("started", attempt === 1 ? "" : `attempt ${attempt} of ${attempts}`);
      const outcome = await this.#attempt();
      if (this.#stop.aborted) return false;
      if (outcome.ok) {
        await this.#succeed(attempt, outcome);
        return true;
      }
      const waitMs = await this.#fail(attempt, outcome);
      if (waitMs === undefined) return true;
      await sleep(waitMs, AbortSignal.any([this.#stop, draining]));
      if (this.#stop.aborted) return false;
    }
    return false;
  }

  async #attempt(): Promise<Outcome> {
    const { copies, boardFolder } = this.#ports;
    const { task, executor } = this.#claimed;
    try {
      const opened = await openCopy(copies, this.#stop);
      if (!opened.ok) return opened;
      const { copy } = opened;
      try {
        return await executor.run({ task, copy, boardFolder, doneTasks: () => this.#doneTasks() });
      } finally {
        await copy.remove();
      }
    } catch (error) {
      return toFailure(error);
    }
  }

  async #succeed(attempt: number, { summary, artifact }: Success): Promise<void> {
    await this.#report({
      outcome: "succeeded",
      ...this.#which(attempt),
      summary: cut(summary, MOST_REASON),
      ...(artifact !== undefined && { artifact }),
    });
    this.#tell("succeeded", summary);
  }

  /** Answers how long to wait before the next attempt; undefined when there is none. */
  async #fail(attempt: number, failed: Failure): Promise<number | undefined> {
    const { attempts } = this.#ports;
    const waitMs = backoffMs(attempt - 1, AGAIN);
    const next = afterFailure(failed, { attempt, attempts, waitMs });
    const isLast = next.what === "give-up";
    await this.#report({
      outcome: "failed",
      ...this.#which(attempt),
      reason: cut(isLast ? next.reason : failed.reason, MOST_REASON),
      output: failed.output.slice(-MOST_OUTPUT).toWellFormed(),
      ...(!isLast && { retry_in_ms: next.inMs }),
    });
    if (isLast) {
      this.#tell("blocked", next.reason);
      return undefined;
    }
    this.#tell("failed", `${failed.reason}; next attempt in ${(next.inMs / 1_000).toFixed(1)} s`);
    return next.inMs;
  }

  async #report(body: ExecutionReport): Promise<void> {
    const { task, lease } = this.#claimed;
    const params = { id: task.id };
    const idempotencyKey = newUuid();
    const leaseToken = lease.fencing_token;
    const { link } = this.#ports;
    await link.reach(
      (client, signal) =>
        client.call("reportExecution", { params, body, leaseToken, idempotencyKey, signal }),
      this.#stop,
    );
  }

  async #doneTasks(): Promise<Task[]> {
    const tasks: Task[] = [];
    let page_cursor: string | undefined;
    do {
      const query = { status: ["done"], limit: 1_000, page_cursor };
      const { body } = await this.#ports.link.reach(
        (client, signal) => client.call("listTasks", { query, signal }),
        this.#stop,
      );
      tasks.push(...(body?.items ?? []));
      page_cursor = body?.next_page_cursor ?? undefined;
    } while (page_cursor !== undefined);
    return tasks.toSorted((a, b) => ((a.completed_at ?? "") < (b.completed_at ?? "") ? -1 : 1));
  }

  /** The task goes back to the queue, for the next worker. */
  async #giveBack(reason: string): Promise<void> {
    const { lock_id, fencing_token } = this.#claimed.lease;
    const soon = new AbortController();
    const cancel = after(GIVE_BACK_WITHIN_MS, () => soon.abort());
    try {
      await this.#ports.link.reach(
        (client, signal) =>
          client.call("releaseLease", { params: { lock_id }, body: { fencing_token }, signal }),
        soon.signal,
      );
      this.#tell("handed_back", reason);
    } catch {
      this.#tell("handed_back", `${reason}; the lease could not be given back and will run out`);
    } finally {
      cancel();
    }
  }

  #loses(): void {
    this.#tell("lease_lost", "stopped, and wrote nothing more");
  }

  #which(attempt: number) {
    return { executor: this.#claimed.executor.name, attempt };
  }

  #tell(what: News["what"], detail: string): void {
    const { task, executor } = this.#claimed;
    this.#ports.tell({ what, task: task.id, executor: executor.name, detail });
  }
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`;
}
