/** How many cards a column should hold at most: a reminder for the eye, kept in this browser. */
import { STATUSES, type Status } from "#contracts/workflow";
import { isObject } from "../../live/merge-patch.ts";
import { createSavedStore } from "../../ui/saved.ts";

export type WipLimits = Readonly<Partial<Record<Status, number>>>;

export const wipLimits = createSavedStore<WipLimits>("wip-limits", parseLimits);

export function setWipLimit(status: Status, limit: number | undefined): void {
  wipLimits.update(({ [status]: _, ...rest }) =>
    limit === undefined ? rest : { ...rest, [status]: limit },
  );
}

export function parseLimits(kept: unknown): WipLimits {
  if (!isObject(kept)) return {};
  return Object.fromEntries(
    STATUSES.flatMap((status) => {
      const limit = kept[status];
      return typeof limit === "number" && Number.isInteger(limit) && limit > 0
        ? [[status, limit]]
        : [];
    }),
  );
}
