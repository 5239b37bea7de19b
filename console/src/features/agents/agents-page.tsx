import { Button, Search, Toggle } from "@carbon/react";
import { Add, Edit } from "@carbon/icons-react";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import type { Agent } from "#contracts/agent";
import type { Kind } from "#contracts/state";
import { runtime } from "../../app/runtime.ts";
import { useFreshPresence } from "../../live/use-fresh.ts";
import { EmptyState } from "../../ui/empty-state.tsx";
import { LeaseRing } from "../../ui/lease-ring.tsx";
import { Moment } from "../../ui/moment.tsx";
import { PageHeader } from "../../ui/page-header.tsx";
import { PageSkeleton } from "../../ui/skeleton.tsx";
import { useStore } from "../../ui/store.ts";
import { patchAgent } from "./agent-actions.ts";
import { AgentDialog } from "./agent-dialog.tsx";
import { byPresence, presenceOf } from "./presence.ts";

const KINDS: readonly Kind[] = ["agents", "locks"];

export function AgentsPage() {
  const { live } = runtime();
  const { agentId } = useParams();
  const navigate = useNavigate();
  const [query, setQuery] = useState("");
  const [isRegistering, setIsRegistering] = useState(false);
  const { agents } = useStore(live.records);
  const isLoaded = useStore(live.loaded);
  useFreshPresence(live, KINDS);
  const all = [...agents.values()].toSorted(byPresence);
  const shown = all.filter((agent) => found(agent, query));
  const edited = agentId === undefined ? undefined : agents.get(agentId);
  const offline = all.filter(({ status }) => status === "offline").length;
  return (
    <div className="content">
      <PageHeader
        title="Agents"
        facts={
          isLoaded
            ? `${all.length} registered, ${all.length - offline} here, ${offline} offline`
            : ""
        }
      >
        <div data-page-search className="page-header__search">
          <Search
            size="sm"
            id="agent-search"
            labelText="Search agents"
            placeholder="Search agents  ( / )"
            value={query}
            onChange={({ target }) => setQuery(target.value)}
            onClear={() => setQuery("")}
          />
        </div>
        <Button size="sm" renderIcon={Add} onClick={() => setIsRegistering(true)}>
          Register
        </Button>
      </PageHeader>
      {!isLoaded ? (
        <PageSkeleton />
      ) : (
        <AgentTable agents={shown} isFiltered={shown.length < all.length} />
      )}
      {isRegistering && <AgentDialog agent={undefined} onClose={() => setIsRegistering(false)} />}
      {edited !== undefined && (
        <AgentDialog key={edited.id} agent={edited} onClose={() => void navigate("/agents")} />
      )}
    </div>
  );
}

function AgentTable({ agents, isFiltered }: { agents: readonly Agent[]; isFiltered: boolean }) {
  if (agents.length === 0)
    return isFiltered ? (
      <EmptyState title="Nobody is called that">
        Search looks at names, roles and skills.
      </EmptyState>
    ) : (
      <EmptyState title="Nobody has come yet">
        An agent appears with its first claim, a person when they say who they are, and anyone can
        be registered here beforehand.
      </EmptyState>
    );
  return (
    <div className="table-scroll" role="region" aria-label="Agents">
      <table className="table" data-testid="agents">
        <thead>
          <tr>
            <th scope="col">Agent</th>
            <th scope="col">Status</th>
            <th scope="col">Role</th>
            <th scope="col">Skills</th>
            <th scope="col">Works on</th>
            <th scope="col">Leases</th>
            <th scope="col">Last seen</th>
            <th scope="col">Available</th>
            <th scope="col">
              <span className="visually-hidden">Edit</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {agents.map((agent) => (
            <AgentRow key={agent.id} agent={agent} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function AgentRow({ agent }: { agent: Agent }) {
  const { locks, tasks } = useStore(runtime().live.records);
  const navigate = useNavigate();
  const leases = [...locks.values()].filter(({ holder }) => holder === agent.id);
  const task = agent.current_task === null ? undefined : tasks.get(agent.current_task);
  const { text, shape } = presenceOf(agent);
  return (
    <tr data-testid={`agent-${agent.id}`} data-away={shape === "offline"}>
      <th scope="row">
        <strong dir="auto">{agent.name}</strong>
        <small>
          {agent.name === agent.id ? "" : `${agent.id}, `}
          {agent.kind === "human" ? "person" : agent.kind}
        </small>
      </th>
      <td>
        <span className="presence" data-shape={shape}>
          <i />
          {text}
        </span>
      </td>
      <td dir="auto">{agent.role}</td>
      <td className="table__wrap">{agent.skills.join(" · ")}</td>
      <td className="table__wrap">
        {agent.current_task !== null && (
          <Link to={`/tasks/${agent.current_task}`} className="link">
            <span className="mono">{agent.current_task}</span> <span dir="auto">{task?.title}</span>
          </Link>
        )}
      </td>
      <td>
        {leases.slice(0, 2).map((lease) => (
          <LeaseRing key={lease.lock_id} lease={lease} />
        ))}
        {leases.length > 2 && <small>and {leases.length - 2} more</small>}
      </td>
      <td>
        <Moment at={agent.last_seen} />
      </td>
      <td>
        <Toggle
          id={`available-${agent.id}`}
          size="sm"
          hideLabel
          labelText={`${agent.name} is available`}
          labelA=""
          labelB=""
          toggled={agent.available}
          onToggle={(available) => void patchAgent(agent, { available })}
        />
      </td>
      <td>
        <button
          type="button"
          className="icon-button"
          aria-label={`Edit ${agent.name}`}
          onClick={() => void navigate(`/agents/${encodeURIComponent(agent.id)}`)}
        >
          <Edit />
        </button>
      </td>
    </tr>
  );
}

function found(agent: Agent, query: string): boolean {
  const text = [agent.id, agent.name, agent.role, ...agent.skills].join("\n").toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
