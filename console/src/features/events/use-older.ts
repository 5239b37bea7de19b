import { useCallback, useEffect, useState } from "react";
import type { KyrosEvent } from "#contracts/event";
import { toRefusalText } from "../../api/refusal-text.ts";
import { runtime } from "../../app/runtime.ts";
import { notify } from "../../ui/notices.ts";
import { toQuery, type EventFilter } from "./event-filter.ts";
import { withoutKept } from "./event-view.ts";

const PAGE = 200;

interface Older {
  /** Oldest first. */
  readonly events: readonly KyrosEvent[];
  /** Undefined before the first page; null when there is nothing before. */
  readonly cursor: string | null | undefined;
}

const NONE: Older = { events: [], cursor: undefined };

/** What happened before this page was opened, by the same filter; a page of it at once. */
export function useOlder(filter: EventFilter, isLoaded: boolean) {
  const [older, setOlder] = useState(NONE);
  const [isLoading, setIsLoading] = useState(false);
  const load = useCallback(
    async (known: Older) => {
      setIsLoading(true);
      try {
        const at = known.cursor === undefined ? {} : { cursor: known.cursor ?? "" };
        const query = { ...toQuery(filter), ...at, order: "desc", limit: PAGE };
        const { body } = await runtime().client.call("listEvents", { query });
        const page = withoutKept((body?.items ?? []).toReversed(), runtime().live.log.get().ring);
        setOlder({ events: [...page, ...known.events], cursor: body?.next_cursor ?? null });
      } catch (error) {
        notify("error", "Older events could not be loaded", toRefusalText(error).title);
      } finally {
        setIsLoading(false);
      }
    },
    [filter],
  );
  useEffect(() => {
    setOlder(NONE);
    if (isLoaded) void load(NONE);
  }, [isLoaded, load]);
  return {
    events: older.events,
    hasMore: older.cursor !== null && older.cursor !== undefined,
    isLoading,
    loadMore: () => void load(older),
  };
}
