/** Milliseconds on a clock that only runs forward. For durations; it says nothing about the date. */
export function monotonicMs(): number {
  return performance.now();
}
