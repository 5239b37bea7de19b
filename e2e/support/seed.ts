/** The demonstration's team at work on a real server, by the same calls that agents and people make. */
import type { Client } from "#contracts/client";
import { STATUSES } from "#contracts/workflow";
import {
  AGENTS,
  DESCRIPTION,
  LEASES,
  ROWS,
  dodOf,
  idOf,
  type Row,
} from "../../console/src/demo/demo-data.ts";
import type { RunningServer } from "./server.ts";

/** So that none of them runs out while it is looked at. */
const AT_EASE = 3;

export async function seed({ as }: Pick<RunningServer, "as">): Promise<void> {
  const ada = as("ada");
  for (const [id, name, kind, role, skills, { status, available }] of AGENTS) {
    const isAway = status === "offline" && { status, available: available ?? true };
    const body = { id, name, kind, role, skills: skills.split(","), ...isAway };
    await ada.call("createAgent", { body });
  }
  await ada.call("batchTasks", { body: { creates: ROWS.map(toTask) } });
  for (const [index, row] of ROWS.entries()) await bring(as, row, idOf(index));
  for (const [resource, holder, ttl, , { mode, note } = {}] of LEASES) {
    if (resource.startsWith("task:")) continue;
    const body = {
      resource,
      holder,
      ttl_seconds: ttl,
      mode: mode ?? "exclusive",
      note: note ?? "",
    };
    await as(holder).call("acquireLease", { body });
  }
}

function toTask([title, status, type, priority, labels, , more = {}]: Row, index: number) {
  return {
    id: idOf(index),
    title,
    type,
    priority,
    labels: labels.split(","),
    depends_on: more.depends_on ?? [],
    blocked: more.blocked ?? null,
    dod: dodOf(index, status),
    description: index % 3 === 0 ? DESCRIPTION : "",
  };
}

/** Through the workflow, as its holder. */
async function bring(as: (actor: string) => Client, row: Row, id: string): Promise<void> {
  const [, to, , , , holder] = row;
  if (holder === null) return;
  const client = as(holder);
  const isPerson = AGENTS.some(([name, , kind]) => name === holder && kind === "human");
  if (isPerson) await client.call("transitionTask", { params: { id }, body: { to: "claimed" } });
  else {
    const [, , ttl] = LEASES.find(([resource]) => resource === `task:${id}`) ?? ["", "", 300];
    const body = { agent: holder, task_id: id, ttl_seconds: AT_EASE * ttl };
    await client.call("claimTask", { body });
  }
  for (const status of STATUSES.slice(2, STATUSES.indexOf(to) + 1))
    await client.call("transitionTask", { params: { id }, body: { to: status } });
}
