/**
 * Answers to repeat (S8). Each stands in the log with the commit it answered, so it is exactly as
 * durable as that commit; this is the index in memory.
 */
import type { KyrosEvent } from "#contracts/event";
import { fromTimestamp } from "../kernel/instant.ts";
import { isObject } from "../kernel/json.ts";

export interface Remembered {
  readonly key: string;
  readonly actor: string;
  readonly fingerprint: string;
  readonly value: unknown;
  readonly at: number;
  readonly eventIds: readonly string[];
}

const KEPT_MS = 24 * 60 * 60 * 1_000;

export class Memory {
  readonly #byKey = new Map<string, Remembered>();

  get(actor: string, key: string, now: number): Remembered | undefined {
    const found = this.#byKey.get(indexKey(actor, key));
    return found !== undefined && now - found.at <= KEPT_MS ? found : undefined;
  }

  add(answer: Remembered): void {
    const key = indexKey(answer.actor, answer.key);
    this.#byKey.delete(key);
    this.#byKey.set(key, answer);
    // Insertion order is time order: the oldest come first, so forgetting costs what is forgotten.
    for (const [oldest, { at }] of this.#byKey) {
      if (answer.at - at <= KEPT_MS) break;
      this.#byKey.delete(oldest);
    }
  }

  values(): Iterable<Remembered> {
    return this.#byKey.values();
  }
}

function indexKey(actor: string, key: string): string {
  return `${actor}\n${key}`;
}

/** How the answer is written into the first event of its commit. */
export function toDetails(answer: Omit<Remembered, "at" | "eventIds">): Record<string, unknown> {
  const { key, actor, fingerprint, value } = answer;
  return { key, actor, fingerprint, answer: value };
}

export function rememberedBy(event: KyrosEvent): Remembered | undefined {
  const found: unknown = event.details["idempotency"];
  if (!isObject(found)) return undefined;
  const { key, actor, fingerprint, answer } = found;
  if (typeof key !== "string" || typeof actor !== "string" || typeof fingerprint !== "string") {
    return undefined;
  }
  const at = fromTimestamp(event.ts);
  return { key, actor, fingerprint, value: answer, at, eventIds: [event.id] };
}
