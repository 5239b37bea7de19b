/** The terms on which a caller asks for a change: what it saw, what it holds, what it repeats. */
import type { Precondition } from "./precondition.ts";

export interface Terms {
  /** `If-Match`. */
  readonly ifMatch?: Precondition | undefined;
  /** `Lease-Token`: the fencing token of the lease under which the caller acts. */
  readonly leaseToken?: number | undefined;
  readonly idempotency?: { readonly key: string; readonly fingerprint: string } | undefined;
}
