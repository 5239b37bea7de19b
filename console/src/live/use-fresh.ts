import { useEffect } from "react";
import type { Kind } from "#contracts/state";
import type { Live } from "./live-store.ts";

/**
 * Presence (when an agent was last seen, when a lease was renewed) is not in the log: while a page
 * that shows it is open, it is read again at each of the server's own signs of life.
 */
export function useFreshPresence(live: Live, kinds: readonly Kind[]): void {
  useEffect(() => {
    void live.refresh(kinds);
    return live.bookmarks.subscribe(() => void live.refresh(kinds));
  }, [live, kinds]);
}
