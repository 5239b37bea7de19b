/**
 * CSV (RFC 4180). Labels, dependencies and the definition of done are a cell each, one a line. What a
 * spreadsheet would take for a formula stands behind an apostrophe, and loses it again on the way back.
 */
import type { DodItem, Task } from "#contracts/task";
import { FIELDS, UnreadableList, type Fields, type Row } from "./sheet.ts";

const COLUMNS = ["id", "status", ...FIELDS] as const;

type Column = (typeof COLUMNS)[number];

export function toCsv(tasks: readonly Task[]): string {
  const lines = tasks.map((task) =>
    COLUMNS.map((column) => toCell(cellOf(task, column))).join(","),
  );
  return [COLUMNS.join(","), ...lines].join("\r\n");
}

function cellOf(task: Task, column: Column): string {
  if (column === "dod") return task.dod.map(dodLine).join("\n");
  if (column === "labels" || column === "depends_on") return task[column].join("\n");
  if (column === "blocked") return task.blocked?.reason ?? "";
  if (column === "archived") return task.archived ? "yes" : "";
  return task[column] ?? "";
}

function dodLine({ text, done }: DodItem): string {
  return `[${done ? "x" : " "}] ${text.replace(/\s*\n\s*/g, " ")}`;
}

/** What OWASP's page on CSV injection lists, the full-width forms of Japanese keyboards included. */
const FORMULA = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

function toCell(text: string): string {
  const plain = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]|^\s|\s$/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** @throws UnreadableList */
export function parseCsv(text: string): Row[] {
  const [head, ...lines] = toLines(text.replace(/^\uFEFF/, ""));
  if (head === undefined) return [];
  const columns = head.cells.map((cell) => cell.trim().toLowerCase());
  const unknown = columns.find((name) => !COLUMNS.some((column) => column === name));
  if (unknown !== undefined || !columns.includes("title")) {
    throw new UnreadableList(
      `line 1: ${unknown === undefined ? "there is no column title" : `"${unknown}" is no column`}. ` +
        `There can be: ${COLUMNS.join(", ")}.`,
    );
  }
  return lines.map(({ cells, line }) => {
    if (cells.length !== columns.length) {
      throw new UnreadableList(
        `line ${line}: ${cells.length} cells, but ${columns.length} columns.`,
      );
    }
    const given = new Map(columns.map((column, index) => [column, fromCell(cells[index] ?? "")]));
    return toRow(given, `line ${line}`);
  });
}

function fromCell(text: string): string {
  return text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text;
}

function toRow(given: ReadonlyMap<string, string>, where: string): Row {
  const list = (text: string) =>
    text
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean);
  const orNull = (text: string) => (text === "" ? null : text);
  const readers: Readonly<Record<keyof Fields, (text: string) => unknown>> = {
    title: (text) => text,
    description: (text) => text,
    type: (text) => text || undefined,
    priority: (text) => text || undefined,
    assignee: orNull,
    repository_url: orNull,
    branch_name: orNull,
    labels: list,
    depends_on: list,
    dod: (text) => list(text).map(toItem),
    blocked: (text) => (text === "" ? null : { reason: text }),
    archived: (text) => text !== "",
  };
  const fields = Object.entries(readers).flatMap(([name, read]) => {
    const text = given.get(name);
    const value = text === undefined ? undefined : read(text);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    where,
    id: given.get("id") || undefined,
    isDone: given.get("status") === "done",
    fields: Object.fromEntries(fields),
  };
}

function toItem(line: string): { text: string; done: boolean } {
  const [, mark, text] = /^\[([ xX])\] (.*)$/.exec(line) ?? [];
  return { text: text ?? line, done: mark?.toLowerCase() === "x" };
}

interface Line {
  readonly cells: string[];
  /** The one it begins on. */
  readonly line: number;
}

/** @throws UnreadableList where a quotation has no end. */
function toLines(text: string): Line[] {
  const lines: Line[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  let current: Line = { cells: [], line: 1 };
  let at = 1;
  while (cell.lastIndex < text.length) {
    const match = cell.exec(text);
    if (match === null) throw new UnreadableList(`line ${at}: a quotation mark is out of place.`);
    const [whole, quoted, plain = "", end] = match;
    current.cells.push(quoted?.replaceAll('""', '"') ?? plain);
    at += whole.split("\n").length - 1;
    if (end === ",") {
      if (cell.lastIndex === text.length) current.cells.push("");
      continue;
    }
    if (current.cells.some((each) => each !== "")) lines.push(current);
    current = { cells: [], line: at };
  }
  if (current.cells.length > 0) lines.push(current);
  return lines;
}
