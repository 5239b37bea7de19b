import { done } from "../../http/call.ts";
import type { Mount } from "../../http/mount.ts";
import type { Leases } from "./leases.ts";

export function mountLeases(mount: Mount, leases: Leases): void {
  mount.query("listLeases", ({ query }) => leases.list(query));
  mount.command("acquireLease", ({ exchange, principal, body, terms }) =>
    leases.acquire(
      principal,
      body,
      terms,
      body.wait_ms > 0 ? exchange.c.req.raw.signal : undefined,
    ),
  );
  mount.command("reclaimLeases", ({ principal, body, terms }) =>
    leases.reclaim(principal, body, terms),
  );
  mount.command("checkPaths", async ({ body }) => done(await leases.check(body)));
  mount.command("heartbeatLease", ({ principal, params, body, terms }) =>
    leases.heartbeat(principal, params.lock_id, body, terms),
  );
  mount.command("releaseLease", ({ principal, params, body, terms }) =>
    leases.release(principal, params.lock_id, body, terms),
  );
}
