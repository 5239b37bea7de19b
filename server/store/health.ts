/** How the store is, and its faults, in words that say what to do next. */
import { errorCode, type Disk } from "./disk.ts";
import type { Invalid } from "./document.ts";
import type { FatalFault } from "./fatal-fault.ts";
import { StoreFault, type HealthCheck } from "./port.ts";

const LEAST_FREE_BYTES = 16 << 20;

export const LOCK_LOST =
  "this process no longer owns the folder (its lock file was removed or replaced); restart the server";

/** Where something is wrong, it says what; else it is undefined. */
export interface Condition {
  readonly readOnly: string | undefined;
  readonly lockLost: string | undefined;
  readonly broken: string | undefined;
  readonly invalid: Invalid | undefined;
  readonly isWatched: boolean;
  /** Undefined: the folder is not there any more. */
  readonly freeBytes: number | undefined;
}

export function healthOf(condition: Condition): Record<string, HealthCheck> {
  const { readOnly, lockLost, broken, invalid, isWatched, freeBytes: free } = condition;
  return {
    writable: check(readOnly, "the folder takes writes"),
    lock: check(lockLost, "this process owns the folder"),
    log: check(broken, "the log can be read and appended to"),
    state: check(invalid && placeOf(invalid), "log and state files agree"),
    watcher: check(
      isWatched ? undefined : "the watcher failed; edits are seen late",
      "edits are noticed",
    ),
    space:
      free === undefined
        ? { ok: false, detail: "the collaboration folder is not there" }
        : { ok: free >= LEAST_FREE_BYTES, detail: `${Math.floor(free / (1 << 20))} MiB free` },
  };
}

function check(wrong: string | undefined, right: string): HealthCheck {
  return { ok: wrong === undefined, detail: wrong ?? right };
}

export function freeBytes(disk: Disk, folder: string): number | undefined {
  try {
    return disk.freeBytes(folder);
  } catch {
    return undefined;
  }
}

export function stateInvalid(invalid: Invalid): StoreFault {
  const { file, line, column } = invalid;
  return new StoreFault(
    "state-invalid",
    `${placeOf(invalid)}. Mend the file; it is read again by itself. Until then the last good state is served.`,
    { file, line, column },
  );
}

function placeOf({ file, line, column, detail }: Invalid): string {
  return `${file}, line ${line}, column ${column}: ${detail}`;
}

/** What a system error means to whoever wants to open the folder; any other error as it is. */
export function cannotOpen(folder: string, error: unknown): unknown {
  const code = errorCode(error);
  if (code === undefined || error instanceof StoreFault) return error;
  const reason = error instanceof Error ? error.message : code;
  if (code === "ELOOP") {
    return new StoreFault(
      "store-unavailable",
      `The collaboration folder ${folder} cannot be opened (${reason}). A link in it could lead anywhere, so none is followed: put the folder or file itself there.`,
    );
  }
  return new StoreFault(
    code === "ENOSPC" ? "storage-full" : "store-unavailable",
    `The collaboration folder ${folder} cannot be opened (${reason}). Mend its permissions or its disk, then start again.`,
  );
}

/** What the callers of a batch are told that the store could not end as it should. */
export function outcomeFault(fault: FatalFault): StoreFault {
  const outcome =
    fault.applied === "no"
      ? "The change was not made."
      : "Whether the change was made is unknown: read the record again.";
  return new StoreFault(
    "store-unavailable",
    `The store is read-only since ${fault.message}. ${outcome} Check the disk, then restart the server.`,
    { outcome: fault.applied },
  );
}
