/** What a list asks for, beside what is on the board. */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import {
  newTaskSchema,
  taskMergePatch,
  taskSchema,
  type Task,
  type TaskBatch,
} from "#contracts/task";
import { isObject } from "../kernel/json.ts";
import { parseCsv } from "./sheet-csv.ts";
import { parseMarkdown } from "./sheet-markdown.ts";
import { FIELDS, UnreadableList, type Fields, type Format, type Row } from "./sheet.ts";

export interface Plan extends TaskBatch {
  /** How many say what the board says. */
  readonly same: number;
  readonly skipped: readonly { readonly where: string; readonly title: string }[];
}

const tasksById = z.record(z.string(), taskSchema);

interface Known {
  /** The tasks of the board by id, as the API answers them. */
  readonly data: unknown;
  readonly etags: Readonly<Record<string, string>>;
}

/** @throws UnreadableList */
export function parseList(format: Format, text: string): Row[] {
  if (format === "csv") return parseCsv(text);
  return format === "md" ? parseMarkdown(text) : parseJson(text);
}

/** `{"tasks": […]}` as exported, or the list alone. Fields that are not people's to write are passed over. */
function parseJson(text: string): Row[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UnreadableList(`this is not JSON: ${error instanceof Error ? error.message : ""}`);
  }
  const tasks: unknown = isObject(value) ? value["tasks"] : value;
  if (!Array.isArray(tasks)) throw new UnreadableList('there is no list "tasks".');
  return tasks.map((task: unknown, index) => {
    const where = `task ${index + 1}`;
    if (!isObject(task)) throw new UnreadableList(`${where} is no object.`);
    const fields = FIELDS.flatMap((name) => (name in task ? [[name, task[name]] as const] : []));
    const id = typeof task["id"] === "string" ? task["id"] : undefined;
    return { where, id, isDone: task["status"] === "done", fields: Object.fromEntries(fields) };
  });
}

/** @throws UnreadableList naming every row that does not fit, and why. */
export function planImport(rows: readonly Row[], known: Known): Plan {
  const problems: string[] = [];
  const { etags } = known;
  const data: Readonly<Record<string, Task>> = tasksById.parse(known.data ?? {});
  const plan: Draft = { creates: [], patches: [], same: 0, skipped: [] };
  const isNew = ({ id }: Row) => id === undefined || data[id] === undefined;
  const leftOut = new Set<unknown>(
    rows.flatMap((row) => (row.isDone && isNew(row) ? (row.id ?? []) : [])),
  );
  const seen = new Set<string>();
  for (const row of rows) {
    const { where, id, fields } = row;
    if (id !== undefined && seen.has(id)) problems.push(`${where}: ${id} stands there twice`);
    if (id !== undefined) seen.add(id);
    const task = id === undefined ? undefined : data[id];
    if (task !== undefined) {
      const parsed = taskMergePatch.safeParse(changesOf(row, task));
      if (!parsed.success) problems.push(...problemsOf(where, parsed.error));
      else if (Object.keys(parsed.data).length === 0) plan.same += 1;
      else plan.patches.push({ id: task.id, if_match: etags[task.id] ?? "", patch: parsed.data });
    } else if (row.isDone) {
      plan.skipped.push({ where, title: typeof fields.title === "string" ? fields.title : "" });
    } else {
      const parsed = newTaskSchema.safeParse({ ...fields, ...openOf(fields, leftOut), id });
      if (parsed.success) plan.creates.push(parsed.data);
      else problems.push(...problemsOf(where, parsed.error));
    }
  }
  if (problems.length > 0) throw new UnreadableList(problems.join("\n"));
  return plan;
}

/** What is done is no obstacle, and is not brought along. */
function openOf({ depends_on: wanted }: Fields, leftOut: ReadonlySet<unknown>): Fields {
  const isOpen = (id: unknown) => !leftOut.has(id);
  return Array.isArray(wanted) ? { depends_on: wanted.filter(isOpen) } : {};
}

interface Draft {
  creates: TaskBatch["creates"];
  patches: TaskBatch["patches"];
  same: number;
  skipped: { where: string; title: string }[];
}

function problemsOf(
  where: string,
  { issues }: { readonly issues: readonly { path: PropertyKey[]; message: string }[] },
): string[] {
  return issues.map(({ path, message }) => `${where}: ${path.map(String).join(".")}: ${message}`);
}

/** Fields in which the row says something else than the board. */
function changesOf({ fields }: Row, task: Task): Record<string, unknown> {
  const now: Record<string, unknown> = { ...task };
  return Object.fromEntries(
    FIELDS.flatMap((name) => {
      if (!(name in fields)) return [];
      const wanted = name === "dod" ? withIds(fields.dod, task) : fields[name];
      const isSame =
        name === "blocked"
          ? reasonOf(wanted) === reasonOf(task.blocked)
          : isDeepStrictEqual(wanted, now[name]);
      return isSame ? [] : [[name, wanted] as const];
    }),
  );
}

function reasonOf(blocked: unknown): unknown {
  return isObject(blocked) ? blocked["reason"] : null;
}

/** Lists without ids mean the items with the same text; what they lack of an item stays. */
function withIds(wanted: unknown, { dod }: Task): unknown {
  if (!Array.isArray(wanted)) return wanted;
  const left = [...dod];
  return wanted.map((item: unknown) => {
    if (!isObject(item) || "id" in item) return item;
    const text = String(item["text"]);
    const at = left.findIndex((each) => each.text.replace(/\s*\n\s*/g, " ").trim() === text);
    const [known] = at < 0 ? [] : left.splice(at, 1);
    return known === undefined ? item : { ...known, ...item, text: known.text };
  });
}
