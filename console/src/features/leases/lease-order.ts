/** Leases in the order in which they need somebody, and path leases as the tree they protect. */
import type { Lease } from "#contracts/lease";
import { leasePhase } from "../../ui/lease-phase.ts";

export function isStale(lease: Lease, now: number): boolean {
  return leasePhase(Date.parse(lease.expires_at) - now, lease.ttl_seconds) === "stale";
}

/** Stale ones first, then whichever ends next. */
export function byUrgency(a: Lease, b: Lease): number {
  return a.expires_at === b.expires_at
    ? compare(a.resource, b.resource)
    : compare(a.expires_at, b.expires_at);
}

export interface PathNode {
  readonly name: string;
  readonly children: readonly PathNode[];
  readonly leases: readonly Lease[];
}

interface Draft {
  readonly children: Map<string, Draft>;
  readonly leases: Lease[];
}

/** One node per folder; the glob itself is the leaf. */
export function toPathTree(leases: Iterable<Lease>): PathNode[] {
  const root: Draft = { children: new Map(), leases: [] };
  for (const lease of leases) {
    if (!lease.resource.startsWith("path:")) continue;
    let node = root;
    for (const part of lease.resource.slice(5).split("/").filter(Boolean)) {
      const next = node.children.get(part) ?? { children: new Map(), leases: [] };
      node.children.set(part, next);
      node = next;
    }
    node.leases.push(lease);
  }
  return finish(root);
}

function finish(draft: Draft): PathNode[] {
  return [...draft.children]
    .toSorted(([a], [b]) => compare(a, b))
    .map(([name, child]) => ({ name, children: finish(child), leases: child.leases }));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
