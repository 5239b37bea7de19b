/** `kyros diff`. */
import type { FieldDiff, RecordDiff } from "../git/board-diff.ts";
import { createClock } from "../kernel/clock.ts";
import { isObject } from "../kernel/json.ts";
import { assertBoard } from "./board.ts";
import { command } from "./command.ts";
import { CommandError, EXIT } from "./exit.ts";
import { conflictText } from "./merge-driver.ts";
import { printable, shown } from "./output.ts";
import { count } from "./verify.ts";

export const diff = command({
  name: "diff",
  summary: "what changed on the board between two commits, or since one",
  args: ["[FROM]", "[TO]"],
  options: {},
  notes:
    "FROM and TO are commits, by any name git knows. Without TO: up to the files as they are. " +
    "Without both: since the last commit. Versions and times that follow from a change are left out.",
  examples: ["kyros diff", "kyros diff main~5", "kyros diff v1.0 main --json"],
  async run({ args: [from = "HEAD", to], board, out }) {
    assertBoard(board.folder);
    const { readBoard } = await import("../git/revision.ts");
    const { diffBoards } = await import("../git/board-diff.ts");
    const now = createClock().now();
    const read = (revision: string | undefined) =>
      readBoard(board.folder, revision, now).catch((error: unknown) => {
        const isForPeople = error instanceof Error && error.name === "NoSuchState";
        throw isForPeople ? new CommandError(EXIT.refused, error.message) : error;
      });
    const changes = diffBoards(await read(from), await read(to));
    out.show({ from, to: to ?? null, changes }, () => diffText(changes));
    return EXIT.ok;
  },
});

const TITLES = { tasks: "Tasks", agents: "Agents", locks: "Leases" } as const;

export function diffText(changes: readonly RecordDiff[]): string {
  if (changes.length === 0) return "Nothing changed.";
  const parts = Object.entries(TITLES).flatMap(([kind, title]) => {
    const some = changes.filter((change) => change.kind === kind);
    return some.length === 0 ? [] : [[title, ...some.flatMap(recordLines)].join("\n")];
  });
  return [...parts, summaryOf(changes)].join("\n\n");
}

const SIGNS = { added: "+", removed: "-", changed: "~" } as const;

function recordLines({ what, id, kind, record, fields, conflicts }: RecordDiff): string[] {
  const about =
    kind === "locks"
      ? `${textOf(record["resource"])}  ${textOf(record["holder"])}`
      : titleOf(record);
  const name = kind === "locks" ? "" : `${id}  `;
  const state = what === "added" && kind === "tasks" ? `  (${textOf(record["status"])})` : "";
  return [
    `  ${SIGNS[what]} ${name}${about}${state}`,
    ...fields.flatMap(fieldLines).map((line) => `      ${line}`),
    ...conflicts.map((conflict) => `      ! open conflict: ${conflictText(conflict)}`),
  ];
}

function titleOf(record: Readonly<Record<string, unknown>>): string {
  return textOf(record["title"] ?? record["name"]);
}

function textOf(value: unknown): string {
  return printable(typeof value === "string" ? value : "");
}

function fieldLines({ field, before, after }: FieldDiff): string[] {
  if (field === "dod") return dodLines(before, after);
  if (isListOfWords(before) && isListOfWords(after)) {
    const removed = before.filter((word) => !after.includes(word)).map((word) => `-${word}`);
    const added = after.filter((word) => !before.includes(word)).map((word) => `+${word}`);
    const changed = [...removed, ...added].map((word) => printable(word)).join(" ");
    return [`${field}: ${changed === "" ? "in another order" : changed}`];
  }
  return [`${field}: ${valueText(before)} → ${valueText(after)}`];
}

function isListOfWords(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((word) => typeof word === "string");
}

function valueText(value: unknown): string {
  if (value === undefined || value === null || value === "") return "–";
  return typeof value === "string" && /^[\w./:@-]{1,60}$/.test(value) ? value : shown(value);
}

/** By item: what was ticked, and what is new or gone. */
function dodLines(before: unknown, after: unknown): string[] {
  const [old, now] = [itemsOf(before), itemsOf(after)];
  const lines = [...new Set([...old.keys(), ...now.keys()])].flatMap((id) => {
    const [was, is] = [old.get(id), now.get(id)];
    if (was === is) return [];
    if (is === undefined) return [`dod: - ${was}`];
    return [was === undefined ? `dod: + ${is}` : `dod: ${is}`];
  });
  return lines.length === 0 ? ["dod: in another order"] : lines;
}

function itemsOf(dod: unknown): ReadonlyMap<string, string> {
  const items = (Array.isArray(dod) ? dod : []).filter((item) => isObject(item));
  return new Map(
    items.map((item) => [
      String(item["id"]),
      `[${item["done"] === true ? "x" : " "}] ${printable(String(item["id"]))}  ${textOf(item["text"])}`,
    ]),
  );
}

function summaryOf(changes: readonly RecordDiff[]): string {
  const said = (["added", "changed", "removed"] as const).flatMap((what) => {
    const number = changes.filter((change) => change.what === what).length;
    return number === 0 ? [] : [`${number} ${what}`];
  });
  const open = changes.reduce((sum, { conflicts }) => sum + conflicts.length, 0);
  return `${said.join(", ")}${open === 0 ? "" : `, ${count(open, "conflict")} open`}`;
}
