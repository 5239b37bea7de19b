/** Filters with a name, kept in this browser. */
import { isObject } from "../../live/merge-patch.ts";
import { createSavedStore } from "../../ui/saved.ts";

export interface SavedView {
  readonly name: string;
  /** The query string of the page, without its question mark. */
  readonly search: string;
}

export const savedViews = createSavedStore<readonly SavedView[]>("views", (kept) =>
  Array.isArray(kept) ? kept.flatMap((entry) => parseView(entry) ?? []) : [],
);

export function saveView(view: SavedView): void {
  savedViews.update((known) =>
    [...known.filter(({ name }) => name !== view.name), view].toSorted((a, b) =>
      a.name.localeCompare(b.name),
    ),
  );
}

export function removeView(name: string): void {
  savedViews.update((known) => known.filter((view) => view.name !== name));
}

function parseView(entry: unknown): SavedView | undefined {
  if (!isObject(entry)) return undefined;
  const { name, search } = entry;
  return typeof name === "string" && typeof search === "string" ? { name, search } : undefined;
}
