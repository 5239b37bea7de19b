/** What a task waits for. Dependencies are done before it, and never in a circle. */
import type { ProblemCode } from "#contracts/problem";
import type { Task } from "#contracts/task";
import type { Status } from "#contracts/workflow";
import { refuse, type Refusal } from "../../kernel/refusal.ts";
import type { Plan } from "../../store/plan.ts";

export interface OpenDependency {
  readonly id: string;
  /** `null`: there is no such task, so nobody can finish it. */
  readonly status: Status | null;
}

export function openDependencies(plan: Plan, task: Pick<Task, "depends_on">): OpenDependency[] {
  return task.depends_on
    .map((id) => ({ id, status: plan.get("tasks", id)?.status ?? null }))
    .filter(({ status }) => status !== "done");
}

export function refuseOpenDependencies(plan: Plan, task: Task): Refusal<ProblemCode> | undefined {
  const open = openDependencies(plan, task);
  if (open.length === 0) return undefined;
  const said = open.map(({ id, status }) =>
    status === null ? `${id} does not exist` : `${id} is ${status}`,
  );
  return refuse(
    "dependency-open",
    `${task.id} waits for what is not done: ${said.join(", ")}. Finish that first, or take it out of depends_on.`,
    { open },
  );
}

/**
 * Looks at the dependencies that are new. One that is missing already, since a person took the task
 * out of the file, is no reason to refuse a change of something else.
 *
 * @param before what the task depended on so far.
 */
export function refuseDependencies(
  plan: Plan,
  task: Pick<Task, "id" | "depends_on">,
  before: readonly string[] = [],
): Refusal<ProblemCode> | undefined {
  const errors = task.depends_on.flatMap((id, index) =>
    before.includes(id) || id === task.id || plan.get("tasks", id) !== undefined
      ? []
      : [{ pointer: `/depends_on/${index}`, detail: `there is no task ${id}` }],
  );
  if (errors.length > 0) {
    const missing = errors.map((error) => error.detail).join(", ");
    return refuse("invalid", `${task.id} cannot depend on what is not there: ${missing}.`, {
      errors,
    });
  }
  const cycle = findCycle(plan, task);
  if (cycle === undefined) return undefined;
  return refuse(
    "dependency-cycle",
    `${cycle.join(" → ")}: each would wait for the next, for ever. Leave one of these dependencies out.`,
    { cycle },
  );
}

/** The way from the task back to itself, if there is one. */
function findCycle(plan: Plan, task: Pick<Task, "id" | "depends_on">): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const rest = [task.id];
  for (let id = rest.pop(); id !== undefined; id = rest.pop()) {
    const next = id === task.id ? task.depends_on : (plan.get("tasks", id)?.depends_on ?? []);
    for (const dependency of next) {
      if (dependency === task.id) return trail(cameFrom, id, task.id);
      if (cameFrom.has(dependency)) continue;
      cameFrom.set(dependency, id);
      rest.push(dependency);
    }
  }
  return undefined;
}

function trail(cameFrom: ReadonlyMap<string, string>, last: string, start: string): string[] {
  const way = [start];
  for (let id: string | undefined = last; id !== undefined && id !== start; id = cameFrom.get(id)) {
    way.unshift(id);
  }
  return [start, ...way];
}
