/** `kyros lease …`. */
import type { Client } from "#contracts/client";
import { createClock } from "../kernel/clock.ts";
import { command } from "./command.ts";
import { CommandError, EXIT } from "./exit.ts";
import { leaseTable, leaseText } from "./lease-text.ts";
import { moment, table } from "./output.ts";
import { toNumber } from "./task-fields.ts";
import { TOKEN_OPTION, whoActs } from "./task.ts";

const WHICH = "LEASE is the id of a lease, or what it is on, such as task:T-100.";

export const leaseList = command({
  name: "lease list",
  summary: "who may act on what, and for how long",
  args: [],
  options: {
    resource: { type: "string", value: "RESOURCE", about: "only on this" },
    holder: { type: "string", value: "NAME", about: "only theirs" },
  },
  examples: ["kyros lease list --holder agent-1"],
  async run({ options, board, out }) {
    const client = await board.client();
    const query = { resource: options.text("resource"), holder: options.text("holder") };
    const { body } = await client.call("listLeases", { query });
    const items = body?.items ?? [];
    out.show({ items }, () => leaseTable(items, createClock().now(), out.columns));
    return EXIT.ok;
  },
});

export const leaseAcquire = command({
  name: "lease acquire",
  summary: "take a lease; asking again for your own gives the same one",
  args: ["RESOURCE"],
  options: {
    ttl: { type: "string", value: "SECONDS", about: "how long it lasts without renewal" },
    shared: { type: "boolean", about: "others may hold it with you, if they share too" },
    note: { type: "string", value: "TEXT", about: "what for, so that others know" },
    wait: { type: "string", value: "SECONDS", about: "how long to wait for it, at most 60" },
  },
  notes: `RESOURCE is task:ID, path:GLOB or name:ANYTHING. Needs a name: --actor, or KYROS_ACTOR.`,
  examples: [`kyros lease acquire "path:src/**" --note refactoring --wait 30`],
  async run({ args: [resource = ""], options, board, out }) {
    const wait = toNumber(options.text("wait"), "--wait");
    const holder = whoActs(board);
    const client = await board.client();
    const { body } = await client.call("acquireLease", {
      body: {
        resource,
        holder,
        ttl_seconds: toNumber(options.text("ttl"), "--ttl"),
        mode: options.flag("shared") ? "shared" : undefined,
        note: options.text("note"),
        wait_ms: wait === undefined ? undefined : wait * 1_000,
      },
    });
    if (body !== undefined) out.show(body, () => `${resource}\n${leaseText(body.lease)}`);
    return EXIT.ok;
  },
});

export const leaseRenew = command({
  name: "lease renew",
  summary: "say that you are still at it",
  args: ["LEASE"],
  options: {
    ttl: { type: "string", value: "SECONDS", about: "from now on" },
    token: TOKEN_OPTION,
  },
  notes: WHICH,
  examples: ["kyros lease renew task:T-100"],
  async run({ args: [which = ""], options, board, out }) {
    const client = await board.client();
    const { body } = await client.call("heartbeatLease", {
      params: { lock_id: await findLease(client, which, board.actor) },
      body: {
        ttl_seconds: toNumber(options.text("ttl"), "--ttl"),
        fencing_token: toNumber(options.text("token"), "--token"),
      },
    });
    out.show(body, () => `${which}  until ${moment(body?.expires_at ?? "")}`);
    return EXIT.ok;
  },
});

export const leaseRelease = command({
  name: "lease release",
  summary: "give a lease back",
  args: ["LEASE"],
  options: { token: TOKEN_OPTION },
  notes: `${WHICH} A task that was held under it goes back to the queue.`,
  examples: ["kyros lease release path:src/**"],
  async run({ args: [which = ""], options, board, out }) {
    const client = await board.client();
    const { body } = await client.call("releaseLease", {
      params: { lock_id: await findLease(client, which, board.actor) },
      body: { fencing_token: toNumber(options.text("token"), "--token") },
    });
    out.show(body, () => `${which}  released`);
    return EXIT.ok;
  },
});

export const leaseReclaim = command({
  name: "lease reclaim",
  summary: "take back what has run out, or, as a person, break one lease",
  args: ["[LEASE]"],
  options: {
    force: { type: "boolean", about: "as a person: although it is still live" },
    reason: { type: "string", value: "TEXT", about: "why, for the log and its holder" },
  },
  notes: `${WHICH} Without it every lease that has run out.`,
  examples: [`kyros lease reclaim task:T-100 --force --reason "agent-1 hangs"`],
  async run({ args: [which], options, board, out }) {
    const client = await board.client();
    const { body } = await client.call("reclaimLeases", {
      body: {
        lock_id: which === undefined ? undefined : await findLease(client, which, undefined),
        force: options.flag("force") || undefined,
        reason: options.text("reason"),
      },
    });
    const reclaimed = body?.reclaimed ?? [];
    out.show(body, () => (reclaimed.length === 0 ? "Nothing has run out." : reclaimed.join("\n")));
    return EXIT.ok;
  },
});

export const leaseCheck = command({
  name: "lease check",
  summary: "which leases of others these files would touch",
  args: ["PATH…"],
  options: {},
  notes: `Ends with ${EXIT.refused} when there is one: somebody else works there.`,
  examples: ["kyros lease check src/app.ts src/auth/login.ts --actor agent-1"],
  async run({ args, board, out }) {
    const client = await board.client();
    const { body } = await client.call("checkPaths", {
      body: { paths: [...args], holder: board.actor ?? "person" },
    });
    const conflicts = body?.conflicts ?? [];
    out.show({ conflicts }, () =>
      conflicts.length === 0
        ? "Free."
        : table(
            ["PATH", "HOLDER", "UNTIL", "LEASE ON", "NOTE"],
            conflicts.map(({ path, lease }) => [
              path,
              lease.holder,
              moment(lease.expires_at),
              lease.resource,
              lease.note,
            ]),
            out.columns,
          ),
    );
    return conflicts.length === 0 ? EXIT.ok : EXIT.refused;
  },
});

/** A resource has a colon in it, an id has none. Of several shared leases, one's own is meant. */
export async function findLease(
  client: Client,
  which: string,
  holder: string | undefined,
): Promise<string> {
  if (!which.includes(":")) return which;
  const { body } = await client.call("listLeases", { query: { resource: which } });
  const items = body?.items ?? [];
  const lease = items.find((each) => each.holder === holder) ?? items[0];
  if (lease === undefined)
    throw new CommandError(EXIT.refused, `Nobody holds ${which}. See: kyros lease list`);
  return lease.lock_id;
}
