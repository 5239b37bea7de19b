/** The state folder: which file is as we left it, what the others hold, and how ours get there. */
import { join } from "node:path";
import { KINDS, type Kind, type RecordOf } from "#contracts/state";
import type { Instant } from "../kernel/instant.ts";
import { sleep } from "../kernel/timers.ts";
import { Captures, foreignFiles, sameStamp, type Capture } from "./captures.ts";
import { StoredCollection } from "./collection.ts";
import { parseDocument, type Document, type Invalid } from "./document.ts";
import { errorCode, type Disk, type Stamp } from "./disk.ts";
import type { KindDefinition, KindDefinitions } from "./kind.ts";
import { FatalFault } from "./fatal-fault.ts";
import { stage, TEMPORARY, type Staged } from "./replace-file.ts";

export type Found<K extends Kind> = Document<RecordOf[K]> | "missing";
export type StateBase = StoredCollection<RecordOf[Kind]>;

/** An editor's save in place is a moment of half a file; git's checkout one of no file. */
const PATIENCE_MS = [20, 40, 80];

export class StateFiles {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #kinds: KindDefinitions;
  readonly #expected = new Map<Kind, Stamp | undefined>();
  /** The records as they stand in the file: what an edit of it is compared with. */
  readonly #base = new Map<Kind, StateBase>();
  #loads = 0;
  readonly #invalid = new Map<Kind, Invalid>();
  readonly captures: Captures<StateBase>;

  constructor(disk: Disk, folder: string, privateFolder: string, kinds: KindDefinitions) {
    this.#disk = disk;
    this.#folder = folder;
    this.#kinds = kinds;
    this.captures = new Captures(disk, privateFolder);
  }

  path(kind: Kind): string {
    return join(this.#folder, this.#kinds[kind].file);
  }

  /** Why records of this kind cannot be written now. */
  invalid(kind: Kind): Invalid | undefined {
    return this.#invalid.get(kind);
  }

  /** Kinds whose file is not as we left or last read it. */
  changed(): Kind[] {
    return KINDS.filter(
      (kind) => !sameStamp(this.#disk.stamp(this.path(kind)), this.#expected.get(kind)),
    );
  }

  /** Reads a file; beside a running server with some patience, since somebody may be writing it. */
  async load<K extends Kind>(
    kind: K,
    now: Instant,
    known: StoredCollection<RecordOf[K]> | undefined,
    trusted?: string,
  ): Promise<Found<K>> {
    let found = await this.#loadOnce(kind, now, known, trusted);
    for (const ms of known === undefined ? [] : PATIENCE_MS) {
      if (found.document !== "missing" && found.document.ok) break;
      await sleep(ms);
      found = await this.#loadOnce(kind, now, known, trusted);
    }
    const { document, stamp } = found;
    this.#loads += 1;
    this.#expected.set(kind, stamp);
    if (document === "missing" || document.ok) this.#invalid.delete(kind);
    else this.#invalid.set(kind, document);
    return document;
  }

  parse<K extends Kind>(
    kind: K,
    bytes: Buffer,
    now: Instant,
    known: StoredCollection<RecordOf[K]>,
  ): Document<RecordOf[K]> {
    return parseDocument(this.#definition(kind), bytes, { now, known });
  }

  /** How large the file is, as far as we know. */
  sizeBytes(kind: Kind): number {
    return Number(this.#expected.get(kind)?.size ?? 0n);
  }

  base<K extends Kind>(kind: K): StoredCollection<RecordOf[K]> {
    return (this.#base.get(kind) ?? StoredCollection.of([], 0)) as StoredCollection<RecordOf[K]>;
  }

  /** What was read from the file is known by these records now. */
  settle(kind: Kind, base: StateBase): void {
    this.#base.set(kind, base);
  }

  /**
   * Replaces a file beside the batches. Answers false, with nothing done, when somebody edited it in
   * the meantime: that is to be taken in first.
   */
  async writeBeside(kind: Kind, collection: StateBase, nowMs: number): Promise<boolean> {
    const loads = this.#loads;
    const staged = await this.stage(kind, collection);
    try {
      await staged.sync();
    } catch (error) {
      staged.discard();
      throw new FatalFault("the disk did not confirm a state file", "no", error);
    }
    if (loads !== this.#loads || this.changed().includes(kind)) {
      staged.discard();
      return false;
    }
    this.replace(kind, staged, collection, nowMs);
    staged.close();
    await this.sync().catch((error: unknown) => {
      throw new FatalFault("the disk did not confirm a state file's name", "no", error);
    });
    return true;
  }

  stage(kind: Kind, collection: StateBase): Promise<Staged> {
    return stage(this.#disk, this.path(kind), collection.toFile(kind));
  }

  /** Puts the staged file in place; what it buries is kept until it was looked at. */
  replace(kind: Kind, staged: Staged, content: StateBase, nowMs: number): void {
    const own = KINDS.map((each) => this.#kinds[each].file);
    const capture = this.captures.before(
      kind,
      staged.target,
      foreignFiles(this.#disk, this.#folder, own),
      this.#expected.get(kind),
      this.base(kind),
      nowMs,
    );
    staged.rename();
    this.#expected.set(kind, staged.stamp());
    this.#base.set(kind, content);
    capture.confirm();
  }

  sync(): Promise<void> {
    return this.#disk.syncFolder(this.#folder);
  }

  /** Moves a buried edit to where a person finds it; answers the path. */
  setAside(
    capture: Pick<Capture<unknown>, "path" | "kind">,
    folder: string,
    nowMs: number,
  ): string {
    const asideFolder = join(folder, "set-aside");
    this.#disk.makeFolder(asideFolder);
    const path = join(asideFolder, `${nowMs}-${capture.kind}.json`);
    this.#disk.rename(capture.path, path);
    return path;
  }

  /** The same for a file that keeps its place until it is written again. */
  copyAside(kind: Kind, folder: string, nowMs: number): string {
    const asideFolder = join(folder, "set-aside");
    this.#disk.makeFolder(asideFolder);
    const path = join(asideFolder, `${nowMs}-${kind}.json`);
    this.#disk.link(this.path(kind), path);
    return path;
  }

  /** Removes what we were writing when the process ended. */
  sweep(): void {
    for (const name of this.#disk.list(this.#folder)) {
      if (TEMPORARY.test(name)) this.#disk.unlink(join(this.#folder, name));
    }
  }

  async #loadOnce<K extends Kind>(
    kind: K,
    now: Instant,
    known: StoredCollection<RecordOf[K]> | undefined,
    trusted: string | undefined,
  ): Promise<{ document: Found<K>; stamp: Stamp | undefined }> {
    // The stamp comes first: a write after it makes the next look differ again.
    const stamp = this.#disk.stamp(this.path(kind));
    let bytes: Buffer;
    try {
      bytes = await this.#disk.read(this.path(kind));
    } catch (error) {
      if (errorCode(error) === "ENOENT") return { document: "missing", stamp: undefined };
      throw error;
    }
    const given = { now, trusted, ...(known !== undefined && { known }) };
    const document = parseDocument(this.#definition(kind), bytes, given);
    return { document, stamp };
  }

  #definition<K extends Kind>(kind: K): KindDefinition<K> {
    return this.#kinds[kind];
  }
}
