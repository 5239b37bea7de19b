/** A moment in the server's one time domain: milliseconds since the Unix epoch. */
export type Instant = number & { readonly __unit: "epoch-ms" };

export function toInstant(epochMs: number): Instant {
  return epochMs as Instant;
}

/** RFC 3339, UTC, milliseconds. */
export function toTimestamp(instant: number): string {
  return new Date(instant).toISOString();
}

/** `NaN` for a text that is no RFC 3339 timestamp. */
export function fromTimestamp(timestamp: string): Instant {
  return toInstant(Date.parse(timestamp));
}
