/** The fields of a task as options, shared by `task add` and `task edit`. */
import type { TaskMergePatch } from "#contracts/task";
import { PRIORITIES, TASK_TYPES } from "#contracts/task-words";
import type { Options, OptionSpecs } from "./command.ts";
import { UsageError } from "./exit.ts";

export const FIELD_OPTIONS = {
  description: { type: "string", value: "TEXT", about: "what it is about, in Markdown" },
  type: { type: "string", value: "TYPE", about: TASK_TYPES.join(", ") },
  priority: { type: "string", value: "PRIORITY", about: PRIORITIES.join(", ") },
  assignee: { type: "string", value: "NAME", about: "whose it is; empty for nobody's" },
  label: {
    type: "string",
    multiple: true,
    value: "LABEL",
    about: "all of its labels, one option each",
  },
  "depends-on": {
    type: "string",
    multiple: true,
    value: "ID",
    about: "all that must be done before, one option each",
  },
  dod: {
    type: "string",
    multiple: true,
    value: "TEXT",
    about: "an item of its definition of done, one option each",
  },
  repository: { type: "string", value: "URL", about: "where the work is done" },
  branch: { type: "string", value: "NAME", about: "on which branch" },
} as const satisfies OptionSpecs;

type Fields = Pick<
  TaskMergePatch,
  | "description"
  | "type"
  | "priority"
  | "assignee"
  | "labels"
  | "depends_on"
  | "repository_url"
  | "branch_name"
>;

/** What was given, ready to be sent; an empty text empties the field. */
export function toFields(options: Options<typeof FIELD_OPTIONS>): Fields {
  const type = options.text("type");
  const priority = options.text("priority");
  return {
    description: options.text("description"),
    type: type === undefined ? type : oneOf(TASK_TYPES, type, "--type"),
    priority: priority === undefined ? priority : oneOf(PRIORITIES, priority, "--priority"),
    assignee: orNull(options.text("assignee")),
    labels: copy(options.list("label")),
    depends_on: copy(options.list("depends-on")),
    repository_url: orNull(options.text("repository")),
    branch_name: orNull(options.text("branch")),
  };
}

function orNull(text: string | undefined): string | null | undefined {
  return text === "" ? null : text;
}

export function copy(list: readonly string[] | undefined): string[] | undefined {
  return list && [...list];
}

/** @throws UsageError that lists what could have been said. */
export function oneOf<T extends string>(words: readonly T[], given: string, where: string): T {
  const word = words.find((each) => each === given);
  if (word !== undefined) return word;
  throw new UsageError(`${where} knows no "${given}": it is one of ${words.join(", ")}.`);
}

/** @throws UsageError */
export function toNumber(given: string | undefined, where: string): number | undefined {
  if (given === undefined) return undefined;
  const value = Number(given);
  if (given.trim() !== "" && Number.isFinite(value)) return value;
  throw new UsageError(`${where} takes a number, not "${given}".`);
}
