/** What a change of a task is, before and after it was sent. */
import type { Task } from "#contracts/task";
import type { TaskFields } from "./merge.ts";

export interface Change {
  readonly taskId: string;
  /** For people, in the past: "Moved to Review". */
  readonly done: string;
  /** What it will look like; painted until the answer is there. */
  readonly wanted: TaskFields;
  /** The same fields as the person saw them. */
  readonly seen: TaskFields;
  readonly send: (request: { ifMatch: string; idempotencyKey: string }) => Promise<Saved>;
  /** How to take it back, given the task it led to; absent when there is no way back. */
  readonly inverse?: (after: Task) => Change | undefined;
}

export interface Saved {
  readonly task: Task;
  readonly etag: string;
}
