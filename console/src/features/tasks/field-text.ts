/** Fields and their values in words, for diffs. */
import { isObject } from "../../live/merge-patch.ts";
import { STATUS_NAMES } from "./moves.ts";

export const FIELD_NAMES: Readonly<Record<string, string>> = {
  title: "Title",
  description: "Description",
  type: "Type",
  status: "Status",
  priority: "Priority",
  assignee: "Assignee",
  depends_on: "Dependencies",
  dod: "Definition of done",
  labels: "Labels",
  repository_url: "Repository",
  branch_name: "Branch",
  position: "Place",
  blocked: "Blocked",
  archived: "Archived",
};

export function fieldText(field: string, value: unknown): string {
  if (value === null || value === undefined || value === "") return "nothing";
  if (field === "status" && isStatus(value)) return STATUS_NAMES[value];
  if (Array.isArray(value)) return value.length === 0 ? "nothing" : value.map(itemText).join("\n");
  if (isObject(value))
    return typeof value["reason"] === "string" ? value["reason"] : JSON.stringify(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function itemText(item: unknown): string {
  if (isObject(item) && typeof item["text"] === "string")
    return `${item["done"] === true ? "☑" : "☐"} ${item["text"]}`;
  return typeof item === "string" ? item : JSON.stringify(item);
}

function isStatus(value: unknown): value is keyof typeof STATUS_NAMES {
  return typeof value === "string" && Object.hasOwn(STATUS_NAMES, value);
}
