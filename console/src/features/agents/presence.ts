/** How present an agent is, for people: one word, and one shape. */
import type { Agent } from "#contracts/agent";

export interface Presence {
  readonly text: string;
  readonly shape: "working" | "idle" | "waiting" | "error" | "offline" | "away";
}

export function presenceOf(agent: Pick<Agent, "status" | "available">): Presence {
  switch (agent.status) {
    case "offline":
      return { text: "Offline", shape: "offline" };
    case "error":
      return { text: "Error", shape: "error" };
    case "waiting":
      return { text: "Waiting", shape: "waiting" };
    case "busy":
      return { text: "Busy", shape: "working" };
    case "idle":
    default:
      return agent.available
        ? { text: "Idle", shape: "idle" }
        : { text: "Not available", shape: "away" };
  }
}

const ORDER: readonly Presence["shape"][] = [
  "error",
  "waiting",
  "working",
  "idle",
  "away",
  "offline",
];

/** Those that need somebody first, those that are away last. */
export function byPresence(a: Agent, b: Agent): number {
  const rank = (agent: Agent) => ORDER.indexOf(presenceOf(agent).shape);
  return rank(a) - rank(b) || a.id.localeCompare(b.id, "en", { numeric: true });
}
