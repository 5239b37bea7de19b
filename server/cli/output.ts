/** Where a command's words go: results to standard output, everything else to standard error. */
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
  return {
    json,
    columns: stdout.columns,
    show(value, words) {
      stdout.write(`${json ? JSON.stringify(value) : words()}\n`);
    },
    note(text) {
      if (!json) stderr.write(`${text}\n`);
    },
    complain(text) {
      stderr.write(`${text}\n`);
    },
  };
}

/**
 * Text that somebody else wrote, fit for a terminal: a title must not be able to move the cursor or
 * to change the window. Line breaks and tabs become spaces unless they are wanted.
 */
export function printable(text: string, keepLines = false): string {
  const flat = keepLines ? text : text.replace(/[\r\n\t]+/g, " ");
  // eslint-disable-next-line no-control-regex -- it is they that are taken out
  return flat.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "�");
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
  return timestamp.slice(0, 19).replace("T", " ");
}

/** `4 min 30 s`: enough to judge by, not more. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
