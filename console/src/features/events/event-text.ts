/** What an event says beyond its name, in a few words. */
import type { KyrosEvent } from "#contracts/event";
import { isObject } from "../../live/merge-patch.ts";

const TOLD = [
  "from",
  "to",
  "reason",
  "force",
  "agent",
  "holder",
  "fencing_token",
  "text",
  "message",
  "path",
  "error",
];
const BOOKKEEPING = ["version", "updated_at", "completed_at", "position"];

export function eventText({ actor, details }: KyrosEvent): string {
  const { from, to } = details;
  const step =
    typeof from === "string" && typeof to === "string" ? [`${words(from)} → ${words(to)}`] : [];
  const told = TOLD.filter(
    (name) => step.length === 0 || (name !== "from" && name !== "to"),
  ).flatMap((name) => {
    const value = details[name];
    const isPlain = typeof value === "string" || typeof value === "number" || value === true;
    // "agent-3 … holder agent-3" says one thing twice.
    if ((name === "agent" || name === "holder") && value === actor) return [];
    return isPlain && value !== "" ? [`${words(name)} ${value}`] : [];
  });
  // Which column it left and which it entered is said already, and by that who has it.
  const implied = step.length > 0 ? ["status", "assignee"] : [];
  return [...step, ...told, ...changedNames(details["changes"], implied)].join(", ");
}

function changedNames(changes: unknown, implied: readonly string[]): string[] {
  if (!Array.isArray(changes)) return [];
  const first: unknown = changes[0];
  if (!isObject(first) || !isObject(first["patch"])) return [];
  const names = Object.keys(first["patch"]).filter(
    (name) => !BOOKKEEPING.includes(name) && !implied.includes(name),
  );
  return names.length === 0 ? [] : [`changed ${names.map(words).join(", ")}`];
}

function words(name: string): string {
  return name.replaceAll("_", " ");
}

/** Where the record of an event is shown, if the console shows it. */
export function recordPath(target: string): string | undefined {
  if (target.startsWith("task:")) return `/tasks/${target.slice(5)}`;
  if (target.startsWith("agent:")) return `/agents/${encodeURIComponent(target.slice(6))}`;
  return target.startsWith("path:") || target.startsWith("name:") ? "/leases" : undefined;
}
