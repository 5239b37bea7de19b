/** Every timer of the server goes through here, so that a stray one is a grep away. */

export type Cancel = () => void;

/** Node fires a longer delay at once; nothing here waits for so long anyway. */
const LONGEST_MS = 2_147_483_647;

/** Runs once, later. Does not keep the process alive. */
export function after(ms: number, run: () => void): Cancel {
  const timer = setTimeout(run, Math.min(Math.max(0, ms), LONGEST_MS));
  timer.unref();
  return () => clearTimeout(timer);
}

/** Runs again and again. Does not keep the process alive. */
export function every(ms: number, run: () => void): Cancel {
  const timer = setInterval(run, ms);
  timer.unref();
  return () => clearInterval(timer);
}

/** Waits. Unlike the others it does keep the process alive: somebody awaits it. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const timer = setTimeout(done, Math.min(ms, LONGEST_MS));
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
    signal?.addEventListener("abort", done);
  });
}
