/**
 * Replaces a file so that a reader, and whoever looks after a crash, finds the old content or the new.
 *
 *   1. The new bytes go to a temporary file in the same folder, created exclusively under a random
 *      name, and are all written and synced before the rename.
 *   2. The folder is synced after the rename: only then is the new name durable.
 *   3. The modification time is set by us to a fraction that a later write by another program does
 *      not hit, so even a same-sized edit within one tick of the kernel's clock changes the stamp.
 *
 * The three steps are separate, so that the journal can be written and synced beside them.
 */
import { basename, dirname, join } from "node:path";
import { newToken } from "../kernel/ids.ts";
import type { Disk, DiskFile, Stamp } from "./disk.ts";

export interface Staged {
  readonly target: string;
  sync(): Promise<void>;
  /** What the target's stamp will be. */
  stamp(): Stamp;
  rename(): void;
  /** Puts it in place without replacing anything; false where something stands, or there are no links. */
  linkWhereNone(): boolean;
  /** Closes the file and removes what was not put in place; never throws. */
  discard(): void;
}

/** Ours, and nobody else's: what stands in the folder after a crash can be told apart. */
export const TEMPORARY = /^\.[a-z]+\.json\.[0-9a-f]{24}\.kyros-tmp$/;

/** @throws what the disk says, with the temporary file removed. */
export async function stage(
  disk: Disk,
  target: string,
  pieces: readonly Buffer[],
): Promise<Staged> {
  const temporary = join(dirname(target), `.${basename(target)}.${newToken()}.kyros-tmp`);
  const file = disk.open(temporary, "new", target);
  const staged = new StagedFile(disk, file, target, temporary);
  try {
    await file.write(pieces);
    file.setModified(signed(Number(file.stamp().mtimeNs / 1_000_000n)));
  } catch (error) {
    staged.discard();
    throw error;
  }
  return staged;
}

class StagedFile implements Staged {
  readonly target: string;
  readonly #temporary: string;
  readonly #disk: Disk;
  readonly #file: DiskFile;
  #isInPlace = false;

  constructor(disk: Disk, file: DiskFile, target: string, temporary: string) {
    this.#disk = disk;
    this.#file = file;
    this.target = target;
    this.#temporary = temporary;
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  stamp(): Stamp {
    return this.#file.stamp();
  }

  rename(): void {
    this.#disk.rename(this.#temporary, this.target);
    this.#isInPlace = true;
  }

  linkWhereNone(): boolean {
    try {
      this.#disk.link(this.#temporary, this.target);
      return true;
    } catch {
      return false;
    }
  }

  discard(): void {
    try {
      this.#file.close();
      if (!this.#isInPlace) this.#disk.unlink(this.#temporary);
    } catch {
      // It is swept up when the store is opened the next time.
    }
  }
}

/** Seconds with a random fraction of the last 4 ms tick: microseconds that a kernel tick never has. */
function signed(epochMs: number): number {
  const microseconds = Number.parseInt(newToken().slice(0, 8), 16) % 1_000;
  return (epochMs * 1_000 + microseconds) / 1_000_000;
}
