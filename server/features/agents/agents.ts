/** What can be done with agents, and who of them is still there. */
import type {
  Agent,
  AgentAnswer,
  AgentCreated,
  AgentHeartbeatAnswer,
  AgentHeartbeatCommand,
  AgentMergePatch,
  AgentPage,
  NewAgent,
} from "#contracts/agent";
import type { JsonPatch } from "#contracts/task";
import type { Principal } from "../../kernel/principal.ts";
import type { Terms } from "../../kernel/terms.ts";
import type { Committed, Entry } from "../../store/port.ts";

export type AgentChange =
  | { readonly format: "merge-patch"; readonly patch: AgentMergePatch }
  | { readonly format: "json-patch"; readonly patch: JsonPatch };

type Answer<T> = Promise<Committed<T>>;

export interface Agents {
  create(principal: Principal, agent: NewAgent, terms: Terms): Answer<AgentCreated>;
  patch(principal: Principal, id: string, change: AgentChange, terms: Terms): Answer<AgentAnswer>;
  remove(
    principal: Principal,
    id: string,
    query: { readonly force?: boolean | undefined },
    terms: Terms,
  ): Answer<null>;
  heartbeat(
    principal: Principal,
    id: string,
    command: AgentHeartbeatCommand,
    terms: Terms,
  ): Answer<AgentHeartbeatAnswer>;
  get(id: string): Entry<Agent> | undefined;
  list(): AgentPage;
  /** A sign of life: call it with every change that this actor asks for. Never throws. */
  seen(id: string): void;
  /** Watches who falls silent. */
  start(): void;
  stop(): void;
}
