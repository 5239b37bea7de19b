export type LeasePhase = "live" | "ending" | "stale";

const ENDING_SHARE = 0.2;

/** `leftMs` may be negative: the lease is over and nobody took it back yet. */
export function leasePhase(leftMs: number, ttlSeconds: number): LeasePhase {
  if (leftMs <= 0) return "stale";
  return leftMs < ttlSeconds * 1_000 * ENDING_SHARE ? "ending" : "live";
}
