/** What can be done with tasks. Each change is one commit, decided in the pure files beside this one. */
import type { ExecutionReport } from "#contracts/execution";
import type {
  ClaimAnswer,
  ClaimCommand,
  HistoryAnswer,
  HistoryQuery,
  MoveCommand,
  NewTask,
  TaskAnswer,
  TaskBatch,
  TaskBatchAnswer,
  TaskCreated,
  TaskPage,
  TaskQuery,
  TransitionAnswer,
  TransitionCommand,
} from "#contracts/task";
import type { ProblemCode } from "#contracts/problem";
import { workflowAnswer, type WorkflowAnswer } from "#contracts/state";
import { ENTRY_GUARDS, HANDOVER, HELD, STATUSES, TRANSITIONS } from "#contracts/workflow";
import type { Principal } from "../../kernel/principal.ts";
import type { Refusal } from "../../kernel/refusal.ts";
import type { Terms } from "../../kernel/terms.ts";
import { withConflict } from "../../store/conflict.ts";
import { Plan } from "../../store/plan.ts";
import type { Committed, Decision, Store } from "../../store/port.ts";
import { decideClaim } from "./claim.ts";
import { artifactPath, decideExecution, type Delivered } from "./execution.ts";
import { readHistory } from "./history.ts";
import { decideMove } from "./move.ts";
import { decidePatch, type TaskChange } from "./patch.ts";
import type { ArtifactFiles, LeaseGuard, Roster } from "./ports.ts";
import { listTasks } from "./query.ts";
import { decideTransition, type Acting } from "./transition.ts";
import { decideBatch, decideCreate, decideRemove } from "./write.ts";

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
  /** What comes with the report is a durable file before the report is taken, and only then. */
  report(
    principal: Principal,
    id: string,
    report: ExecutionReport,
    terms: Terms,
  ): Answer<TaskAnswer>;
  list(query: TaskQuery): TaskPage | Refusal<ProblemCode>;
  /** Also of a task that is gone. */
  history(id: string, query: HistoryQuery): Promise<HistoryAnswer | Refusal<ProblemCode>>;
  readonly workflow: WorkflowAnswer;
}

interface Ports {
  readonly store: Store;
  readonly guard: LeaseGuard;
  readonly roster: Roster;
  readonly artifactFiles: ArtifactFiles;
  readonly newTaskId: () => string;
  readonly newLockId: () => string;
}

export function createTasks(ports: Ports): Tasks {
  const { store, guard, roster, newTaskId, newLockId } = ports;

  function commit<T>(
    principal: Principal,
    terms: Terms,
    decide: (acting: Acting) => Decision<T>,
  ): Answer<T> {
    const lockId = newLockId();
    return store.commit(
      (view, now) => {
        const plan = new Plan(view);
        return decide({ view, plan, now, principal, terms, guard, roster, newLockId: lockId });
      },
      { actor: principal.id, idempotency: terms.idempotency },
    );
  }

  async function commitOn<T>(
    principal: Principal,
    id: string,
    terms: Terms,
    decide: (acting: Acting) => Decision<T>,
  ): Answer<T> {
    const committed = await commit(principal, terms, decide);
    return committed.ok ? committed : withConflict(store, "tasks", id, terms.ifMatch, committed);
  }

  /** Drawn before the decision, which has to come out the same each time it is run. */
  function freshId(): string {
    const id = newTaskId();
    return store.read().get("tasks", id) === undefined ? id : freshId();
  }

  const withId = (task: NewTask) => ({ ...task, id: task.id ?? freshId() });

  return {
    create(principal, task, terms) {
      const input = withId(task);
      return commit(principal, terms, (acting) => decideCreate(acting, input));
    },
    async batch(principal, { creates, patches }, terms) {
      const batch = { creates: creates.map(withId), patches };
      const lockIds = patches.map(newLockId);
      const committed = await commit(principal, terms, (acting) =>
        decideBatch(acting, batch, lockIds),
      );
      const { list, index } = committed.ok ? {} : committed.more;
      const refused = list === "patches" ? patches[Number(index)] : undefined;
      if (committed.ok || refused === undefined) return committed;
      return withConflict(store, "tasks", refused.id, [refused.if_match], committed);
    },
    patch: (principal, id, change, terms) =>
      commitOn(principal, id, terms, (acting) => decidePatch(acting, id, change)),
    remove: (principal, id, { force = false }, terms) =>
      commitOn(principal, id, terms, (acting) => decideRemove(acting, id, force)),
    transition: (principal, id, command, terms) =>
      commitOn(principal, id, terms, (acting) => decideTransition(acting, id, command)),
    move: (principal, id, command, terms) =>
      commitOn(principal, id, terms, (acting) => decideMove(acting, id, command)),
    claim: (principal, command, terms) =>
      commitOn(principal, command.task_id ?? "", terms, (acting) => decideClaim(acting, command)),
    report: createReport(ports, commitOn),
    list: (query) => listTasks(store.read(), query),
    history: (id, query) => readHistory(store, id, query),
    workflow: workflowAnswer.parse({
      statuses: STATUSES,
      transitions: TRANSITIONS,
      entry_guards: ENTRY_GUARDS,
      held: HELD,
      handover: HANDOVER,
    }),
  };
}

type CommitOn = <T>(
  principal: Principal,
  id: string,
  terms: Terms,
  decide: (acting: Acting) => Decision<T>,
) => Answer<T>;

function createReport(
  { store, guard, roster, artifactFiles }: Ports,
  commitOn: CommitOn,
): Tasks["report"] {
  return async (principal, id, report, terms) => {
    const artifact = report.outcome === "succeeded" ? report.artifact : undefined;
    const decide = (acting: Acting, delivered?: Delivered) =>
      decideExecution(acting, id, report, delivered);
    if (artifact === undefined) return commitOn(principal, id, terms, (acting) => decide(acting));

    const { kind, content } = artifact;
    const digest = artifactFiles.digest(content);
    const path = artifactPath(id, report.executor, { kind, digest });
    const delivered = { path, bytes: Buffer.byteLength(content) };
    const view = store.read();
    const [plan, now] = [new Plan(view), store.now()];
    const fresh = { view, plan, now, principal, terms, guard, roster, newLockId: "" };
    const foreseen = decide(fresh, delivered);
    // A repetition finds the file on record: it gets the first answer, although the lease has ended.
    const known = view.get("tasks", id)?.record.artifacts ?? [];
    if (!foreseen.ok && !known.some((other) => other.path === path)) {
      return withConflict(store, "tasks", id, terms.ifMatch, foreseen);
    }
    const isNew = foreseen.ok && (await artifactFiles.write(path, content));
    const committed = await commitOn(principal, id, terms, (acting) => decide(acting, delivered));
    if (!committed.ok && isNew) await artifactFiles.remove(path);
    return committed;
  };
}
