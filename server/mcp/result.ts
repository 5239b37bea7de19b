/**
 * What a tool answers: one value, told twice. Clients differ in which of the two they show to the
 * model, so each is complete; the text spares the quotes and braces.
 */
import type { CallToolResult } from "@modelcontextprotocol/server";

/** Members that are undefined, null or empty are not told. */
export type Told = Readonly<Record<string, unknown>>;

export function toResult(told: Told): CallToolResult {
  const structuredContent = withoutEmpty(told);
  return { content: [{ type: "text", text: toText(structuredContent) }], structuredContent };
}

/** A no that the model can act on: a result like any other, so that it reaches the model at all. */
export function toRefusal(told: Told): CallToolResult {
  return { ...toResult(told), isError: true };
}

/** `task_move {"id":"T-100","to":"review"}`: a call as it can be repeated. */
export function callText(tool: string, args: Told): string {
  return `${tool} ${JSON.stringify(withoutEmpty(args))}`;
}

function withoutEmpty(told: Told): Record<string, unknown> {
  return Object.fromEntries(Object.entries(told).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  return value == null || value === "" || (Array.isArray(value) && value.length === 0);
}

/** A member a line, lists of records a record a line, long texts indented. */
export function toText(told: Told): string {
  return Object.entries(told)
    .map(([name, value]) => memberText(name, value))
    .join("\n");
}

function memberText(name: string, value: unknown): string {
  if (typeof value === "string") {
    return value.includes("\n") ? `${name}:\n${indented(value)}` : `${name}: ${value}`;
  }
  if (isRecords(value)) return `${name}:\n${value.map((each) => `- ${inline(each)}`).join("\n")}`;
  return `${name}: ${inline(value)}`;
}

function inline(value: unknown): string {
  if (typeof value === "string") return value.replaceAll(/\s*\n\s*/g, " ");
  if (Array.isArray(value)) return value.map(inline).join(", ");
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .filter(([, member]) => !isEmpty(member))
    .map(([name, member]) => `${name}=${nested(member)}`)
    .join(" ");
}

/** Inside a line, what has parts of its own keeps its braces. */
function nested(member: unknown): string {
  return typeof member === "object" ? JSON.stringify(member) : inline(member);
}

function isRecords(value: unknown): value is readonly object[] {
  return Array.isArray(value) && value.every((each) => typeof each === "object" && each !== null);
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}
