/** Leases that are taken, renewed for as long as something lasts, and given back. */
import { ProblemError, type Client } from "#contracts/client";
import type { AcquireCommand, Lease } from "#contracts/lease";
import { createClock } from "../kernel/clock.ts";
import { toTimestamp } from "../kernel/instant.ts";
import { sleep } from "../kernel/timers.ts";
import type { Board } from "./command.ts";
import type { Output } from "./output.ts";
import { moment, printable } from "./output.ts";

/** Two renewals may fail before the third comes too late. */
const RENEWALS_IN_TTL = 3;
const MOST_BETWEEN_MS = 60_000;
const AGAIN_MS = 2_000;

type Asked = Pick<AcquireCommand, "holder"> & {
  readonly [K in "ttl_seconds" | "note" | "wait_ms"]: AcquireCommand[K] | undefined;
};

interface Kept {
  readonly lease: Lease;
  /** It was there before: whoever took it gives it back. */
  readonly isOlder: boolean;
  state: "held" | "given-back" | "lost";
}

export interface Keeper {
  /** All of them, or none. */
  take(resources: readonly string[], asked: Asked): Promise<void>;
  /** Begins to renew; answers how to end that. */
  keep(): () => Promise<void>;
  /** Gives back what was taken; answers whether everything was held until then. */
  giveBack(): Promise<boolean>;
}

export function createKeeper(board: Board, out: Output): Keeper {
  const kept: Kept[] = [];
  const held = () => kept.filter(({ state }) => state === "held");

  /** Without a server the folder is opened for a moment, and free for others in between. */
  async function visit<T>(work: (client: Client) => Promise<T>): Promise<T> {
    try {
      return await work(await board.client());
    } finally {
      if (board.isOpenHere) await board.release();
    }
  }

  async function renewAll(): Promise<boolean> {
    try {
      await visit(async (client) => {
        for (const each of held()) await renew(client, each, out);
      });
      return true;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      out.complain(`kyros: cannot renew ${names(held())} now: ${why}. Trying again.`);
      return false;
    }
  }

  return {
    async take(resources, asked) {
      try {
        await visit(async (client) => {
          for (const resource of resources) kept.push(...(await take(client, resource, asked)));
        });
      } catch (error) {
        await this.giveBack();
        throw error;
      }
    },
    keep() {
      const stop = new AbortController();
      const shortest = Math.min(...kept.map(({ lease }) => lease.ttl_seconds)) * 1_000;
      const every = Math.min(shortest / RENEWALS_IN_TTL, MOST_BETWEEN_MS);
      const keeping = (async () => {
        let wait = every;
        while (!stop.signal.aborted && held().length > 0) {
          await sleep(wait, stop.signal);
          if (stop.signal.aborted) return;
          wait = (await renewAll()) ? every : Math.min(every, AGAIN_MS);
        }
      })();
      return () => {
        stop.abort();
        return keeping;
      };
    },
    async giveBack() {
      const left = held();
      if (left.length > 0) {
        try {
          await visit(async (client) => {
            for (const each of left)
              await (each.isOlder ? renew(client, each, out) : release(client, each, out));
          });
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          out.complain(`kyros: ${names(left)} may have been lost: ${why}.`);
          for (const each of left) each.state = "lost";
        }
      }
      return kept.every(({ state }) => state !== "lost");
    },
  };
}

/** A lease that was there before is taken as it is. */
async function take(client: Client, resource: string, asked: Asked): Promise<Kept[]> {
  const { body: before } = await client.call("listLeases", {
    query: { resource, holder: asked.holder },
  });
  const isOlder = (before?.items.length ?? 0) > 0;
  const { body } = await client.call("acquireLease", { body: { resource, ...asked } });
  return body === undefined ? [] : [{ lease: body.lease, isOlder, state: "held" }];
}

async function renew(client: Client, each: Kept, out: Output): Promise<void> {
  const { lock_id, fencing_token } = each.lease;
  await onLease({ client, each, out }, () =>
    client.call("heartbeatLease", { params: { lock_id }, body: { fencing_token } }),
  );
}

async function release(client: Client, each: Kept, out: Output): Promise<void> {
  const { lock_id, fencing_token } = each.lease;
  await onLease({ client, each, out }, () =>
    client.call("releaseLease", { params: { lock_id }, body: { fencing_token } }),
  );
  if (each.state === "held") each.state = "given-back";
}

interface On {
  readonly client: Client;
  readonly each: Kept;
  readonly out: Output;
}

async function onLease({ client, each, out }: On, call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!isOver(error)) throw error;
    const end = await findEnd(client, each.lease);
    each.state = end?.isOwn === true ? "given-back" : "lost";
    if (each.state === "lost") out.complain(lostText(each.lease, end?.text));
  }
}

const OVER = new Set(["not-found", "lease-expired", "fence-stale", "not-holder"]);

function isOver(error: unknown): boolean {
  return error instanceof ProblemError && OVER.has(error.problem.code);
}

/** How it ended. Its holder may have ended it in good order, such as by handing the task over. */
async function findEnd(
  client: Client,
  lease: Lease,
): Promise<{ isOwn: boolean; text: string } | undefined> {
  const event = "lease_released,lease_reclaimed";
  const query = { target: lease.resource, event, order: "desc", limit: 50 };
  const { body } = await client.call("listEvents", { query });
  const end = body?.items.find(({ details }) => details["lock_id"] === lease.lock_id);
  if (end === undefined) return undefined;
  const reason = end.details["reason"];
  const why = typeof reason === "string" ? `: ${printable(reason)}` : "";
  return {
    isOwn: end.event === "lease_released" && end.actor === lease.holder,
    text: `${end.event} by ${printable(end.actor)} at ${moment(end.ts)}${why}`,
  };
}

function lostText({ resource }: Lease, end = "it has run out"): string {
  const now = moment(toTimestamp(createClock().now()));
  return [
    `kyros: LEASE LOST at ${now}: ${resource} is not yours any more (${end}).`,
    "kyros: The command goes on, but somebody else may be at work on it. Look before you keep its results.",
  ].join("\n");
}

function names(leases: readonly Kept[]): string {
  return leases.map(({ lease }) => lease.resource).join(", ");
}
