/** Where a command's words go: results to standard output, everything else to standard error. */
import { CONTROLS, withoutControls } from "../kernel/controls.ts";

export interface Output {
  readonly json: boolean;
  /** How wide the terminal is; undefined where the output is not one. */
  readonly columns: number | undefined;
  /** The result: as JSON where that was asked for, otherwise in words. */
  show(value: unknown, words: () => string): void;
  /** For people only, such as what to do next. */
  note(text: string): void;
  /** What went wrong. */
  complain(text: string): void;
}

export interface Streams {
  readonly stdout: { write(text: string): unknown; readonly columns?: number | undefined };
  readonly stderr: { write(text: string): unknown };
}

export function createOutput({ stdout, stderr }: Streams, json: boolean): Output {
  const { columns } = stdout;
  // What is piped into a file or another program is left as it is: an export has to come back whole.
  const fit =
    columns === undefined ? (text: string) => text : (text: string) => printable(text, true);
  return {
    json,
    columns,
    show(value, words) {
      stdout.write(`${json ? toJson(value) : fit(words())}\n`);
    },
    note(text) {
      if (!json) stderr.write(`${printable(text, true)}\n`);
    },
    complain(text) {
      stderr.write(`${json ? text : printable(text, true)}\n`);
    },
  };
}

/** JSON leaves the controls above ASCII as they are, and a terminal obeys some of them. */
export function toJson(value: unknown): string {
  const code = (control: string) => control.charCodeAt(0).toString(16).padStart(4, "0");
  return (JSON.stringify(value) ?? "null").replace(CONTROLS, (control) => `\\u${code(control)}`);
}

/**
 * Text that somebody else wrote, fit for a terminal: a title must not be able to move the cursor or
 * to change the window. Line breaks and tabs become spaces unless they are wanted.
 */
export function printable(text: string, keepLines = false): string {
  const flat = keepLines ? text.replaceAll("\r\n", "\n") : text.replace(/[\r\n\t]+/g, " ");
  return withoutControls(flat);
}

/** A value as JSON, short enough for a line. */
export function shown(value: unknown, most = 60): string {
  const text = printable(JSON.stringify(value) ?? "nothing");
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** Columns that line up; the last one is cut where the terminal ends. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number | undefined,
): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => printable(cell)));
  const widths = head.map((_, column) =>
    Math.max(...cells.map((row) => lengthOf(row[column] ?? ""))),
  );
  return cells
    .map((row) => {
      const line = row.map((cell, column) => {
        const isLast = column === row.length - 1;
        return isLast ? cell : cell + " ".repeat((widths[column] ?? 0) - lengthOf(cell));
      });
      return clip(line.join("  "), columns).trimEnd();
    })
    .join("\n");
}

function clip(line: string, columns: number | undefined): string {
  const characters = Array.from(line);
  if (columns === undefined || characters.length <= columns) return line;
  return `${characters.slice(0, Math.max(1, columns - 1)).join("")}…`;
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}

/** `2026-01-31 09:30:00`, UTC like everything in the files. */
export function moment(timestamp: string): string {
  return printable(timestamp.slice(0, 19).replace("T", " "));
}

/** `4 min 30 s`: enough to judge by, not more. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
