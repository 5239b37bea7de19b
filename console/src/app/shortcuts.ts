/** Single keys and key combinations, in one place, so that the help lists what there really is. */
import { useEffect, useEffectEvent } from "react";
import { createSavedStore } from "../ui/saved.ts";
import { overlay } from "./overlays.ts";

/** Single letters collide with some assistive tools, so they can be switched off (WCAG 2.1.4). */
export const singleKeys = createSavedStore("single-keys", (kept) => kept !== false);

export interface Shortcut {
  readonly keys: string;
  readonly text: string;
}

export const SHORTCUTS: readonly Shortcut[] = [
  { keys: "Ctrl K", text: "Command palette" },
  { keys: "/", text: "Search this page" },
  { keys: "C", text: "Create a task" },
  { keys: "Z", text: "Undo the last change" },
  { keys: "J / K", text: "Next / previous task in the panel" },
  { keys: "?", text: "This help" },
  { keys: "G then T A L E M", text: "Go to Tasks, Agents, Leases, Events, Time travel" },
];

export const BOARD_SHORTCUTS: readonly Shortcut[] = [
  { keys: "← ↑ → ↓", text: "From card to card" },
  { keys: "Space or O", text: "Open the card" },
  { keys: "M", text: "Move to…" },
  { keys: "X", text: "Select the card, or let it go" },
  { keys: "Shift ↑ ↓", text: "Select the next card too" },
  { keys: "Ctrl A", text: "Select the whole column" },
  { keys: "Enter", text: "Pick the card up, and drop it" },
  { keys: "← ↑ → ↓", text: "While picked up: move it" },
  { keys: "Ctrl ← ↑ → ↓", text: "While picked up: to the end" },
  { keys: "Esc", text: "Put it back; let all selected cards go" },
];

/** Runs for a plain key pressed outside of any field. */
export function useKey(key: string, run: (event: KeyboardEvent) => void, isOn = true): void {
  const handle = useEffectEvent((event: KeyboardEvent) => {
    if (!isOn || event.key !== key || !isPlain(event) || !singleKeys.get()) return;
    event.preventDefault();
    run(event);
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => handle(event);
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
}

/** `G` and then a letter, within a second. */
export function useGoKeys(targets: Readonly<Record<string, () => void>>): void {
  const handle = useEffectEvent((event: KeyboardEvent, armed: boolean) => {
    if (!armed || !isPlain(event) || !singleKeys.get()) return;
    targets[event.key]?.();
  });
  useEffect(() => {
    let armedUntil = 0;
    const listen = (event: KeyboardEvent) => {
      handle(event, event.timeStamp < armedUntil);
      armedUntil = event.key === "g" && isPlain(event) ? event.timeStamp + 1_000 : 0;
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
}

function isPlain(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false;
  const { target } = event;
  if (!(target instanceof HTMLElement)) return true;
  // Also while a window is still on its way: what is typed then is meant for it.
  if (!["notices", undefined].includes(overlay.get())) return false;
  if (document.querySelector("dialog[open]") !== null) return false;
  return !target.isContentEditable && target.closest("input, textarea, select") === null;
}
