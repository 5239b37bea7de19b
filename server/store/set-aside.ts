/** Edits that could not be taken in, kept for their authors under `.kyros/set-aside/`. */
import { join } from "node:path";
import type { Kind } from "#contracts/state";
import { toTimestamp } from "../kernel/instant.ts";
import { errorCode, type Disk } from "./disk.ts";

const FOLDER = "set-aside";

export class SetAside {
  readonly #disk: Disk;
  readonly #folder: string;

  constructor(disk: Disk, privateFolder: string) {
    this.#disk = disk;
    this.#folder = join(privateFolder, FOLDER);
  }

  /**
   * Gives a file a second name, which says when it was saved; answers its path within the
   * collaboration folder. The same save always gets the same name: keeping it again is no copy.
   */
  async keep(path: string, kind: Kind): Promise<string> {
    const { mtimeNs = 0n, inode = 0n } = this.#disk.stamp(path) ?? {};
    const saved = toTimestamp(Number(mtimeNs / 1_000_000n)).replaceAll(/[-:]/g, "");
    const name = `${kind}-${saved}-${inode}.json`;
    await this.#keepAs(path, join(this.#folder, name));
    return `.kyros/${FOLDER}/${name}`;
  }

  async #keepAs(path: string, name: string): Promise<void> {
    this.#disk.makeFolder(this.#folder);
    try {
      this.#disk.link(path, name);
    } catch (error) {
      if (errorCode(error) === "EEXIST") return;
      // A file system without hard links.
      this.#disk.writeText(name, await this.#disk.read(path));
    }
    // The event that names the file is durable: so is the file.
    const file = this.#disk.open(name, "read");
    try {
      await file.sync();
    } finally {
      file.close();
    }
    await this.#disk.syncFolder(this.#folder);
  }
}
