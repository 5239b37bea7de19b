/** Tasks in words. */
import type { HistoryAnswer, Task } from "#contracts/task";
import { moment, printable, shown, table } from "./output.ts";

export function taskTable(tasks: readonly Task[], columns: number | undefined): string {
  if (tasks.length === 0) return "No tasks.";
  return table(
    ["ID", "STATUS", "PRIORITY", "ASSIGNEE", "TITLE"],
    tasks.map((task) => [
      task.id,
      task.blocked === null ? task.status : `${task.status} (blocked)`,
      task.priority,
      task.assignee ?? "-",
      task.title,
    ]),
    columns,
  );
}

export function taskText(task: Task): string {
  const facts: [string, string | null][] = [
    ["status", [task.status, task.archived && "archived"].filter(Boolean).join(", ")],
    ["priority", task.priority],
    ["type", task.type],
    ["assignee", task.assignee],
    ["depends on", task.depends_on.join(", ")],
    ["labels", task.labels.join(", ")],
    ["repository", task.repository_url],
    ["branch", task.branch_name],
    ["blocked", task.blocked && `${task.blocked.reason} (since ${moment(task.blocked.since)})`],
    ["created", `${moment(task.created_at)} by ${task.created_by}`],
    ["updated", `${moment(task.updated_at)}, version ${task.version}`],
    ["completed", task.completed_at && moment(task.completed_at)],
  ];
  const lines = facts.flatMap(([name, value]) =>
    value === null || value === "" ? [] : [`${name.padEnd(12)}${printable(value)}`],
  );
  return [
    `${task.id}  ${printable(task.title)}`,
    "",
    ...lines,
    ...(task.description === "" ? [] : ["", printable(task.description, true).trimEnd()]),
    ...artifactLines(task),
    ...(task.dod.length === 0 ? [] : ["", "definition of done", ...dodLines(task)]),
  ].join("\n");
}

/** What workers left for a person to accept. */
function artifactLines({ artifacts = [] }: Task): string[] {
  if (artifacts.length === 0) return [];
  const lines = artifacts.map(({ path, summary }) => `  ${printable(path)}  ${printable(summary)}`);
  return ["", "left by workers", ...lines];
}

export function dodLines({ dod }: Pick<Task, "dod">): string[] {
  return dod.map(
    ({ id, text, done }) => `  [${done ? "x" : " "}] ${printable(id)}  ${printable(text)}`,
  );
}

export function historyText(items: HistoryAnswer["items"]): string {
  return items
    .flatMap(({ ts, event, actor, version, diff }) => [
      [moment(ts), printable(event), `by ${printable(actor)}`]
        .concat(version === null ? [] : `version ${version}`)
        .join("  "),
      ...diff.map(({ field, before, after }) => `  ${field}: ${shown(before)} → ${shown(after)}`),
    ])
    .join("\n");
}
