import { Button } from "@carbon/react";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import type { Lease } from "#contracts/lease";
import type { Kind } from "#contracts/state";
import { runtime } from "../../app/runtime.ts";
import { useNow } from "../../live/clock.ts";
import { useFreshPresence } from "../../live/use-fresh.ts";
import { EmptyState } from "../../ui/empty-state.tsx";
import { LeaseRing } from "../../ui/lease-ring.tsx";
import { Moment } from "../../ui/moment.tsx";
import { PageHeader } from "../../ui/page-header.tsx";
import { PageSkeleton } from "../../ui/skeleton.tsx";
import { useStore } from "../../ui/store.ts";
import { byUrgency, isStale, toPathTree, type PathNode } from "./lease-order.ts";
import { reclaimStale } from "./lease-actions.ts";
import { ReclaimDialog } from "./reclaim-dialog.tsx";

const KINDS: readonly Kind[] = ["locks"];

export function LeasesPage() {
  const { live } = runtime();
  const [search, setSearch] = useSearchParams();
  const [chosen, setChosen] = useState<Lease | undefined>(undefined);
  const { locks } = useStore(live.records);
  const isLoaded = useStore(live.loaded);
  const now = useNow();
  useFreshPresence(live, KINDS);
  const leases = [...locks.values()].toSorted(byUrgency);
  const stale = leases.filter((lease) => isStale(lease, now)).length;
  const isTree = search.get("view") === "tree";
  return (
    <div className="content">
      <PageHeader title="Leases" facts={isLoaded ? `${leases.length} held, ${stale} stale` : ""}>
        <div className="switch" role="group" aria-label="View">
          <button type="button" aria-pressed={!isTree} onClick={() => setSearch({})}>
            All
          </button>
          <button type="button" aria-pressed={isTree} onClick={() => setSearch({ view: "tree" })}>
            Paths
          </button>
        </div>
        <Button
          size="sm"
          kind="tertiary"
          disabled={stale === 0}
          onClick={() => void reclaimStale()}
        >
          Reclaim stale{stale > 0 ? ` (${stale})` : ""}
        </Button>
      </PageHeader>
      {!isLoaded ? (
        <PageSkeleton />
      ) : isTree ? (
        <PathTree leases={leases} onReclaim={setChosen} />
      ) : (
        <LeaseTable leases={leases} now={now} onReclaim={setChosen} />
      )}
      {chosen !== undefined && (
        <ReclaimDialog lease={chosen} onClose={() => setChosen(undefined)} />
      )}
    </div>
  );
}

interface LeaseTableProps {
  readonly leases: readonly Lease[];
  readonly now: number;
  readonly onReclaim: (lease: Lease) => void;
}

function LeaseTable({ leases, now, onReclaim }: LeaseTableProps) {
  if (leases.length === 0)
    return (
      <EmptyState title="Nobody holds anything">
        A lease appears when an agent claims a task, or reserves a path or a name. It ends by itself
        when its holder falls silent.
      </EmptyState>
    );
  return (
    <div className="table-scroll" role="region" aria-label="Leases">
      <table className="table" data-testid="leases">
        <thead>
          <tr>
            <th scope="col">Resource</th>
            <th scope="col">Time left</th>
            <th scope="col">Holder</th>
            <th scope="col">Mode</th>
            <th scope="col">Token</th>
            <th scope="col">Held since</th>
            <th scope="col">Note</th>
            <th scope="col">
              <span className="visually-hidden">Reclaim</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {leases.map((lease) => (
            <tr
              key={lease.lock_id}
              data-stale={isStale(lease, now)}
              data-testid={`lease-${lease.resource}`}
            >
              <th scope="row">
                <Resource resource={lease.resource} />
              </th>
              <td>
                <LeaseRing lease={lease} />
              </td>
              <td>
                <Link className="link" to={`/agents/${encodeURIComponent(lease.holder)}`}>
                  {lease.holder}
                </Link>
              </td>
              <td>{lease.mode}</td>
              <td className="mono">{lease.fencing_token}</td>
              <td>
                <Moment at={lease.acquired_at} />
              </td>
              <td className="table__wrap" dir="auto">
                {lease.note}
              </td>
              <td>
                <Button
                  size="sm"
                  kind="ghost"
                  onClick={() => onReclaim(lease)}
                  aria-label={`Reclaim ${lease.resource}`}
                >
                  Reclaim
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Resource({ resource }: { resource: string }) {
  const task = resource.startsWith("task:") ? resource.slice(5) : undefined;
  if (task === undefined) return <span className="mono">{resource}</span>;
  return (
    <Link className="link" to={`/tasks/${task}`}>
      <span className="mono">{resource}</span>
    </Link>
  );
}

function PathTree({
  leases,
  onReclaim,
}: {
  leases: readonly Lease[];
  onReclaim: (lease: Lease) => void;
}) {
  const tree = toPathTree(leases);
  if (tree.length === 0)
    return (
      <EmptyState title="No paths are reserved">
        An agent that is about to change files can reserve them by a glob, such as src/checkout/**.
      </EmptyState>
    );
  return (
    <div className="path-tree" data-testid="path-tree">
      <Branch nodes={tree} onReclaim={onReclaim} />
    </div>
  );
}

function Branch({
  nodes,
  onReclaim,
}: {
  nodes: readonly PathNode[];
  onReclaim: (lease: Lease) => void;
}) {
  return (
    <ul>
      {nodes.map((node) => (
        <li key={node.name}>
          <span className="mono">{node.children.length > 0 ? `${node.name}/` : node.name}</span>
          {node.leases.map((lease) => (
            <span key={lease.lock_id} className="path-tree__lease">
              <LeaseRing lease={lease} /> {lease.holder}, {lease.mode}
              <button
                type="button"
                className="text-button"
                onClick={() => onReclaim(lease)}
                aria-label={`Reclaim ${lease.resource}`}
              >
                Reclaim
              </button>
            </span>
          ))}
          {node.children.length > 0 && <Branch nodes={node.children} onReclaim={onReclaim} />}
        </li>
      ))}
    </ul>
  );
}
