/**
 * One batch on its way to disk.
 *
 *   1. All bytes are written before anything is synced: a full disk shows itself while everything can
 *      still be taken back (S4).
 *   2. Log and files are synced side by side; a sync that fails is never tried again (S3).
 *   3. The renames come after the log is durable: a crash between them is redone from the log (S2).
 *   4. The batch is durable once the log is. The folder, by which the files' new names last, is synced
 *      beside the next batch; only a batch that the log does not tell of waits for it.
 *   5. No name is given before the names of the batch before are durable: so a power cut takes back
 *      those of the last two batches at most, and recovery knows how far to look (`recover.ts`).
 */
import type { Kind } from "#contracts/state";
import { errorCode } from "./disk.ts";
import type { Draft } from "./draft.ts";
import { FatalFault, unconfirmed } from "./fatal-fault.ts";
import type { Journal } from "./journal.ts";
import { StoreFault } from "./port.ts";
import type { Staged } from "./replace-file.ts";
import type { StateFiles } from "./state-files.ts";

type StagedKind = readonly [kind: Kind, staged: Staged];

/**
 * @throws StoreFault: nothing happened, and the store goes on.
 * @throws FatalFault: the store must turn read-only.
 */
export async function persist(
  draft: Draft,
  /** The kinds whose files are replaced in this batch. */
  kinds: readonly Kind[],
  ports: { journal: Journal; files: StateFiles; nowMs: number },
): Promise<void> {
  const { journal, files, nowMs } = ports;
  if (draft.lines.length > 0) await journal.rotate();
  const staged = await writeAll(draft, kinds, journal, files);
  await syncAll(draft, ports, staged);
  try {
    for (const [kind] of staged) await files.waitWhileMissing(kind);
    for (const [kind, file] of staged) {
      files.replace(kind, file, draft.snapshot.collection(kind), nowMs);
    }
    if (draft.mustStandInFiles) await files.names.sync();
  } catch (error) {
    throw new FatalFault(
      `the new state could not be put in place (${text(error)})`,
      { applied: "unknown", isLogged: true },
      error,
    );
  } finally {
    for (const [, file] of staged) file.discard();
  }
}

async function writeAll(
  draft: Draft,
  kinds: readonly Kind[],
  journal: Journal,
  files: StateFiles,
): Promise<StagedKind[]> {
  const appending = draft.lines.length === 0 ? Promise.resolve() : journal.append(draft.lines);
  const staging = kinds.map(async (kind): Promise<StagedKind> => {
    const collection = draft.snapshot.collection(kind);
    return [kind, await files.stage(kind, collection)];
  });
  const [appended, ...results] = await Promise.allSettled([appending, ...staging]);
  const staged = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failed = [appended, ...results].find((result) => result.status === "rejected");
  if (failed === undefined) return staged;
  for (const [, file] of staged) file.discard();
  if (draft.lines.length > 0) {
    takeBack(journal);
    // Else a power cut could still bring back what the caller was told did not happen.
    await journal.sync().catch((error: unknown) => {
      throw unconfirmed(error);
    });
  }
  throw toFault(failed.reason);
}

async function syncAll(
  draft: Draft,
  { journal, files }: { journal: Journal; files: StateFiles },
  staged: readonly StagedKind[],
): Promise<void> {
  const results = await Promise.allSettled([
    draft.lines.length === 0 ? undefined : journal.sync(),
    ...staged.map(([, file]) => file.sync()),
    files.names.sync(),
  ]);
  const failed = results.find((result) => result.status === "rejected");
  if (failed === undefined) return;
  for (const [, file] of staged) file.discard();
  if (draft.lines.length > 0) takeBack(journal);
  throw unconfirmed(failed.reason);
}

function takeBack(journal: Journal): void {
  try {
    journal.takeBack();
  } catch (error) {
    throw new FatalFault(
      `a write could not be taken back (${text(error)})`,
      { applied: "unknown" },
      error,
    );
  }
}

export function toFault(error: unknown): Error {
  if (error instanceof StoreFault || error instanceof FatalFault) return error;
  const code = errorCode(error);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new StoreFault(
      "storage-full",
      "There is no room on the disk. Nothing was changed; free some space and send the request again.",
    );
  }
  if (code === undefined) return error instanceof Error ? error : new Error(text(error));
  return new StoreFault(
    "store-unavailable",
    `The collaboration folder cannot be written (${text(error)}). Nothing was changed; mend its permissions or its disk and send the request again.`,
  );
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
