/** The board as lines of text that fit a terminal, however narrow or low it is. */
import type { Lease } from "#contracts/lease";
import type { Task } from "#contracts/task";
import { STATUSES, type Status } from "#contracts/workflow";
import { duration, printable } from "./output.ts";
import { count as quantity } from "./verify.ts";

export interface BoardNow {
  /** Those on the board, in its order. */
  readonly tasks: readonly Task[];
  readonly leases: readonly Lease[];
  /** The last things that happened, in words, oldest first. */
  readonly news: readonly string[];
  /** What there is to say about the connection. */
  readonly status?: string | undefined;
}

export interface Frame {
  readonly columns: number;
  readonly rows: number;
  readonly hasColours: boolean;
  readonly nowMs: number;
}

const MOST_NEWS = 3;
const NARROW = 60;

/** At most `rows` lines of at most `columns` characters each. */
export function boardLines(board: BoardNow, frame: Frame): string[] {
  const { columns, rows } = frame;
  const { tasks, leases, news, status } = board;
  const count = `${tasks.filter((task) => task.status !== "done").length} open, ${quantity(leases.length, "lease")}`;
  const head = [
    styled(
      "bold",
      cut(`kyros  ${count}${status === undefined ? "" : `  ${status}`}`, columns),
      frame,
    ),
    "",
  ];
  const isLow = rows < 16;
  const foot = isLow
    ? []
    : ["", ...news.slice(-MOST_NEWS).map((line) => styled("dim", cut(line, columns), frame))];
  const space = rows - head.length - foot.length;
  let most = Math.max(1, space);
  let lines = sections(board, frame, most);
  while (lines.length > space && most > 1) {
    most = Math.min(most - 1, Math.ceil(most * 0.8));
    lines = sections(board, frame, most);
  }
  return [...head, ...lines.slice(0, Math.max(0, space)), ...foot].slice(0, rows);
}

/** Each status that has tasks, with at most so many of them. */
function sections(board: BoardNow, frame: Frame, most: number): string[] {
  return STATUSES.flatMap((status) => {
    const there = board.tasks.filter((task) => task.status === status);
    if (there.length === 0) return [];
    const shown = there.slice(0, status === "done" ? Math.min(most, 3) : most);
    const left = there.length - shown.length;
    return [
      styled(COLOURS[status], cut(`${status} ${there.length}`, frame.columns), frame),
      ...shown.map((task) => taskLine(task, board.leases, frame)),
      ...(left > 0 ? [styled("dim", cut(`  … ${left} more`, frame.columns), frame)] : []),
    ];
  });
}

function taskLine(task: Task, leases: readonly Lease[], frame: Frame): string {
  const { columns, nowMs } = frame;
  const lease = leases.find(({ resource }) => resource === `task:${task.id}`);
  const left = lease && duration(Date.parse(lease.expires_at) - nowMs);
  const marks = [
    ...(task.blocked === null ? [] : ["blocked"]),
    ...(task.priority === "high" ? ["!"] : []),
    ...(task.assignee === null ? [] : [task.assignee]),
    ...(left === undefined || columns < NARROW ? [] : [left]),
  ].join(" ");
  const open = task.dod.filter((item) => !item.done).length;
  const dod = task.dod.length === 0 ? "" : ` [${task.dod.length - open}/${task.dod.length}]`;
  const line = `  ${task.id.padEnd(9)} ${marks === "" ? "" : `${marks}  `}${task.title}${dod}`;
  return cut(line, columns);
}

const COLOURS: Readonly<Record<Status, keyof typeof CODES>> = {
  queued: "bold",
  claimed: "cyan",
  in_progress: "cyan",
  review: "yellow",
  approved: "yellow",
  merging: "cyan",
  done: "green",
};

const CODES = { bold: 1, dim: 2, green: 32, yellow: 33, cyan: 36 } as const;

function styled(style: keyof typeof CODES, text: string, { hasColours }: Frame): string {
  return hasColours ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;
}

function cut(text: string, columns: number): string {
  const characters = Array.from(printable(text));
  if (characters.length <= columns) return characters.join("");
  return `${characters.slice(0, Math.max(0, columns - 1)).join("")}…`;
}
