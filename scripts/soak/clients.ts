/** Clients of a server that is not always there. Each notes what it was told, and when. */
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, ProblemError, type Client } from "#contracts/client";
import { steadily } from "../steady.ts";
import type { Grant } from "./judge-leases.ts";
import type { Attempt } from "./judge-records.ts";

export interface Run {
  readonly baseUrl: string;
  readonly end: AbortSignal;
}

const now = () => performance.now();
const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(Math.random() * all.length)];
const pause = (mostMs: number) => sleep(Math.random() * mostMs);

/** Reads and writes few records, so that it meets the others at each of them. */
export async function write(
  run: Run,
  name: string,
  ids: readonly string[],
  attempts: Attempt[],
): Promise<void> {
  const client = createClient({ baseUrl: run.baseUrl, actor: name });
  const known = new Map<string, string>();
  for (let turn = 1; !run.end.aborted; turn += 1) {
    const id = pick(ids) ?? "";
    const ifMatch = known.get(id);
    const sent = now();
    if (ifMatch === undefined) {
      const { etag } = await steadily(() => client.call("getTask", { params: { id } }));
      if (etag === null) throw new Error(`${id} came without an ETag`);
      attempts.push({ client: name, id, sent, answered: now(), etag });
      known.set(id, etag);
    } else {
      const etag = await patch(client, { id, ifMatch, description: `${name} ${turn}` });
      attempts.push({
        client: name,
        id,
        sent,
        answered: now(),
        ifMatch,
        ...(etag !== undefined && { etag }),
      });
      if (etag === undefined || Math.random() < 0.3) known.delete(id);
      else known.set(id, etag);
    }
    await pause(30);
  }
}

/** The new ETag; none when somebody else was first. */
async function patch(
  client: Client,
  { id, ifMatch, description }: { id: string; ifMatch: string; description: string },
): Promise<string | undefined> {
  return steadily(async (idempotencyKey) => {
    try {
      const { etag } = await client.call("patchTask", {
        params: { id },
        body: { description },
        ifMatch,
        idempotencyKey,
      });
      return etag ?? undefined;
    } catch (error) {
      if (isRefused(error, ["precondition-failed"])) return undefined;
      throw error;
    }
  });
}

/** Takes one of few names, keeps it for some heartbeats, gives it back or forgets it. */
export async function hold(
  run: Run,
  name: string,
  resources: readonly string[],
  grants: Grant[],
): Promise<void> {
  const client = createClient({ baseUrl: run.baseUrl, actor: name });
  while (!run.end.aborted) {
    const resource = pick(resources) ?? "";
    const ttl_seconds = 1 + Math.floor(Math.random() * 2);
    const sent = now();
    const lease = await steadily((idempotencyKey) =>
      unless(["lease-held"], () =>
        client.call("acquireLease", {
          body: { resource, holder: name, ttl_seconds, wait_ms: 500 },
          idempotencyKey,
        }),
      ),
    );
    if (lease?.body === undefined) continue;
    const { lock_id, fencing_token } = lease.body;
    const held = { lockId: lock_id, ttlMs: ttl_seconds * 1_000 };
    const answered = now();
    const until = await keep(client, held, sent);
    grants.push({ resource, holder: name, token: fencing_token, sent, answered, until });
    await pause(50);
  }
}

/** Until when the holder could count on its lease. */
async function keep(
  client: Client,
  { lockId, ttlMs }: { lockId: string; ttlMs: number },
  granted: number,
): Promise<number> {
  let until = granted + ttlMs;
  for (let beats = Math.random() * 5; beats > 0; beats -= 1) {
    await pause(ttlMs * 0.6);
    const sent = now();
    const beat = await steadily((idempotencyKey) =>
      unless(["lease-expired"], () =>
        client.call("heartbeatLease", { params: { lock_id: lockId }, body: {}, idempotencyKey }),
      ),
    );
    if (beat === undefined) return until;
    until = sent + ttlMs;
  }
  // One in three dies without a word.
  if (Math.random() < 0.33) return until;
  const sent = now();
  await steadily((idempotencyKey) =>
    unless(["lease-expired"], () =>
      client.call("releaseLease", { params: { lock_id: lockId }, body: {}, idempotencyKey }),
    ),
  );
  return Math.min(until, sent);
}

/** Takes what is ready, and gives it back a moment later. */
export async function claim(run: Run, name: string, grants: Grant[]): Promise<void> {
  const client = createClient({ baseUrl: run.baseUrl, actor: name });
  const ttl_seconds = 2;
  while (!run.end.aborted) {
    const sent = now();
    const { body } = await steadily((idempotencyKey) =>
      client.call("claimTask", { body: { agent: name, ttl_seconds }, idempotencyKey }),
    );
    if (body?.lease == null) {
      await pause(200);
      continue;
    }
    const { task, lease } = body;
    const answered = now();
    await pause(300);
    const end = now();
    const token = lease.fencing_token;
    grants.push({
      resource: lease.resource,
      holder: name,
      token,
      sent,
      answered,
      until: Math.min(end, sent + ttl_seconds * 1_000),
    });
    await steadily((idempotencyKey) =>
      // Somebody else may have it by now, or a checkout may have put it elsewhere.
      unless(["fence-stale", "not-holder"], () =>
        client.call("transitionTask", {
          params: { id: task.id },
          body: { to: "queued" },
          leaseToken: token,
          idempotencyKey,
        }),
      ),
    );
  }
}

async function unless<T>(
  codes: readonly string[],
  request: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await request();
  } catch (error) {
    if (isRefused(error, codes)) return undefined;
    throw error;
  }
}

function isRefused(error: unknown, codes: readonly string[]): boolean {
  return error instanceof ProblemError && codes.includes(error.problem.code);
}
