/** Who works on what, for those who decide about tasks. */
import type { Agent, AgentKind } from "#contracts/agent";
import { toTimestamp, type Instant } from "../../kernel/instant.ts";
import { PERSON } from "../../kernel/principal.ts";
import type { Plan } from "../../store/plan.ts";
import { put, type Change } from "../../store/port.ts";
import { agentEvent } from "./agent.ts";

/** An id that nobody has heard of is taken for an agent's. */
export function kindOf(plan: Plan, id: string): AgentKind {
  return plan.get("agents", id)?.kind ?? (id === PERSON.id ? PERSON.kind : "agent");
}

/** Is busy with the task now. An agent that is not known yet is registered by that. */
export function takeUp(
  plan: Plan,
  id: string,
  work: {
    readonly taskId: string;
    readonly now: Instant;
    readonly kind: AgentKind;
    readonly skills: readonly string[];
  },
): Change[] {
  const known = plan.get("agents", id);
  const busy = {
    status: "busy" as const,
    current_task: work.taskId,
    last_seen: toTimestamp(work.now),
  };
  if (known !== undefined) return [put("agents", { ...known, ...busy })];
  // A person is registered on purpose, or acts without a record.
  if (work.kind === "human") return [];
  const agent: Agent = {
    id,
    version: 1,
    name: id,
    kind: work.kind,
    role: "",
    skills: [...work.skills],
    available: true,
    ...busy,
  };
  plan.add(agentEvent("agent_registered", agent, {}));
  return [];
}

/** No longer works on the task, and turns to another it holds, or to none. */
export function layDown(plan: Plan, id: string, taskId: string): Change[] {
  const agent = plan.get("agents", id);
  if (agent?.current_task !== taskId) return [];
  const other = plan
    .records("locks")
    .find(
      ({ holder, resource }) =>
        holder === id && resource.startsWith("task:") && resource !== `task:${taskId}`,
    );
  const current_task = other === undefined ? null : other.resource.slice("task:".length);
  const status = current_task === null && agent.status === "busy" ? "idle" : agent.status;
  return [put("agents", { ...agent, current_task, status })];
}
