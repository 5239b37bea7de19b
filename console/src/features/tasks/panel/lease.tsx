import { Button } from "@carbon/react";
import type { Task } from "#contracts/task";
import { toRefusalText } from "../../../api/refusal-text.ts";
import { runtime } from "../../../app/runtime.ts";
import { LeaseRing } from "../../../ui/lease-ring.tsx";
import { notify } from "../../../ui/notices.ts";
import { usePicked } from "../../../ui/store.ts";
import { taskLeases } from "../lease-index.ts";

/** Who holds the task by a lease, and the way to take it back. */
export function PanelLease({ task }: { task: Task }) {
  const lease = usePicked(taskLeases(), (leases) => leases.get(task.id));
  if (lease === undefined) return null;
  const reclaim = async () => {
    try {
      await runtime().client.call("reclaimLeases", {
        body: {
          lock_id: lease.lock_id,
          force: true,
          reason: `taken back in the console from ${task.id}`,
        },
      });
      notify(
        "success",
        `The lease of ${lease.holder} is taken back`,
        `${task.id} returns to the queue.`,
      );
    } catch (error) {
      const { title, text } = toRefusalText(error);
      notify("error", title, text);
    }
  };
  return (
    <section aria-labelledby="lease-title" className="panel__lease">
      <h3 id="lease-title">Lease</h3>
      <p>
        <LeaseRing lease={lease} /> held by <strong>{lease.holder}</strong>, token{" "}
        <span className="mono">{lease.fencing_token}</span>
      </p>
      <Button size="sm" kind="danger--tertiary" onClick={() => void reclaim()}>
        Take it back
      </Button>
    </section>
  );
}
