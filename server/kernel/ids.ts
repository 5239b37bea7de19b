/** Random names. Everything else that decides is deterministic. */
import { randomInt, randomUUID } from "node:crypto";
import { uuidv7 } from "uuidv7";

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/** Sorts by the time it was made (RFC 9562); for events and leases. */
export function newUuid(): string {
  return uuidv7();
}

/** `T-` and six random characters, so that two branches do not collide on a counter. */
export function newTaskId(): string {
  return `T-${base32(6)}`;
}

export function newAgentId(): string {
  return `agent-${base32(6)}`;
}

/** 24 unguessable hexadecimal digits, of a source that draws for many at once: a commit needs three. */
export function newToken(): string {
  return randomUUID().replaceAll("-", "").slice(0, 24);
}

function base32(length: number): string {
  return Array.from({ length }, () => BASE32.charAt(randomInt(32))).join("");
}
