import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { KyrosEvent } from "#contracts/event";
import { runtime } from "../../app/runtime.ts";
import { toQuery, type EventFilter } from "./event-filter.ts";

const PAGE = 500;

export interface Older {
  /** Oldest first. */
  readonly events: readonly KyrosEvent[];
  readonly hasMore: boolean;
  /** The first page is there. */
  readonly isReady: boolean;
  readonly isLoading: boolean;
  readonly loadMore: () => void;
}

/** What happened before `until`, a place in the log, by the same filter; a page of it at once. */
export function useOlder(filter: EventFilter, until: string | undefined): Older {
  const pages = useInfiniteQuery({
    queryKey: ["older-events", filter, until],
    enabled: until !== undefined,
    // What is older than the page does not change; what is newer comes by the stream.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam }) => {
      const query = { ...toQuery(filter), until, cursor: pageParam, order: "desc", limit: PAGE };
      const { body } = await runtime().client.call("listEvents", { query });
      return body ?? { items: [], next_cursor: null };
    },
    getNextPageParam: (page) =>
      page.items.length < PAGE ? undefined : (page.next_cursor ?? undefined),
  });
  const { data } = pages;
  const events = useMemo(
    () => (data?.pages ?? []).flatMap((page) => page.items).toReversed(),
    [data],
  );
  return {
    events,
    hasMore: pages.hasNextPage,
    isReady: data !== undefined,
    isLoading: pages.isFetching,
    loadMore: () => void pages.fetchNextPage(),
  };
}
