/** What can be done with tasks. Each change is one commit, decided in the pure files beside this one. */
import type {
  ClaimAnswer,
  ClaimCommand,
  HistoryAnswer,
  HistoryQuery,
  JsonPatch,
  MoveCommand,
  NewTask,
  Task,
  TaskAnswer,
  TaskBatch,
  TaskBatchAnswer,
  TaskCreated,
  TaskMergePatch,
  TaskPage,
  TaskQuery,
  TransitionAnswer,
  TransitionCommand,
} from "#contracts/task";
import type { ProblemCode } from "#contracts/problem";
import type { WorkflowAnswer } from "#contracts/state";
import type { Principal } from "../../kernel/principal.ts";
import type { Refusal } from "../../kernel/refusal.ts";
import type { Terms } from "../../kernel/terms.ts";
import type { Committed, Entry } from "../../store/port.ts";

export type TaskChange =
  | { readonly format: "merge-patch"; readonly patch: TaskMergePatch }
  | { readonly format: "json-patch"; readonly patch: JsonPatch };

type Answer<T> = Promise<Committed<T>>;

export interface Tasks {
  create(principal: Principal, task: NewTask, terms: Terms): Answer<TaskCreated>;
  /** All or none; a refusal names the one that was refused in `more.list` and `more.index`. */
  batch(principal: Principal, batch: TaskBatch, terms: Terms): Answer<TaskBatchAnswer>;
  patch(principal: Principal, id: string, change: TaskChange, terms: Terms): Answer<TaskAnswer>;
  remove(
    principal: Principal,
    id: string,
    query: { readonly force?: boolean | undefined },
    terms: Terms,
  ): Answer<null>;
  transition(
    principal: Principal,
    id: string,
    command: TransitionCommand,
    terms: Terms,
  ): Answer<TransitionAnswer>;
  move(
    principal: Principal,
    id: string,
    command: MoveCommand,
    terms: Terms,
  ): Answer<TransitionAnswer>;
  /** `null` when no task is ready for this agent. */
  claim(principal: Principal, command: ClaimCommand, terms: Terms): Answer<ClaimAnswer | null>;
  get(id: string): Entry<Task> | undefined;
  list(query: TaskQuery): TaskPage | Refusal<ProblemCode>;
  /** Also of a task that is gone. */
  history(id: string, query: HistoryQuery): Promise<HistoryAnswer | Refusal<ProblemCode>>;
  readonly workflow: WorkflowAnswer;
}
