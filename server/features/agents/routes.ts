import type { AgentMergePatch } from "#contracts/agent";
import type { JsonPatch } from "#contracts/task";
import type { Mount } from "../../http/mount.ts";
import type { AgentChange } from "./agent.ts";
import type { Agents } from "./agents.ts";

export function mountAgents(mount: Mount, agents: Agents): void {
  mount.query("listAgents", () => agents.list());
  mount.command("createAgent", ({ principal, body, terms }) =>
    agents.create(principal, body, terms),
  );
  mount.record("getAgent", "agents");
  mount.command("patchAgent", ({ principal, params, body, terms }) =>
    agents.patch(principal, params.id, toChange(body), terms),
  );
  mount.command("deleteAgent", ({ principal, params, query, terms }) =>
    agents.remove(principal, params.id, query, terms),
  );
  mount.command("heartbeatAgent", ({ principal, params, body, terms }) =>
    agents.heartbeat(principal, params.id, body, terms),
  );
}

/** A JSON Patch is a list, a merge patch never is. */
function toChange(body: AgentMergePatch | JsonPatch): AgentChange {
  if (Array.isArray(body)) return { format: "json-patch", patch: body };
  return { format: "merge-patch", patch: body };
}
