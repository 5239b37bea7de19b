/** Which of the page's own windows is open. */
import { createStore } from "../ui/store.ts";

export type Overlay = "palette" | "help" | "identity" | "notices" | "create" | undefined;

export const overlay = createStore<Overlay>(undefined);

export function openOverlay(next: Overlay): void {
  overlay.set(next);
}

export function closeOverlay(): void {
  overlay.set(undefined);
}
