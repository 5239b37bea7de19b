/**
 * `Idempotency-Key`: a request that is sent again because its answer got lost is answered, not done
 * again. What was answered is the store's to remember (it stands in the log with the commit); here
 * are only the key itself, what makes two requests the same, and those still under way.
 */
import { hash } from "node:crypto";
import { refuse, type Refusal } from "../kernel/refusal.ts";

type ParsedKey = { readonly ok: true; readonly key: string } | Refusal<"malformed">;

/** The key as such, or as the quoted string of the IETF draft: `abc` and `"abc"` are one key. */
export function parseKey(header: string): ParsedKey {
  const quoted = /^"([\x21\x23-\x5b\x5d-\x7e]{1,255})"$/.exec(header);
  if (quoted?.[1] !== undefined) return { ok: true, key: quoted[1] };
  if (/^[\x21\x23-\x7e]{1,255}$/.test(header)) return { ok: true, key: header };
  return refuse(
    "malformed",
    "Idempotency-Key takes 1 to 255 visible ASCII characters, such as a UUID, with or without quotes around them.",
  );
}

/** Equal for a repetition, different for anything else that is sent under the same key. */
export function fingerprint(
  operation: string,
  path: string,
  ifMatch: string | undefined,
  mediaType: string,
  body: Uint8Array,
): string {
  const head = JSON.stringify([operation, path, ifMatch ?? null, mediaType]);
  return hash("sha256", Buffer.concat([Buffer.from(head), body]), "base64url");
}

export class InFlight {
  readonly #running = new Set<string>();

  /** Answers how to end it, or the refusal when one with this key is under way. */
  begin(actor: string, key: string): (() => void) | Refusal<"idempotency-in-flight"> {
    const name = `${actor}\n${key}`;
    if (this.#running.has(name)) {
      return refuse(
        "idempotency-in-flight",
        "The first request with this Idempotency-Key is still running. Send it again in a moment to get its answer.",
      );
    }
    this.#running.add(name);
    return () => this.#running.delete(name);
  }
}
