import type { Lease } from "#contracts/lease";
import { toRefusalText } from "../../api/refusal-text.ts";
import { runtime } from "../../app/runtime.ts";
import { notify } from "../../ui/notices.ts";

/** All that have ended and that nobody took back: one summary, not one message each. */
export async function reclaimStale(): Promise<void> {
  await reclaim({}, (count) =>
    count === 1 ? "1 stale lease taken back" : `${count} stale leases taken back`,
  );
}

/** One lease, although it is still live. */
export async function reclaimOne(lease: Lease, reason: string): Promise<boolean> {
  const why = reason.trim() === "" ? {} : { reason: reason.trim() };
  const body = { lock_id: lease.lock_id, force: true, ...why };
  return reclaim(body, () => `${lease.resource} taken back from ${lease.holder}`);
}

async function reclaim(
  body: { lock_id?: string; force?: boolean; reason?: string },
  toTitle: (count: number) => string,
): Promise<boolean> {
  const { client, live } = runtime();
  try {
    const { body: answer } = await client.call("reclaimLeases", { body });
    const reclaimed = answer?.reclaimed ?? [];
    for (const id of reclaimed) live.forget("locks", id);
    if (reclaimed.length > 0) notify("success", toTitle(reclaimed.length));
    else notify("info", "Nothing was stale any more");
    return true;
  } catch (error) {
    const { title, text } = toRefusalText(error);
    notify("error", title, text);
    return false;
  }
}
