/**
 * The least that the disk asks for one durable change of these sizes: append to a log and fdatasync,
 * while a temporary file is written and synced; then a rename, then the folder. No HTTP, no JSON, no
 * decisions. Who keeps the same promise can be faster in one way only: by letting the folder wait for
 * the next change, as docs/decisions/0012 has it, where the log tells what a power cut took from it.
 */
import { mkdirSync, renameSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

export class DiskFloor {
  readonly #folder: string;
  readonly #log: FileHandle;
  readonly #directory: FileHandle;
  readonly #line: Buffer;
  readonly #state: Buffer;

  private constructor(
    folder: string,
    handles: { log: FileHandle; directory: FileHandle },
    sizes: { lineBytes: number; stateBytes: number },
  ) {
    this.#folder = folder;
    this.#log = handles.log;
    this.#directory = handles.directory;
    this.#line = Buffer.alloc(sizes.lineBytes, "l");
    this.#state = Buffer.alloc(sizes.stateBytes, "s");
  }

  static async open(
    folder: string,
    sizes: { lineBytes: number; stateBytes: number },
  ): Promise<DiskFloor> {
    mkdirSync(folder, { recursive: true });
    const log = await open(join(folder, "events.jsonl"), "a");
    const directory = await open(folder, "r");
    return new DiskFloor(folder, { log, directory }, sizes);
  }

  async change(): Promise<void> {
    const temporary = join(this.#folder, ".state.tmp");
    await Promise.all([this.#append(), this.#stage(temporary)]);
    renameSync(temporary, join(this.#folder, "state.json"));
    await this.#directory.sync();
  }

  async close(): Promise<void> {
    await this.#log.close();
    await this.#directory.close();
  }

  async #append(): Promise<void> {
    await this.#log.write(this.#line);
    await this.#log.datasync();
  }

  async #stage(temporary: string): Promise<void> {
    const file = await open(temporary, "wx");
    await file.write(this.#state);
    await file.sync();
    await file.close();
  }
}
