/** The filter of the board, as it stands in the URL: what one sees can be sent to somebody else. */
import type { Priority, Task, TaskType } from "#contracts/task";
import type { Records } from "../../live/records.ts";
import { isReady } from "./moves.ts";

export interface TaskFilter {
  readonly q: string;
  readonly assignee: readonly string[];
  readonly label: readonly string[];
  readonly type: readonly TaskType[];
  readonly priority: readonly Priority[];
  readonly ready: boolean;
  readonly blocked: boolean;
  readonly archived: boolean;
}

export const UNASSIGNED = "none";

const TYPES: readonly TaskType[] = ["feature", "bugfix", "test", "docs", "chore"];
const PRIORITIES: readonly Priority[] = ["high", "normal", "low"];

export function parseFilter(search: URLSearchParams): TaskFilter {
  const list = (name: string) => (search.get(name) ?? "").split(",").filter((part) => part !== "");
  return {
    q: search.get("q") ?? "",
    assignee: list("assignee"),
    label: list("label"),
    type: TYPES.filter((type) => list("type").includes(type)),
    priority: PRIORITIES.filter((priority) => list("priority").includes(priority)),
    ready: search.get("ready") === "true",
    blocked: search.get("blocked") === "true",
    archived: search.get("archived") === "true",
  };
}

/** Keeps what else stands in the URL, such as the view. */
export function withFilter(search: URLSearchParams, change: Partial<TaskFilter>): URLSearchParams {
  const next = new URLSearchParams(search);
  for (const [name, value] of Object.entries(change)) {
    const text = typeof value === "object" ? value.join(",") : String(value);
    if (text === "" || text === "false") next.delete(name);
    else next.set(name, text);
  }
  return next;
}

export function activeFilters(filter: TaskFilter): number {
  const lists = [filter.assignee, filter.label, filter.type, filter.priority];
  const switches = [filter.q.trim() !== "", filter.ready, filter.blocked, filter.archived];
  return lists.filter((list) => list.length > 0).length + switches.filter(Boolean).length;
}

export function matches(task: Task, filter: TaskFilter, records: Pick<Records, "tasks">): boolean {
  return (
    task.archived === filter.archived &&
    isOneOf(filter.assignee, task.assignee ?? UNASSIGNED) &&
    filter.label.every((label) => task.labels.includes(label)) &&
    isOneOf(filter.type, task.type) &&
    isOneOf(filter.priority, task.priority) &&
    (!filter.blocked || isStuck(task, records)) &&
    (!filter.ready || isReady(task, records)) &&
    containsEveryWord(task, filter.q)
  );
}

function isStuck(task: Task, records: Pick<Records, "tasks">): boolean {
  if (task.blocked !== null) return true;
  return task.depends_on.some((id) => {
    const dependency = records.tasks.get(id);
    return dependency !== undefined && dependency.status !== "done";
  });
}

function isOneOf<T>(wanted: readonly T[], value: T): boolean {
  return wanted.length === 0 || wanted.includes(value);
}

function containsEveryWord(task: Task, q: string): boolean {
  if (q.trim() === "") return true;
  const text =
    `${task.id}\n${task.title}\n${task.labels.join("\n")}\n${task.description}`.toLowerCase();
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
