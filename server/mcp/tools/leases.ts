/** Holding things that are not tasks, and holding on to those that are. */
import { z } from "zod";
import type { Client } from "#contracts/client";
import { acquireCommand, resource, type Lease } from "#contracts/lease";
import { acting } from "../tool.ts";
import { Refused } from "../refusal.ts";
import { callText, type Told } from "../result.ts";
import { leaseView } from "../view.ts";

const token = z.int().min(1);

export const leaseHold = acting({
  name: "lease_hold",
  about:
    "Hold path:<glob>, name:<anything> or task:<id> for yourself. With token: renew what you hold; do so before expires_at.",
  input: acquireCommand
    .pick({ ttl_seconds: true, mode: true, note: true, wait_ms: true })
    .extend({ resource, token: token.optional() }),
  async run({ token: held, ...wanted }, { client, actor, signal, canWait }) {
    if (held !== undefined) return renew(client, { ...wanted, token: held });
    const { body } = await client.call("acquireLease", {
      body: { ...wanted, holder: actor, wait_ms: canWait ? wanted.wait_ms : 0 },
      signal,
    });
    if (body === undefined) return {};
    const { resource: what, fencing_token } = body.lease;
    const release = callText("lease_release", { resource: what, token: fencing_token });
    return { ...leaseView(body.lease), next: `When you are finished: ${release}` };
  },
});

async function renew(
  client: Client,
  wanted: { resource: string; token: number; ttl_seconds?: number | undefined },
): Promise<Told> {
  const { resource: what, token: fencing_token, ttl_seconds } = wanted;
  const lock_id = await findLease(client, what, fencing_token);
  const { body } = await client.call("heartbeatLease", {
    params: { lock_id },
    body: { fencing_token, ttl_seconds },
  });
  return { resource: what, token: fencing_token, expires_at: body?.expires_at };
}

export const leaseRelease = acting({
  name: "lease_release",
  about: "Give a lease back. A task held under it returns to the queue.",
  input: z.strictObject({ resource, token }),
  async run({ resource: what, token: fencing_token }, { client }) {
    const params = { lock_id: await findLease(client, what, fencing_token) };
    await client.call("releaseLease", { params, body: { fencing_token } });
    return { released: what };
  },
});

/**
 * The lease with this token, or another one on the same thing: the server then says that the token is
 * not the current one, and whose is.
 */
async function findLease(client: Client, what: string, fencing: number): Promise<string> {
  const { body } = await client.call("listLeases", { query: { resource: what } });
  const live: readonly Lease[] = body?.items ?? [];
  const lease = live.find(({ fencing_token }) => fencing_token === fencing) ?? live[0];
  if (lease !== undefined) return lease.lock_id;
  throw new Refused({
    code: "lease-expired",
    detail: `Nobody holds a lease on ${what} now: yours has ended.`,
    next: `Stop writing. If you still need it, take it anew: ${callText("lease_hold", { resource: what })}`,
  });
}
