/**
 * How long to wait before the next attempt, counted from 0: anything up to a bound that doubles each
 * time. The whole range is used ("full jitter"), so that those who collided once do not meet again.
 */
export function backoffMs(attempt: number, bounds: { firstMs: number; mostMs: number }): number {
  return Math.random() * Math.min(bounds.mostMs, bounds.firstMs * 2 ** attempt);
}
