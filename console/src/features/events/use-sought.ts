import { useEffect, useEffectEvent, useState } from "react";
import { useLocation } from "react-router";
import { notify } from "../../ui/notices.ts";
import type { Older } from "./use-older.ts";

/** As many pages are looked through; what is further back is found by its task or by its time. */
const MOST_PAGES = 200;

export interface Sought {
  readonly id: string;
  readonly isLooking: boolean;
}

/**
 * The event that a link names, as the human log and a task's history make them. What is not in the
 * list yet is loaded, page by page, until the event is there.
 */
export function useSought(
  older: Older,
  rowOf: (id: string) => number,
  scrollTo: (row: number) => void,
): Sought {
  const { hash } = useLocation();
  const id = idOf(hash);
  const [reached, setReached] = useState("");
  const [pages, setPages] = useState(0);
  const isLooking = id !== "" && id !== reached;
  const look = useEffectEvent(() => {
    const row = rowOf(id);
    if (row >= 0) {
      setReached(id);
      return scrollTo(row);
    }
    if (!older.isReady || older.isLoading) return;
    if (older.hasMore && pages < MOST_PAGES) {
      setPages(pages + 1);
      return older.loadMore();
    }
    setReached(id);
    notify("info", "The event is not in this list", "It may be hidden by the filter.");
  });
  useEffect(() => {
    if (!isLooking) return undefined;
    // Once the list is as high as what came makes it.
    const frame = requestAnimationFrame(look);
    return () => cancelAnimationFrame(frame);
  }, [isLooking, id, older.events, older.isReady, older.isLoading]);
  return { id, isLooking };
}

function idOf(hash: string): string {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    return "";
  }
}
