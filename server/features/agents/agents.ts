/** What can be done with agents, and who of them is still there. */
import type {
  AgentAnswer,
  AgentCreated,
  AgentHeartbeatAnswer,
  AgentHeartbeatCommand,
  AgentPage,
  NewAgent,
} from "#contracts/agent";
import type { Principal } from "../../kernel/principal.ts";
import type { Terms } from "../../kernel/terms.ts";
import { withConflict } from "../../store/conflict.ts";
import type { Committed, Decision, Store } from "../../store/port.ts";
import {
  decideCreate,
  decideHeartbeat,
  decidePatch,
  decideRemove,
  type AgentChange,
  type Asking,
  type Holdings,
} from "./agent.ts";
import { createPresence } from "./presence.ts";

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
  list(): AgentPage;
  /** A sign of life: call it with every change that this actor asks for. Never throws. */
  seen(id: string): void;
  /** Watches who falls silent. */
  start(): void;
  stop(): void;
}

interface Ports {
  readonly store: Store;
  readonly holdings: Holdings;
  readonly offlineAfterSeconds: number;
  readonly newAgentId: () => string;
  /** What went wrong where nobody waits for an answer. */
  readonly onFault: (fault: unknown) => void;
}

export function createAgents(ports: Ports): Agents {
  const { store, holdings, offlineAfterSeconds, newAgentId } = ports;
  const presence = createPresence(ports);

  function commit<T>(
    principal: Principal,
    terms: Terms,
    decide: (asking: Asking) => Decision<T>,
  ): Answer<T> {
    return store.commit((view, now) => decide({ view, now, principal, terms }), {
      actor: principal.id,
      idempotency: terms.idempotency,
    });
  }

  async function commitOn<T>(
    principal: Principal,
    id: string,
    terms: Terms,
    decide: (asking: Asking) => Decision<T>,
  ): Answer<T> {
    const committed = await commit(principal, terms, decide);
    return committed.ok ? committed : withConflict(store, "agents", id, terms.ifMatch, committed);
  }

  /** Drawn before the decision, which has to come out the same each time it is run. */
  function freshId(): string {
    const id = newAgentId();
    return store.read().get("agents", id) === undefined ? id : freshId();
  }

  return {
    create(principal, agent, terms) {
      const input = { ...agent, id: agent.id ?? freshId() };
      return commit(principal, terms, (asking) => decideCreate(asking, input));
    },
    patch: (principal, id, change, terms) =>
      commitOn(principal, id, terms, (asking) => decidePatch(asking, id, change)),
    remove: (principal, id, { force = false }, terms) =>
      commitOn(principal, id, terms, (asking) => decideRemove(asking, id, { force, holdings })),
    async heartbeat(principal, id, command, terms) {
      const committed = await commit(principal, terms, (asking) =>
        decideHeartbeat(asking, id, command, offlineAfterSeconds),
      );
      if (committed.ok) presence.saw(id);
      return committed;
    },
    list() {
      const view = store.read();
      const items = Array.from(view.collection("agents").entries(), ({ record }) => record);
      return { items, cursor: view.cursor };
    },
    seen(id) {
      const agent = store.read().get("agents", id)?.record;
      if (agent !== undefined) presence.tell(agent);
    },
    start: () => presence.start(),
    stop: () => presence.stop(),
  };
}
