/**
 * The state folder: which file is as we left it, what the others hold, and how ours get there.
 *
 *   1. A write by anyone changes the stamp of a file of ours. Of a file that somebody else wrote just
 *      now it may not: the kernel's clock stands still for some milliseconds.
 *   2. What was read counts as seen only when what followed from it is durable; else it is found again.
 */
import { join } from "node:path";
import { KINDS, type Kind, type RecordOf } from "#contracts/state";
import type { Instant } from "../kernel/instant.ts";
import { sleep } from "../kernel/timers.ts";
import { Captures } from "./captures.ts";
import { StoredCollection } from "./collection.ts";
import { parseDocument, type Document, type Invalid } from "./document.ts";
import { errorCode, sameStamp, type Disk, type Stamp } from "./disk.ts";
import type { KindDefinition, KindDefinitions } from "./kind.ts";
import { FatalFault } from "./fatal-fault.ts";
import { NewNames } from "./new-names.ts";
import { stage, TEMPORARY, type Staged } from "./replace-file.ts";

export type Found<K extends Kind> = Document<RecordOf[K]> | "missing";

/** What a checkpoint vouches for: a file of this digest holds these records. */
export interface Trusted {
  readonly trusted: string | undefined;
  readonly contentOf: (id: string) => string | undefined;
}

export type StateBase = StoredCollection<RecordOf[Kind]>;

/** A file as it was when we last wrote or read it. */
interface Seen {
  readonly stamp: Stamp | undefined;
  /** Whether a write since would show in the stamp. */
  readonly isSure: boolean;
  readonly invalid?: Invalid;
}

/** An editor's save in place is a moment of half a file; git's checkout one of no file. */
const PATIENCE_MS = [5, 5, 10, 10, 10, 20, 20, 30, 40];

/** Beyond any clock of a file system, and what the server's clock may differ from it. */
const STAMP_SETTLES_MS = 2_500;

export class StateFiles {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #kinds: KindDefinitions;
  #seen = new Map<Kind, Seen>();
  /** The records as they stand in the file: what an edit of it is compared with. */
  #base = new Map<Kind, StateBase>();
  #afterwards: (() => void)[] = [];
  #isTakingIn = false;
  /** How often a file was read or replaced. */
  #turns = 0;
  readonly captures: Captures<StateBase>;
  readonly names: NewNames;

  constructor(disk: Disk, folder: string, privateFolder: string, kinds: KindDefinitions) {
    this.#disk = disk;
    this.#folder = folder;
    this.#kinds = kinds;
    this.names = new NewNames(disk, folder);
    this.captures = new Captures(disk, privateFolder, kinds);
  }

  path(kind: Kind): string {
    return join(this.#folder, this.#kinds[kind].file);
  }

  /** Why records of this kind cannot be written now. */
  invalid(kind: Kind): Invalid | undefined {
    return this.#seen.get(kind)?.invalid;
  }

  /** Kinds whose file is not as we left or last read it. */
  changed(now: Instant): Kind[] {
    return KINDS.filter((kind) => {
      const { stamp, invalid } = this.#seen.get(kind) ?? {};
      if (!sameStamp(this.#disk.stamp(this.path(kind)), stamp)) return true;
      // What can be read is written anew and has a stamp of ours; the rest may have changed in the tick.
      return invalid !== undefined && isFresh(stamp, now);
    });
  }

  /**
   * Reads what others wrote, by `work`, which makes durable what follows from it. When it fails,
   * nothing counts as seen.
   */
  async takeIn(work: () => Promise<void>): Promise<void> {
    const [seen, base] = [new Map(this.#seen), new Map(this.#base)];
    this.#isTakingIn = true;
    try {
      await work();
      for (const settle of this.#afterwards) settle();
    } catch (error) {
      this.#seen = seen;
      this.#base = base;
      throw error;
    } finally {
      this.#isTakingIn = false;
      this.#afterwards = [];
    }
  }

  /** To be done once what is being taken in is durable. */
  afterwards(settle: () => void): void {
    this.#afterwards.push(settle);
  }

  /** Reads a file; beside a running server with some patience, since somebody may be writing it. */
  async load<K extends Kind>(
    kind: K,
    now: Instant,
    known: StoredCollection<RecordOf[K]> | undefined,
    trusted?: Trusted,
  ): Promise<Found<K>> {
    const before = this.#seen.get(kind)?.stamp;
    let found = await this.#loadOnce(kind, now, known, trusted);
    for (const ms of known === undefined ? [] : PATIENCE_MS) {
      if (found.document !== "missing" && found.document.ok) break;
      if (found.stamp !== undefined && sameStamp(found.stamp, before)) break;
      await sleep(ms);
      found = await this.#loadOnce(kind, now, known, trusted);
    }
    const { document, stamp } = found;
    this.#turns += 1;
    this.#seen.set(kind, {
      stamp,
      isSure: !isFresh(stamp, now),
      ...(document !== "missing" && !document.ok && { invalid: document }),
    });
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
    return Number(this.#seen.get(kind)?.stamp?.size ?? 0n);
  }

  base<K extends Kind>(kind: K): StoredCollection<RecordOf[K]> {
    return (this.#base.get(kind) ?? StoredCollection.of([], 0)) as StoredCollection<RecordOf[K]>;
  }

  /** What was read from the file is known by these records now. */
  settle(kind: Kind, base: StateBase): void {
    this.#base.set(kind, base);
  }

  /**
   * Replaces a file beside the batches. Answers false, with nothing done, when a batch replaced one
   * meanwhile, or when somebody edited it: that has to be taken in first.
   */
  async writeBeside(kind: Kind, collection: StateBase, now: Instant): Promise<boolean> {
    const turn = this.#turns;
    const staged = await this.stage(kind, collection);
    try {
      await staged.sync();
    } catch (error) {
      staged.discard();
      throw new FatalFault("the disk did not confirm a state file", { applied: "no" }, error);
    }
    try {
      const isOvertaken = this.#isTakingIn || turn !== this.#turns;
      if (isOvertaken || this.changed(now).includes(kind)) return false;
      this.replace(kind, staged, collection, now);
    } finally {
      staged.discard();
    }
    await this.names.sync().catch((error: unknown) => {
      const outcome = { applied: "unknown", isLogged: true } as const;
      throw new FatalFault("the disk did not confirm a state file's name", outcome, error);
    });
    return true;
  }

  stage(kind: Kind, collection: StateBase): Promise<Staged> {
    return stage(this.#disk, this.path(kind), collection.toFile(kind));
  }

  /**
   * Waits a moment for a file that was there and is gone: somebody who saves by way of removing it is
   * about to write it anew, and would lose what they write to a rename of ours in between.
   */
  async waitWhileMissing(kind: Kind): Promise<void> {
    if (this.#seen.get(kind)?.stamp === undefined) return;
    for (const ms of PATIENCE_MS) {
      if (this.#disk.stamp(this.path(kind)) !== undefined) return;
      await sleep(ms);
    }
  }

  /** Puts the staged file in place; what it buries is kept until it was looked at. */
  replace(kind: Kind, staged: Staged, content: StateBase, nowMs: number): void {
    const { stamp: expected, isSure = true } = this.#seen.get(kind) ?? {};
    const capture = { kind, base: this.base(kind), since: nowMs, expected, isSure };
    // Taken before the rename: what somebody writes into the new file right after it must show.
    const stamp = staged.stamp();
    this.captures.around(staged.target, capture, staged);
    this.#turns += 1;
    this.names.given();
    this.#seen.set(kind, { stamp, isSure: true });
    this.#base.set(kind, content);
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
    trusted: Trusted | undefined,
  ): Promise<{ document: Found<K>; stamp: Stamp | undefined }> {
    // The stamp comes first: a write after it makes the next look differ again.
    const stamp = this.#disk.stamp(this.path(kind));
    let bytes: Buffer;
    try {
      bytes = await this.#disk.read(this.path(kind));
    } catch (error) {
      const code = errorCode(error);
      if (code === "ENOENT") return { document: "missing", stamp: undefined };
      if (code === undefined) throw error;
      const { file } = this.#kinds[kind];
      const detail =
        code === "ELOOP"
          ? "this is a link, and links are not followed: put the file itself there"
          : `the file cannot be read (${code})`;
      return { document: { ok: false, file, line: 1, column: 1, detail }, stamp };
    }
    const given = { now, ...trusted, ...(known !== undefined && { known }) };
    const document = parseDocument(this.#definition(kind), bytes, given);
    return { document, stamp };
  }

  #definition<K extends Kind>(kind: K): KindDefinition<K> {
    return this.#kinds[kind];
  }
}

/** Whether the file was written so shortly ago that another write might not have changed its stamp. */
function isFresh(stamp: Stamp | undefined, now: Instant): boolean {
  return (
    stamp !== undefined && Math.abs(Number(stamp.mtimeNs / 1_000_000n) - now) < STAMP_SETTLES_MS
  );
}
