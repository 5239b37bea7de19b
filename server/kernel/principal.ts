import { refuse, type Refusal } from "./refusal.ts";

/** Who acts, as the edge found out: by name in open mode, by credentials otherwise. */
export interface Principal {
  readonly id: string;
  readonly kind: "agent" | "human" | "worker";
}

/** A caller that gave no name, in open mode. */
export const PERSON: Principal = { id: "person", kind: "human" };

/** Going past a guard is a person's decision, and written down as one. */
export function refuseForce(principal: Principal): Refusal<"forbidden"> | undefined {
  if (principal.kind === "human") return undefined;
  return refuse(
    "forbidden",
    `Only a person may use force, and ${principal.id} is known as ${principal.kind === "agent" ? "an agent" : "a worker"}. ` +
      `Ask a person, or register yourself as one: POST /collab/agents {"id": "…", "kind": "human"}.`,
  );
}
