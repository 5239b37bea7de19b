/** An agent in a race, whatever door it comes through. */

export interface Racer {
  /** The best ready task, or the one named. Undefined: none is ready. */
  claim(id?: string): Promise<Claim | undefined>;
  read(id: string): Promise<Seen>;
  /** @returns whether it was written; not, when somebody else was first. */
  write(id: string, value: number, etag: string): Promise<boolean>;
  close(): Promise<void>;
}

export type Claim =
  | { readonly won: string; readonly token: number }
  | { readonly lost: string; readonly code: string };

/** The shared number, and the state in which it was seen. */
export interface Seen {
  readonly value: number;
  readonly etag: string;
}

export const DOORS = ["http", "mcp", "cli"] as const;
export type Door = (typeof DOORS)[number];

export interface Where {
  readonly door: Door;
  readonly url: string;
  readonly folder: string;
  readonly name: string;
  /** The how many-th agent it is: those of one door take its different forms in turn. */
  readonly index: number;
}
