/** Lists of tasks: filtered, in board order, page by page. */
import type { ProblemCode } from "#contracts/problem";
import type { Task, TaskPage, TaskQuery } from "#contracts/task";
import { refuse, type Refusal } from "../../kernel/refusal.ts";
import { Plan } from "../../store/plan.ts";
import type { Collection, View } from "../../store/port.ts";
import { isReady } from "./claim.ts";
import { compareOnBoard, type BoardKey } from "./order.ts";

/**
 * A page begins behind the place of the last task of the page before. That place is kept in the
 * cursor, not counted: tasks that come, go or change between two requests shift nothing, and a task
 * that stands still is seen exactly once.
 */
export function listTasks(view: View, query: TaskQuery): TaskPage | Refusal<ProblemCode> {
  const start = query.page_cursor === undefined ? undefined : parseCursor(query.page_cursor);
  if (start === null) return refuseCursor();
  const matches = createFilter(view, query);
  const items: Task[] = [];
  for (const task of inBoardOrder(view.collection("tasks"))) {
    if (start !== undefined && compareOnBoard(task, start) <= 0) continue;
    if (!matches(task)) continue;
    // One more than asked for: so the last page knows that it is the last.
    items.push(task);
    if (items.length > query.limit) break;
  }
  const page = items.slice(0, query.limit);
  const last = page.at(-1);
  const hasMore = items.length > query.limit && last !== undefined;
  return { items: page, next_page_cursor: hasMore ? toCursor(last) : null, cursor: view.cursor };
}

/** A collection never changes, so its order is worked out once. */
const sorted = new WeakMap<Collection<Task>, readonly Task[]>();

function inBoardOrder(tasks: Collection<Task>): readonly Task[] {
  const known = sorted.get(tasks);
  if (known !== undefined) return known;
  const order = Array.from(tasks.entries(), ({ record }) => record).toSorted(compareOnBoard);
  sorted.set(tasks, order);
  return order;
}

type Test = (task: Task) => boolean;

function createFilter(view: View, query: TaskQuery): Test {
  const { archived = false, ready } = query;
  const tests: Test[] = [
    (task) => task.archived === archived,
    ...oneOf(query.status, (task) => [task.status]),
    ...oneOf(query.assignee, (task) => (task.assignee === null ? [] : [task.assignee])),
    ...oneOf(query.label, (task) => task.labels),
    ...oneOf(query.priority, (task) => [task.priority]),
    ...oneOf(query.type, (task) => [task.type]),
  ];
  const plan = new Plan(view);
  if (ready !== undefined) tests.push((task) => isReady(plan, task) === ready);
  const words = toWords(query.q ?? "");
  if (words.length > 0) tests.push((task) => hasWords(task, words));
  return (task) => tests.every((matches) => matches(task));
}

function oneOf(
  asked: readonly string[] | undefined,
  values: (task: Task) => readonly string[],
): Test[] {
  if (asked === undefined) return [];
  const wanted = new Set(asked);
  return [(task) => values(task).some((value) => wanted.has(value))];
}

function toWords(text: string): string[] {
  return text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
}

const texts = new WeakMap<Task, string>();

function hasWords(task: Task, words: readonly string[]): boolean {
  let text = texts.get(task);
  if (text === undefined) {
    text = [task.id, task.title, task.description, ...task.labels].join("\n").toLowerCase();
    texts.set(task, text);
  }
  const found = text;
  return words.every((word) => found.includes(word));
}

function toCursor({ position, created_at, id }: BoardKey): string {
  return [position, created_at, id].join("~");
}

function parseCursor(cursor: string): BoardKey | null {
  const [position, created_at, id, ...rest] = cursor.split("~");
  const isOurs =
    position !== undefined &&
    /^[0-9A-Za-z]{1,200}$/.test(position) &&
    !Number.isNaN(Date.parse(created_at ?? "")) &&
    /^[A-Z][A-Z0-9]{0,9}-[a-z0-9]{1,16}$/.test(id ?? "") &&
    rest.length === 0;
  return isOurs ? { position, created_at: created_at ?? "", id: id ?? "" } : null;
}

function refuseCursor(): Refusal<ProblemCode> {
  return refuse(
    "malformed",
    "page_cursor is not one that this server gave. Send next_page_cursor of the page before, or leave it out to begin.",
  );
}
