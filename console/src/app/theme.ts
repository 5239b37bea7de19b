import { createStore } from "../ui/store.ts";

export type Theme = "g100" | "g10";

/** `theme.js` set the class before the first paint; this follows from there. */
export const theme = createStore<Theme>(
  document.documentElement.dataset["theme"] === "g10" ? "g10" : "g100",
);

export function toggleTheme(): void {
  const next: Theme = theme.get() === "g100" ? "g10" : "g100";
  theme.set(next);
  const root = document.documentElement;
  // On the root, so that what is drawn outside of the page's tree inherits it too.
  root.className = `cds--${next}`;
  root.dataset["theme"] = next;
  try {
    localStorage.setItem("kyros.theme", next);
  } catch {
    // The choice lasts as long as the page, then.
  }
}
