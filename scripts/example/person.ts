/** A person at work: approves and merges what is ready, reorders cards, and edits the file by hand. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, ProblemError, type Client } from "#contracts/client";
import type { Task } from "#contracts/task";
import type { Status } from "#contracts/workflow";
import { edit, type Habit } from "./editor.ts";
import { versionOf, type Report } from "./report.ts";
import { steadily } from "./steady.ts";

export const PERSON = "maria";

/** What a person does with a card that comes to hand. */
const NEXT: Partial<Record<Status, Status>> = {
  review: "approved",
  approved: "merging",
  merging: "done",
};

export class Person {
  readonly #client: Client;
  readonly #report: (line: Report) => void;

  constructor(baseUrl: string, report: (line: Report) => void) {
    this.#client = createClient({ baseUrl, actor: PERSON });
    this.#report = report;
  }

  async introduce(): Promise<void> {
    const body = { id: PERSON, name: "Maria", kind: "human", role: "maintainer" } as const;
    await this.#client.call("createAgent", { body });
  }

  /** Works until every card is done. */
  async clearTheBoard(): Promise<void> {
    for (;;) {
      const tasks = await this.tasks();
      if (tasks.every(({ status }) => status === "done")) return;
      for (const task of tasks) await this.#step(task);
      await sleep(30);
    }
  }

  async tasks(): Promise<Task[]> {
    const { body } = await steadily(() =>
      this.#client.call("listTasks", { query: { limit: 1_000 } }),
    );
    return body?.items ?? [];
  }

  /** Puts one card before another. */
  async reorder(id: string, before: string): Promise<void> {
    const { body } = await steadily((idempotencyKey) =>
      this.#client.call("moveTask", { params: { id }, body: { before }, idempotencyKey }),
    );
    if (body !== undefined) this.#acknowledge(id, body.etag, `moved before ${before}`);
  }

  async #step({ id, status }: Task): Promise<void> {
    const to = NEXT[status];
    if (to === undefined) return;
    try {
      const { body } = await steadily((idempotencyKey) =>
        this.#client.call("transitionTask", { params: { id }, body: { to }, idempotencyKey }),
      );
      if (body !== undefined) this.#acknowledge(id, body.etag, to);
    } catch (error) {
      // The card is no longer where it was seen; the next look shows where it is.
      if (!(error instanceof ProblemError)) throw error;
      this.#report({ what: "lost", task: id, code: error.problem.code });
    }
  }

  #acknowledge(task: string, etag: string, did: string): void {
    this.#report({ what: "acknowledged", task, version: versionOf(etag), did });
  }
}

interface StateFile {
  items: Record<string, { description: string; status: Status }>;
}

/** Adds a note to a task that nobody works on; answers which. */
export function writeByHand(folder: string, habit: Habit, note: string): string {
  let chosen = "";
  edit(join(folder, "state/tasks.json"), habit, (text) => {
    const file = JSON.parse(text) as StateFile;
    const resting = Object.entries(file.items).filter(
      ([, { status }]) => status === "queued" || status === "done",
    );
    const [id, task] = resting.at(-1) ?? [];
    if (id === undefined || task === undefined) throw new Error("every task is being worked on");
    chosen = id;
    task.description += `\n\n${note}`;
    return `${JSON.stringify(file, null, 2)}\n`;
  });
  return chosen;
}
