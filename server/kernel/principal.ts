/** Who acts, as the edge found out: by name in open mode, by credentials otherwise. */
export interface Principal {
  readonly id: string;
  readonly kind: "agent" | "human" | "worker";
}

/** A caller that gave no name, in open mode. */
export const PERSON: Principal = { id: "person", kind: "human" };
