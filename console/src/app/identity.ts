/** Who sits in front of this browser. */
import { createSavedStore } from "../ui/saved.ts";

const ACTOR_ID = /^[A-Za-z0-9][A-Za-z0-9._@:-]{0,63}$/;

/** The id sent as the actor of every change; undefined: the server calls the caller `person`. */
export const identity = createSavedStore<string | undefined>("identity", (kept) =>
  typeof kept === "string" && ACTOR_ID.test(kept) ? kept : undefined,
);

const ANONYMOUS = "person";

export function actorName(): string {
  return identity.get() ?? ANONYMOUS;
}

/** "Ada Lovelace" becomes "ada-lovelace"; undefined when nothing usable is left. */
export function toActorId(name: string): string | undefined {
  const id = name
    .normalize("NFKD")
    .replaceAll(/\p{Mark}/gu, "")
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9._@:-]+/g, "-")
    .replaceAll(/^[^a-z0-9]+|-+$/g, "")
    .slice(0, 64);
  return ACTOR_ID.test(id) ? id : undefined;
}
