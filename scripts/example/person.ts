/** A person at work: approves and merges what is ready, reorders cards, and edits the file by hand. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, ProblemError, type Client } from "#contracts/client";
import type { Task } from "#contracts/task";
import type { Status } from "#contracts/workflow";
import { edit, type Habit } from "./editor.ts";
import { versionOf, type Report } from "./report.ts";
import { steadily } from "../steady.ts";

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
  readonly #marked = new Set<string>();

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

  async #sendBack(id: string): Promise<void> {
    const body = { to: "queued", reason: "its definition of done is not complete" } as const;
    const { body: moved } = await steadily((idempotencyKey) =>
      this.#client.call("transitionTask", { params: { id }, body, idempotencyKey }),
    );
    if (moved !== undefined) this.#acknowledge(id, moved.etag, "queued");
  }

  /** Marks what somebody works on: with If-Match, like everybody, and so it meets theirs. */
  async #mark(id: string): Promise<void> {
    this.#marked.add(id);
    for (;;) {
      const { body: task, etag } = await steadily(() =>
        this.#client.call("getTask", { params: { id } }),
      );
      const labels = [...(task?.labels ?? []), "watched"];
      const call = { params: { id }, ifMatch: etag ?? "", body: { labels } };
      try {
        const { body } = await steadily((idempotencyKey) =>
          this.#client.call("patchTask", { ...call, idempotencyKey }),
        );
        if (body !== undefined) this.#acknowledge(id, body.etag, "marked as watched");
        return;
      } catch (error) {
        if (!isStale(error)) throw error;
      }
    }
  }

  async #step({ id, status }: Task): Promise<void> {
    if (status === "in_progress" && !this.#marked.has(id)) return this.#mark(id);
    const to = NEXT[status];
    if (to === undefined) return;
    try {
      const { body } = await steadily((idempotencyKey) =>
        this.#client.call("transitionTask", { params: { id }, body: { to }, idempotencyKey }),
      );
      if (body !== undefined) this.#acknowledge(id, body.etag, to);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      this.#report({ what: "lost", task: id, code: error.problem.code });
      // What came back unfinished goes back to whoever is on it.
      if (error.problem.code === "dod-open") await this.#sendBack(id);
    }
  }

  #acknowledge(task: string, etag: string, did: string): void {
    this.#report({ what: "acknowledged", task, version: versionOf(etag), did });
  }
}

function isStale(error: unknown): boolean {
  return error instanceof ProblemError && error.problem.code === "precondition-failed";
}

interface StateFile {
  items: Record<string, { description: string; status: Status }>;
}

/** Adds a note to a task in one of these states; answers which. */
export function writeByHand(
  folder: string,
  habit: Habit,
  note: string,
  statuses: readonly Status[],
): string {
  let chosen = "";
  edit(join(folder, "state/tasks.json"), habit, (text) => {
    const file = JSON.parse(text) as StateFile;
    const all = Object.entries(file.items);
    const wanted = all.filter(([, { status }]) => statuses.includes(status));
    const [id, task] = wanted.at(-1) ?? all.at(-1) ?? [];
    if (id === undefined || task === undefined) throw new Error("there is no task");
    chosen = id;
    task.description += `\n\n${note}`;
    return `${JSON.stringify(file, null, 2)}\n`;
  });
  return chosen;
}
