/**
 * The server's time in the page, and one tick a second for everything that counts down: a hundred
 * rings move in step and cost one timer.
 */
import { createStore, useStore } from "../ui/store.ts";

let offsetMs = 0;
const second = createStore(0);
let timer: ReturnType<typeof setInterval> | undefined;
let watchers = 0;

/** Milliseconds since the epoch, by the server's clock as far as it is known. */
export function serverNow(): number {
  return Date.now() + offsetMs;
}

/** `serverTime` is what the server said its time was at the moment it is given here. */
export function correctClock(serverTime: number): void {
  if (Number.isFinite(serverTime)) offsetMs = serverTime - Date.now();
}

const ticker = {
  get: () => second.get(),
  subscribe(listener: () => void): () => void {
    watchers += 1;
    timer ??= setInterval(() => second.set(tick()), 1_000);
    const leave = second.subscribe(listener);
    return () => {
      leave();
      watchers -= 1;
      if (watchers > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  },
};

function tick(): number {
  return Math.floor(serverNow() / 1_000) * 1_000;
}

/** The server's time, to the second; re-renders once a second. */
export function useNow(): number {
  const ticked = useStore(ticker);
  return ticked === 0 ? tick() : ticked;
}
