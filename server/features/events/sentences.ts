/** What each event says in words. The actor is the subject of every sentence. */
import { withoutControls } from "../../kernel/controls.ts";
import { SERVER_EVENTS, type KyrosEvent, type ServerEventName } from "#contracts/event";

type Details = KyrosEvent["details"];

const SENTENCES: Record<ServerEventName, (details: Details, event: KyrosEvent) => string> = {
  task_created: (details) => `created the task${quoted(titleIn(details))}`,
  task_updated: (details) => `changed ${fieldsIn(details)}`,
  task_transitioned: (details) =>
    `moved it from ${word(details, "from")} to ${word(details, "to")}${forced(details)}${because(details)}`,
  task_claimed: (details, { actor }) =>
    word(details, "agent") === escape(actor)
      ? "claimed it"
      : `gave it to ${word(details, "agent")}`,
  task_deleted: () => "deleted it",
  lease_acquired: (details, { target }) =>
    `took the lease on ${escape(target)}${ofHolder(details)}`,
  lease_renewed: (details, { target }) =>
    `changed how long the lease on ${escape(target)} lasts${ofHolder(details)}`,
  lease_released: (details, { target }) =>
    `gave back the lease on ${escape(target)}${ofHolder(details)}`,
  lease_reclaimed: (details, { target }) =>
    `took back the lease on ${escape(target)}${ofHolder(details)}${because(details)}`,
  agent_registered: () => "registered",
  agent_updated: (details) => `changed ${fieldsIn(details)}`,
  agent_deleted: () => "removed this agent",
  agent_offline: () => "found it gone silent",
  executor_started: (details) => `started ${word(details, "executor", "an executor")}`,
  executor_succeeded: (details) =>
    `finished ${word(details, "executor", "an executor")}${withSummary(details)}`,
  executor_failed: (details) =>
    `failed at ${word(details, "executor", "an executor")}${because(details)}`,
  state_edited: (details) => `edited the file${inFile(details)}`,
  state_rejected: (details) => `left the file unreadable${inFile(details)}${because(details)}`,
  edit_set_aside: (details) => `made an edit that was set aside${inFile(details)}`,
  note: (details) => `noted${quoted(details["text"] ?? details["written"])}`,
};

const KNOWN: ReadonlySet<string> = new Set(SERVER_EVENTS);

function isKnown(name: string): name is ServerEventName {
  return KNOWN.has(name);
}

export function tell(event: KyrosEvent): string {
  if (isKnown(event.event)) return SENTENCES[event.event](event.details, event);
  return `reported ${escape(event.event)}${quoted(event.details["text"] ?? event.details["message"])}`;
}

/** For the summary of an agent: what it did to a task, with a gap (`…`) where the task is named. */
export function tellDeed({ event, target, actor, details }: KyrosEvent): string | undefined {
  if (!target.startsWith("task:") || actor === "") return undefined;
  switch (event) {
    case "task_created":
      return "created …";
    case "task_updated":
      return "changed …";
    case "task_deleted":
      return "deleted …";
    case "task_claimed":
      return "claimed …";
    case "task_transitioned":
      return `moved … to ${word(details, "to")}`;
    default:
      return undefined;
  }
}

function word(details: Details, name: string, otherwise = "?"): string {
  const value = details[name];
  return typeof value === "string" && value !== "" ? escape(value) : otherwise;
}

function because(details: Details): string {
  const reason = word(details, "reason", "");
  return reason === "" ? "" : ` (${reason})`;
}

function withSummary(details: Details): string {
  const summary = word(details, "summary", "");
  return summary === "" ? "" : ` (${summary})`;
}

function forced(details: Details): string {
  return details["force"] === true ? " by force" : "";
}

function ofHolder(details: Details): string {
  const holder = word(details, "holder", "");
  return holder === "" ? "" : ` for ${holder}`;
}

function inFile(details: Details): string {
  const file = word(details, "file", "");
  return file === "" ? "" : ` ${file}`;
}

function quoted(value: unknown): string {
  return typeof value === "string" && value !== "" ? ` “${escape(value)}”` : "";
}

function titleIn(details: Details): unknown {
  const [value] = changed(details, "value");
  return value?.["title"];
}

/** The fields of a change that a person would call a change. */
function fieldsIn(details: Details): string {
  const names = changed(details, "patch").flatMap((patch) => Object.keys(patch));
  const told = [...new Set(names)].filter((name) => name !== "updated_at" && name !== "version");
  return told.length === 0 ? "it" : told.map(escape).join(", ");
}

type Fields = Readonly<Record<string, unknown>>;

function changed({ changes }: Details, part: "value" | "patch"): Fields[] {
  const list: unknown[] = Array.isArray(changes) ? changes : [];
  return list.filter(isFields).flatMap((change) => {
    const given = change[part];
    return isFields(given) ? [given] : [];
  });
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Names and reasons are text, whatever Markdown would make of them. */
export function escape(text: string): string {
  return withoutControls(text.replaceAll(/\s+/g, " "))
    .slice(0, 300)
    .toWellFormed()
    .replaceAll(/[\\`*_[\]<>#|~]/g, (mark) => `\\${mark}`);
}
