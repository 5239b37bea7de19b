/** The state folder: which file is as we left it, what the others hold, and how ours get there. */
import { join } from "node:path";
import { KINDS, type Kind, type RecordOf } from "#contracts/state";
import type { Instant } from "../kernel/instant.ts";
import { sleep } from "../kernel/timers.ts";
import { Captures, foreignFiles, sameStamp, type Capture } from "./captures.ts";
import type { StoredCollection } from "./collection.ts";
import { parseDocument, type Document, type Invalid } from "./document.ts";
import { errorCode, type Disk, type Stamp } from "./disk.ts";
import type { KindDefinition, KindDefinitions } from "./kind.ts";
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

  /** Reads a file, with some patience while somebody is in the middle of writing it. */
  async load<K extends Kind>(
    kind: K,
    now: Instant,
    known: StoredCollection<RecordOf[K]> | undefined,
    trusted?: string,
  ): Promise<Found<K>> {
    let found = await this.#loadOnce(kind, now, known, trusted);
    for (const ms of PATIENCE_MS) {
      if (found.document !== "missing" && found.document.ok) break;
      await sleep(ms);
      found = await this.#loadOnce(kind, now, known, trusted);
    }
    const { document, stamp } = found;
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

  stage(kind: Kind, collection: StateBase): Promise<Staged> {
    return stage(this.#disk, this.path(kind), collection.toFile(kind));
  }

  /** Puts the staged file in place; what it buries is kept until it was looked at. */
  replace(kind: Kind, staged: Staged, base: StateBase, nowMs: number): void {
    const own = KINDS.map((each) => this.#kinds[each].file);
    const capture = this.captures.before(
      kind,
      staged.target,
      foreignFiles(this.#disk, this.#folder, own),
      this.#expected.get(kind),
      base,
      nowMs,
    );
    staged.rename();
    this.#expected.set(kind, staged.stamp());
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
