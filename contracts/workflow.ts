/**
 * The task workflow as data: decisions, `GET /collab/workflow` and the console's columns read this.
 *
 *   held      entering makes the mover (or the assignee it names) the holder; only the holder moves on
 *   handover  entering ends the lease in the same commit; the assignee stays, anyone may move on
 */

export const STATUSES = [
  "queued",
  "claimed",
  "in_progress",
  "review",
  "approved",
  "merging",
  "done",
] as const;

export type Status = (typeof STATUSES)[number];

export const HELD = ["claimed", "in_progress", "merging"] as const satisfies readonly Status[];
export const HANDOVER = ["review", "approved"] as const satisfies readonly Status[];

export const TRANSITIONS = {
  queued: ["claimed"],
  claimed: ["in_progress", "queued"],
  in_progress: ["review", "queued"],
  review: ["approved", "in_progress", "queued"],
  approved: ["merging", "in_progress", "queued"],
  merging: ["done", "in_progress", "queued"],
  done: ["queued"],
} as const satisfies Record<Status, readonly Status[]>;

export const GUARDS = ["dependencies-done", "dod-done", "holder"] as const;

export type Guard = (typeof GUARDS)[number];

/** What a step into the given status asks for, besides the step itself being in the table. */
export const ENTRY_GUARDS = {
  queued: [],
  claimed: ["dependencies-done"],
  in_progress: [],
  review: [],
  approved: [],
  merging: [],
  done: ["dod-done"],
} as const satisfies Record<Status, readonly Guard[]>;

export function isHeld(status: Status): boolean {
  return (HELD as readonly Status[]).includes(status);
}

export function isHandover(status: Status): boolean {
  return (HANDOVER as readonly Status[]).includes(status);
}
