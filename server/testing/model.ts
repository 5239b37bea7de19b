/**
 * What the API promises about tasks and leases, told once more in the fewest words: a board as maps,
 * and for each request whether it is taken, or for which reasons it may be refused.
 */
import { HANDOVER, HELD, TRANSITIONS, type Status } from "#contracts/workflow";

export const AGENTS = ["agent-a", "agent-b"] as const;
export const PERSON = "person";
export type Actor = (typeof AGENTS)[number] | typeof PERSON;

interface Lease {
  readonly holder: Actor;
  readonly ttlMs: number;
  /** Known from the answer; it may only be later than was promised. */
  expiresAt: number;
  lockId: string;
  token: number;
}

interface Task {
  version: number;
  status: Status;
  assignee: Actor | null;
  readonly dependsOn: readonly string[];
  openItems: number;
  lease: Lease | undefined;
}

export const TASK_TTL_MS = 300_000;

export class Model {
  /** In the order in which they were created, which is that of the board. */
  readonly tasks = new Map<string, Task>();
  readonly names = new Map<string, Lease>();
  /** Of tasks that are gone: going is a change too, and no version is ever used again. */
  readonly lastVersions = new Map<string, number>();
  readonly ended: string[] = [];
  highestToken = 0;
  now: number;

  constructor(now: number) {
    this.now = now;
  }

  isHeld({ status }: Task): boolean {
    return (HELD as readonly Status[]).includes(status);
  }

  openDependencies({ dependsOn }: Task): string[] {
    return dependsOn.filter((id) => this.tasks.get(id)?.status !== "done");
  }

  dependants(id: string): string[] {
    return [...this.tasks].filter(([, task]) => task.dependsOn.includes(id)).map(([each]) => each);
  }

  /** The best ready one: all have the same priority, so the first of the board. */
  bestReady(): string | undefined {
    return [...this.tasks].find(
      ([, task]) => task.status === "queued" && this.openDependencies(task).length === 0,
    )?.[0];
  }

  /** Why this step may be refused; it is taken when there is no reason. */
  reasonsAgainst(task: Task, actor: Actor, to: Status): string[] {
    const reasons: string[] = [];
    if (this.isHeld(task) && task.assignee !== null && task.assignee !== actor) {
      reasons.push("not-holder", ...(task.lease === undefined ? [] : ["lease-held"]));
    }
    if (to === task.status) return reasons;
    if (!(TRANSITIONS[task.status] as readonly Status[]).includes(to))
      reasons.push("invalid-transition");
    if (to === "claimed" && this.openDependencies(task).length > 0) reasons.push("dependency-open");
    if (to === "done" && task.openItems > 0) reasons.push("dod-open");
    return reasons;
  }

  step(task: Task, actor: Actor, to: Status): void {
    if (to === task.status) return;
    task.status = to;
    task.version += 1;
    if (this.isHeld(task)) {
      task.assignee = actor;
      if (actor === PERSON) this.end(task);
      else if (task.lease?.holder !== actor) {
        task.lease = {
          holder: actor,
          ttlMs: TASK_TTL_MS,
          expiresAt: this.now + TASK_TTL_MS,
          lockId: "",
          token: 0,
        };
      }
      return;
    }
    this.end(task);
    if (!(HANDOVER as readonly Status[]).includes(to) && to !== "done") task.assignee = null;
  }

  end(task: Task): void {
    if (task.lease !== undefined) this.ended.push(task.lease.lockId);
    task.lease = undefined;
  }

  /** Time goes by, and what has run out is taken back. */
  advance(ms: number): void {
    this.now += ms;
    for (const task of this.tasks.values()) {
      if (task.lease !== undefined && this.now > task.lease.expiresAt) {
        this.end(task);
        task.status = "queued";
        task.assignee = null;
        task.version += 1;
      }
    }
    for (const [name, lease] of this.names) {
      if (this.now > lease.expiresAt) {
        this.ended.push(lease.lockId);
        this.names.delete(name);
      }
    }
  }
}
