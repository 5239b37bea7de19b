/** What an executor gets, and what it may answer. `docs/workers.md` shows how to write one. */
import type { Task } from "#contracts/task";
import type { Outcome } from "./decide.ts";
import type { WorkingCopy } from "./working-copy.ts";

export interface Executor {
  /** Tasks ask for it by the label `executor:NAME`. */
  readonly name: string;
  /**
   * Does the work in the copy, and says what came of it. Programs run through `copy.run` alone: there the
   * limits hold.
   */
  run(job: Job): Promise<Outcome>;
}

export interface Job {
  readonly task: Task;
  readonly copy: WorkingCopy;
  /** From the repository's root; undefined when the board stands elsewhere. */
  readonly boardFolder: string | undefined;
  /** Of the board, in the order in which they were completed. */
  doneTasks(): Promise<Task[]>;
}
