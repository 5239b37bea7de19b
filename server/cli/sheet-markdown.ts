/**
 * A checklist in Markdown: an item a task, its own items the definition of done. A code span at the end
 * of an item holds what else there is, `T-100 high bugfix @agent-1 #api`; a list written by hand needs
 * none.
 */
import type { Task } from "#contracts/task";
import { PRIORITIES, TASK_TYPES } from "#contracts/task-words";
import { UnreadableList, type Fields, type Row } from "./sheet.ts";

export function toMarkdown(tasks: readonly Task[]): string {
  return tasks
    .flatMap((task) => [
      `- [${task.status === "done" ? "x" : " "}] ${oneLine(task.title)} \`${words(task)}\``,
      ...task.dod.map(({ text, done }) => `  - [${done ? "x" : " "}] ${oneLine(text)}`),
    ])
    .join("\n");
}

function words({ id, priority, type, assignee, labels }: Task): string {
  return [
    id,
    priority,
    type,
    ...(assignee === null ? [] : [`@${assignee}`]),
    ...labels.map((label) => `#${label.replace(/[\s`%]/g, encodeURIComponent)}`),
  ].join(" ");
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").trim();
}

interface Open {
  readonly row: Row;
  readonly dod: { text: string; done: boolean }[];
}

/** Everything but list items with a box is passed over. @throws UnreadableList */
export function parseMarkdown(text: string): Row[] {
  const rows: Open[] = [];
  let outer = 0;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [, indent, mark, title] = /^(\s*)[-*+] \[([ xX])\] (.*\S)\s*$/.exec(line) ?? [];
    if (indent === undefined || mark === undefined || title === undefined) continue;
    const done = mark !== " ";
    const open = rows.at(-1);
    if (open !== undefined && indent.length > outer) {
      open.dod.push({ text: title, done });
      continue;
    }
    outer = indent.length;
    const dod: Open["dod"] = [];
    rows.push({ row: toRow(title, done, `line ${index + 1}`, dod), dod });
  }
  if (rows.length === 0 && text.trim() !== "") {
    throw new UnreadableList('there is no item with a box, such as "- [ ] Write the docs".');
  }
  return rows.map(({ row }) => row);
}

function toRow(item: string, isDone: boolean, where: string, dod: Open["dod"]): Row {
  const [, title, span = ""] = /^(.*\S)\s+`([^`]+)`$/.exec(item) ?? [];
  const known = span === "" ? undefined : parseWords(span.split(" "));
  if (title === undefined || known === undefined) {
    return { where, id: undefined, isDone, fields: { title: item, dod } };
  }
  return { where, id: known.id, isDone, fields: { title, dod, ...known.fields } };
}

/** Undefined where one is not of ours: then it is code, and belongs to the title. */
function parseWords(given: readonly string[]): { id?: string; fields: Fields } | undefined {
  const labels: string[] = [];
  const known: Record<string, string> = {};
  for (const word of given) {
    const name = nameOf(word);
    if (name === undefined || (name !== "label" && name in known)) return undefined;
    if (name === "label") labels.push(decodeURIComponent(word.slice(1)));
    else known[name] = name === "assignee" ? word.slice(1) : word;
  }
  const { id, ...fields } = known;
  if (id === undefined) return { fields: { ...fields, ...(labels.length > 0 && { labels }) } };
  // A span with an id was exported: what is not in it was taken out.
  return { id, fields: { assignee: null, ...fields, labels } };
}

function nameOf(word: string): string | undefined {
  if (/^[A-Z][A-Z0-9]{0,9}-[a-z0-9]{1,16}$/.test(word)) return "id";
  if (PRIORITIES.some((each) => each === word)) return "priority";
  if (TASK_TYPES.some((each) => each === word)) return "type";
  if (/^@\S+$/.test(word)) return "assignee";
  return /^#(?:[^\s%]|%[0-9A-Fa-f]{2})+$/.test(word) ? "label" : undefined;
}
