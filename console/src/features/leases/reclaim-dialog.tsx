import { Button, TextInput } from "@carbon/react";
import { useState, type SubmitEvent } from "react";
import type { Lease } from "#contracts/lease";
import { Dialog } from "../../ui/dialog.tsx";
import { LeaseRing } from "../../ui/lease-ring.tsx";
import { reclaimOne } from "./lease-actions.ts";

/** Breaking a lease takes work out of somebody's hands, so it asks for a reason that is logged. */
export function ReclaimDialog({ lease, onClose }: { lease: Lease; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (await reclaimOne(lease, reason)) onClose();
  };
  return (
    <Dialog
      title={`Reclaim ${lease.resource}`}
      size="small"
      onClose={onClose}
      testId="reclaim-dialog"
    >
      <form className="form" onSubmit={(event) => void submit(event)}>
        <p>
          <strong>{lease.holder}</strong> holds it: <LeaseRing lease={lease} />. Its next write
          under token <span className="mono">{lease.fencing_token}</span> will be refused
          {lease.resource.startsWith("task:") ? ", and the task returns to the queue." : "."}
        </p>
        <TextInput
          id="reclaim-reason"
          labelText="Reason"
          autoFocus
          helperText="Stands in the log."
          value={reason}
          onChange={({ target }) => setReason(target.value)}
        />
        <div className="form__end">
          <Button kind="secondary" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" kind="danger">
            Reclaim
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
