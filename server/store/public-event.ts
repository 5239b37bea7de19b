/** Events as they are shown: without the stored answers of requests, which are between them and us. */
import type { KyrosEvent } from "#contracts/event";
import type { LogEntry } from "./port.ts";

export function publicEvent(event: KyrosEvent): KyrosEvent {
  if (!("idempotency" in event.details)) return event;
  const { idempotency: _, ...details } = event.details;
  return { ...event, details };
}

/** As one line of JSON; the log's own line wherever that can be shown as it is. */
export function publicLine({ event, line }: LogEntry): string {
  // A carriage return between tokens is white space to JSON, but ends a line of a stream.
  const isPlain = !("idempotency" in event.details) && !line.includes("\r");
  return isPlain ? line : JSON.stringify(publicEvent(event));
}
