/** The step of the loop that matters most: getting something to do that nobody else does. */
import { claimCommand } from "#contracts/task";
import { acting, type Act } from "../tool.ts";
import { callText, type Told } from "../result.ts";
import { leaseView, taskRow, taskView } from "../view.ts";

export const workNext = acting({
  name: "work_next",
  about:
    "Get work: picks the best ready task (or task_id), claims it for you and leases it, in one step. Nobody else gets it while the lease lasts.",
  input: claimCommand.omit({ agent: true }),
  async run(wanted, { client, actor }) {
    const { body } = await client.call("claimTask", { body: { ...wanted, agent: actor } });
    if (body === undefined) return nothingReady({ client });
    const { task, etag, lease } = body;
    const token = lease?.fencing_token;
    const resource = `task:${task.id}`;
    const begin = callText("task_move", { id: task.id, to: "in_progress", token });
    const renew = callText("lease_hold", { resource, token });
    return {
      ...taskView(task, etag),
      lease: lease === null ? undefined : leaseView(lease),
      next: lease === null ? begin : `${begin}. Before ${lease.expires_at}: ${renew}`,
    };
  },
});

const SHOWN = 5;

async function nothingReady({ client }: Pick<Act, "client">): Promise<Told> {
  const { body } = await client.call("listTasks", { query: { status: "queued", limit: SHOWN } });
  const { body: tail } = await client.call("tailEvents", { query: { mode: "poll", wait_ms: 0 } });
  const wait = callText("events_changes", { cursor: tail?.next_cursor, wait_ms: 30_000 });
  return {
    none_ready: true,
    queued_but_not_for_you: (body?.items ?? []).map(taskRow),
    next: `${wait}, then work_next again`,
  };
}
