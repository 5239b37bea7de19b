/** Leases in words. */
import type { Lease } from "#contracts/lease";
import { duration, moment, table } from "./output.ts";

export function leaseText(lease: Lease): string {
  return [
    `leased to ${lease.holder} until ${moment(lease.expires_at)} (${duration(lease.ttl_seconds * 1_000)})`,
    `lease ${lease.lock_id}, token ${lease.fencing_token}`,
  ].join("\n");
}

export function leaseTable(
  leases: readonly Lease[],
  nowMs: number,
  columns: number | undefined,
): string {
  if (leases.length === 0) return "No leases.";
  return table(
    ["RESOURCE", "HOLDER", "MODE", "ENDS IN", "TOKEN", "LEASE", "NOTE"],
    leases.map((lease) => [
      lease.resource,
      lease.holder,
      lease.mode,
      duration(Date.parse(lease.expires_at) - nowMs),
      `${lease.fencing_token}`,
      lease.lock_id,
      lease.note,
    ]),
    columns,
  );
}
