/**
 * A worker: claims what its executors are asked for, up to so many tasks at a time, until it is told
 * to stop. Then it begins nothing more, lets what runs finish for a while, and gives the rest back.
 */
import { ProblemError } from "#contracts/client";
import type { TaskType } from "#contracts/task";
import { backoffMs } from "../kernel/backoff.ts";
import type { Clock } from "../kernel/clock.ts";
import { newUuid } from "../kernel/ids.ts";
import { after, sleep } from "../kernel/timers.ts";
import { labelsFor, rotated } from "./decide.ts";
import type { Executor } from "./executor.ts";
import { work, type Claimed, type JobPorts } from "./job.ts";
import type { Link } from "./link.ts";
import type { Tell } from "./news.ts";
import type { CopySettings } from "./working-copy.ts";

export interface WorkerSettings {
  readonly name: string;
  readonly executors: readonly Executor[];
  readonly concurrency: number;
  /** Only tasks that have all of these. */
  readonly labels: readonly string[];
  /** Only tasks of one of these; all when it is undefined. */
  readonly types: readonly TaskType[] | undefined;
  readonly ttlSeconds: number;
  readonly attempts: number;
  /** How long what runs may go on after the worker was told to stop. */
  readonly graceMs: number;
  readonly copies: CopySettings;
  readonly boardFolder: string | undefined;
}

interface WorkerPorts {
  readonly link: Link;
  readonly clock: Clock;
  readonly tell: Tell;
}

/** The name belongs to somebody who is no worker. */
export class NameTaken extends Error {
  override readonly name = "NameTaken";
}

const LOOK_AFTER_MS = 25_000;
/** On a busy board there is always news: workers do not all ask at once, nor all the time. */
const BREATH = { firstMs: 400, mostMs: 400 };
const HEARTBEAT_MS = 30_000;
const LAST_WORD_WITHIN_MS = 2_000;

/** After any of these there may be something to claim. */
const NEWS = [
  "task_created",
  "task_updated",
  "task_transitioned",
  "task_deleted",
  "lease_released",
  "lease_reclaimed",
  "state_edited",
];

/** @throws NameTaken, or ProblemError where the server refuses what no waiting will mend. */
export async function runWorker(
  settings: WorkerSettings,
  ports: WorkerPorts,
  draining: AbortSignal,
): Promise<void> {
  const worker = new Worker(settings, ports, draining);
  await worker.run();
}

class Worker {
  readonly #settings: WorkerSettings;
  readonly #ports: WorkerPorts;
  readonly #draining: AbortSignal;
  readonly #handBack = new AbortController();
  readonly #over = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #wake: () => void = () => {};
  #round = 0;

  constructor(settings: WorkerSettings, ports: WorkerPorts, draining: AbortSignal) {
    this.#settings = settings;
    this.#ports = ports;
    this.#draining = draining;
    draining.addEventListener("abort", () => this.#wake(), { once: true });
  }

  async run(): Promise<void> {
    const { name, executors, concurrency, graceMs } = this.#settings;
    const { tell } = this.#ports;
    try {
      await this.#register();
      void this.#beat();
      const names = executors.map((executor) => executor.name).join(", ");
      tell({ what: "ready", detail: `${name} runs ${names}, ${concurrency} at a time` });
      await this.#claimAll();
    } catch (error) {
      if (!this.#draining.aborted) {
        this.#handBack.abort();
        throw error;
      }
    } finally {
      const cancel = after(graceMs, () => this.#handBack.abort());
      const left = this.#running.size;
      if (left > 0) tell({ what: "draining", detail: `${left} still running` });
      await Promise.all(this.#running);
      cancel();
      this.#over.abort();
    }
    await this.#sayGoodbye();
    tell({ what: "stopped", detail: name });
  }

  async #register(): Promise<void> {
    const { name, executors } = this.#settings;
    const skills = executors.map((executor) => executor.name);
    const body = { id: name, kind: "worker", role: "worker", skills } as const;
    const { link } = this.#ports;
    try {
      await link.reach(
        (client, signal) => client.call("createAgent", { body, signal }),
        this.#draining,
      );
    } catch (error) {
      if (!isCode(error, "already-exists")) throw error;
      const known = await link.reach(
        (client, signal) => client.call("getAgent", { params: { id: name }, signal }),
        this.#draining,
      );
      if (known.body?.kind === "worker") return;
      throw new NameTaken(`${name} is registered, and is no worker. Choose another name.`);
    }
  }

  /** Says that it is alive, often enough not to be taken for silent. */
  async #beat(): Promise<void> {
    let waitMs = 0;
    while (!this.#over.signal.aborted) {
      await sleep(waitMs, this.#over.signal);
      try {
        const params = { id: this.#settings.name };
        const { body } = await this.#ports.link.reach(
          (client, signal) => client.call("heartbeatAgent", { params, body: {}, signal }),
          this.#over.signal,
        );
        const patienceMs = Date.parse(body?.offline_at ?? "") - Date.parse(body?.last_seen ?? "");
        waitMs = Math.min(HEARTBEAT_MS, patienceMs / 3) || HEARTBEAT_MS;
      } catch (error) {
        waitMs = HEARTBEAT_MS;
        // Somebody took its record away; the next claim would bring it back as an agent's.
        if (isCode(error, "not-found") && !this.#draining.aborted) {
          await this.#register().catch(() => {});
        }
      }
    }
  }

  async #claimAll(): Promise<void> {
    let since = await this.#place();
    while (!this.#draining.aborted) {
      if (this.#running.size >= this.#settings.concurrency) {
        await this.#room();
        continue;
      }
      const claimed = await this.#claimNext();
      if (claimed === undefined) {
        since = await this.#news(since);
        await sleep(backoffMs(0, BREATH), this.#draining);
      } else this.#start(claimed);
    }
  }

  /** Until a task has ended, or the worker is told to stop. */
  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #start(claimed: Claimed): void {
    const { copies, boardFolder, attempts } = this.#settings;
    const ports: JobPorts = {
      ...this.#ports,
      copies,
      boardFolder,
      attempts,
      draining: this.#draining,
      handBack: this.#handBack.signal,
    };
    const { task, executor } = claimed;
    const { tell } = this.#ports;
    tell({ what: "claimed", task: task.id, executor: executor.name, detail: task.title });
    const running = work(claimed, ports).finally(() => {
      this.#running.delete(running);
      this.#wake();
    });
    this.#running.add(running);
  }

  async #claimNext(): Promise<Claimed | undefined> {
    this.#round += 1;
    for (const executor of rotated(this.#settings.executors, this.#round)) {
      const claimed = await this.#claim(executor);
      if (claimed !== undefined) return claimed;
    }
    return undefined;
  }

  async #claim(executor: Executor): Promise<Claimed | undefined> {
    const { name: agent, labels, types, ttlSeconds: ttl_seconds } = this.#settings;
    const asked = this.#ports.clock.now();
    const body = {
      agent,
      labels: labelsFor(executor.name, labels),
      ttl_seconds,
      ...(types !== undefined && { types: [...types] }),
    };
    const idempotencyKey = newUuid();
    // Not broken off when the worker is told to stop: a task that was claimed has to be given back.
    const { body: answer } = await this.#ports.link.reach(
      (client, signal) => client.call("claimTask", { body, idempotencyKey, signal }),
      this.#draining,
      "whole",
    );
    if (answer?.lease == null) return undefined;
    return { task: answer.task, lease: answer.lease, executor, asked };
  }

  /** Where the log ends now: what happens later is news. */
  async #place(): Promise<string | undefined> {
    const query = { mode: "poll", wait_ms: 0, limit: 1 };
    const { body } = await this.#ports.link.reach(
      (client, signal) => client.call("tailEvents", { query, signal }),
      this.#draining,
    );
    return body?.next_cursor;
  }

  /** Waits for something to happen; looks again after a while in any case. */
  async #news(since: string | undefined): Promise<string | undefined> {
    const query = { mode: "poll", since, event: NEWS, wait_ms: LOOK_AFTER_MS };
    const { body } = await this.#ports.link.reach(
      (client, signal) => client.call("tailEvents", { query, signal }),
      this.#draining,
    );
    return body?.next_cursor ?? since;
  }

  /** So that the board does not wait for it to fall silent. */
  async #sayGoodbye(): Promise<void> {
    const soon = new AbortController();
    const cancel = after(LAST_WORD_WITHIN_MS, () => soon.abort());
    const params = { id: this.#settings.name };
    const body = { status: "offline" } as const;
    try {
      await this.#ports.link.reach(
        (client, signal) => client.call("heartbeatAgent", { params, body, signal }),
        soon.signal,
      );
    } catch {
      // The board will notice by itself.
    } finally {
      cancel();
    }
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof ProblemError && error.problem.code === code;
}
