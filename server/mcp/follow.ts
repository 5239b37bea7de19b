/** Tells which resources changed, as long as somebody wants to know. */
import { backoffMs } from "../kernel/backoff.ts";
import { sleep } from "../kernel/timers.ts";
import type { Door } from "./door.ts";
import { BOARD_URI, taskUri } from "./uris.ts";

export interface Changes {
  readonly uris: readonly string[];
  /** Tasks came or went. */
  readonly list: boolean;
}

const WAIT_MS = 25_000;
/** Where waiting would keep others from the board. */
const LOOK_EVERY_MS = 1_000;
const AGAIN = { firstMs: 200, mostMs: 5_000 };

/** Runs until the signal. What changes while no answer comes is told afterwards: the place is kept. */
export async function follow(
  door: Door,
  tell: (changes: Changes) => void,
  signal: AbortSignal,
): Promise<void> {
  let since: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    try {
      let waited = false;
      const { body } = await door.visit(undefined, (client) => {
        waited = door.canWait();
        const query = { mode: "poll", since, wait_ms: waited ? WAIT_MS : 0 };
        return client.call("tailEvents", { query, signal });
      });
      failures = 0;
      since = body?.next_cursor;
      const changes = toChanges(body?.items ?? [], body?.reset !== undefined);
      if (changes.uris.length > 0) tell(changes);
      if (!waited) await sleep(LOOK_EVERY_MS, signal);
    } catch {
      // A server that restarts, or a folder that somebody else has open for a moment.
      await sleep(backoffMs(failures, AGAIN), signal);
      failures += 1;
    }
  }
}

const COMES_OR_GOES = new Set(["task_created", "task_deleted", "state_edited"]);

function toChanges(
  events: readonly { readonly event: string; readonly target: string }[],
  isReset: boolean,
): Changes {
  const tasks = events.flatMap(({ target }) =>
    target.startsWith("task:") ? [taskUri(target.slice("task:".length))] : [],
  );
  const list = isReset || events.some(({ event }) => COMES_OR_GOES.has(event));
  const uris = tasks.length > 0 || list ? [BOARD_URI, ...new Set(tasks)] : [];
  return { uris, list };
}
