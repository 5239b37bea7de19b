/** A list of tasks as a person, a spreadsheet or another program keeps it. */
import type { Task } from "#contracts/task";

export const FORMATS = ["json", "csv", "md"] as const;
export type Format = (typeof FORMATS)[number];

/** A task as a list tells of it: what the list does not carry is absent, and stays as it is. */
export interface Row {
  /** Where it stands in the list, for whoever has to mend it. */
  readonly where: string;
  readonly id: string | undefined;
  readonly isDone: boolean;
  readonly fields: Fields;
}

export type Fields = Readonly<Partial<Record<(typeof FIELDS)[number], unknown>>>;

/** What people write; the rest is the server's, or the workflow's. */
export const FIELDS = [
  "title",
  "type",
  "priority",
  "assignee",
  "labels",
  "depends_on",
  "dod",
  "description",
  "repository_url",
  "branch_name",
  "blocked",
  "archived",
] as const satisfies readonly (keyof Task)[];

/** The list cannot be read; the text says where and why. */
export class UnreadableList extends Error {
  override readonly name = "UnreadableList";
}
