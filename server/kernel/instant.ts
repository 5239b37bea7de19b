/** A moment in the server's one time domain: milliseconds since the Unix epoch. */
export type Instant = number & { readonly __unit: "epoch-ms" };

export function toInstant(epochMs: number): Instant {
  return epochMs as Instant;
}

/** RFC 3339, UTC, milliseconds. */
export function toTimestamp(instant: number): string {
  // A batch has one moment, and writes it a dozen times into each of its commits.
  if (instant !== last.instant) last = { instant, text: new Date(instant).toISOString() };
  return last.text;
}

let last = { instant: Number.NaN, text: "" };

/** `NaN` for a text that is no RFC 3339 timestamp. */
export function fromTimestamp(timestamp: string): Instant {
  return toInstant(Date.parse(timestamp));
}
