/**
 * The store on a folder of plain files. How a batch gets to disk is in `persist.ts`, what others did
 * to the folder in `take-in.ts`, how the folder is opened in `open-file-store.ts`.
 *
 *   1. Nobody sees a change before it is durable, and nobody is answered before it is visible (S1).
 *   2. What others wrote is taken in before each batch, so a decision never rests on less than what
 *      stood in the files when its batch began (S9).
 *   3. After a failed sync, or without the lock, nothing is written any more (S3, S13).
 */
import { KINDS, type Kind } from "#contracts/state";
import type { Clock } from "../kernel/clock.ts";
import { after, every, type Cancel } from "../kernel/timers.ts";
import { checkpointOf, writeCheckpoint } from "./checkpoint.ts";
import { nextMoment, shiftedTouches } from "./clock-shift.ts";
import type { Disk } from "./disk.ts";
import { Draft, type AdoptedEvent } from "./draft.ts";
import type { Memory } from "./idempotency.ts";
import type { InstanceLock } from "./instance-lock.ts";
import { BrokenLog } from "./journal.ts";
import type { Ledger } from "./ledger.ts";
import { FatalFault } from "./fatal-fault.ts";
import { Follower } from "./follower.ts";
import { persist } from "./persist.ts";
import { StoreFault, type HealthCheck, type LogEntry, type Store } from "./port.ts";
import { CommitQueue } from "./queue.ts";
import type { Snapshot } from "./snapshot.ts";
import { BY_FILE, readOn, reassert, takeInFiles, takeInLog, type Folder } from "./take-in.ts";
import type { Watcher } from "./watch.ts";

export interface Opened {
  readonly disk: Disk;
  readonly folder: Folder;
  readonly lock: InstanceLock;
  readonly clock: Clock;
  readonly memory: Memory;
  readonly lastVersions: Map<string, number>;
  readonly snapshot: Snapshot;
}

export interface FileStore extends Store {
  /** Tells a second server where this one listens. */
  announce(url: string): void;
  /** Called with the number of commits in each batch. */
  onBatch(listener: (size: number) => void): void;
  /** Looks at the files now; resolves when what was found is taken in. */
  look(): Promise<void>;
}

/** Presence goes to disk this long after it changed. */
const PRESENCE_MS = 1_000;
const CHECKPOINT_EVERY = 50_000;
const LEAST_FREE_BYTES = 16 << 20;

export class FolderStore implements FileStore {
  readonly #opened: Opened;
  readonly #queue: CommitQueue;
  readonly #presence = new Set<Kind>();
  #memory: Memory;
  #snapshot: Snapshot;
  #readOnly: string | undefined;
  #broken: string | undefined;
  #lastBatchMs: number;
  #checkpointAt: number;
  #flush: Cancel | undefined;
  #closing: Promise<void> | undefined;
  #watcher: Watcher | undefined;
  #sweep: Cancel;
  readonly #follower: Follower;

  constructor(opened: Opened) {
    this.#opened = opened;
    this.#memory = opened.memory;
    this.#snapshot = opened.snapshot;
    this.#lastBatchMs = opened.folder.journal.latest;
    this.#checkpointAt = opened.snapshot.position;
    this.#follower = new Follower({
      files: opened.folder.files,
      present: () => this.#snapshot,
      nowMs: () => opened.clock.now(),
      onFatal: (fault) => this.#turnReadOnly(fault),
    });
    this.#queue = new CommitQueue({
      begin: () => this.#begin(),
      write: (draft) => this.#write(draft),
    });
    // What our replacing may have buried is looked at even when nothing else happens.
    this.#sweep = every(PRESENCE_MS / 4, () => {
      if (!opened.folder.files.captures.isEmpty) void this.look();
    });
  }

  get events() {
    return this.#opened.folder.log;
  }

  read(): Snapshot {
    return this.#snapshot;
  }

  now() {
    return this.#opened.clock.now();
  }

  commit: Store["commit"] = (decide, by) => this.#queue.commit(decide, by);

  announce(url: string): void {
    this.#opened.lock.announce(url);
  }

  onBatch(listener: (size: number) => void): void {
    this.#queue.onBatch = listener;
  }

  watch(watcher: Watcher): void {
    this.#watcher = watcher;
  }

  /** Somebody may have touched the folder. Most hints are echoes of our own writes: a glance tells. */
  hint(): void {
    const { files, journal } = this.#opened.folder;
    if (files.changed().length > 0 || journal.look() !== "same") void this.look();
  }

  /** Taking in is part of beginning a batch, so an empty batch does it; its faults are told by health. */
  look(): Promise<void> {
    return this.#queue.exclusively(() => {}).catch(() => {});
  }

  health(): Promise<Record<string, HealthCheck>> {
    const { folder, lock, disk } = this.#opened;
    const invalid = KINDS.map((kind) => folder.files.invalid(kind)).find((found) => found);
    const free = disk.freeBytes(folder.privateFolder);
    return Promise.resolve({
      writable: check(this.#readOnly === undefined, this.#readOnly ?? "the folder takes writes"),
      lock: check(lock.isHeld(), lock.isHeld() ? "this process owns the folder" : LOCK_LOST),
      log: check(this.#broken === undefined, this.#broken ?? "the log can be read and appended to"),
      state: check(
        invalid === undefined,
        invalid === undefined
          ? "log and state files agree"
          : `${invalid.file}, line ${invalid.line}, column ${invalid.column}: ${invalid.detail}`,
      ),
      watcher: check(this.#watcher?.isAlive() ?? true, "edits are noticed"),
      space: check(free >= LEAST_FREE_BYTES, `${Math.floor(free / (1 << 20))} MiB free`),
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { folder, lock } = this.#opened;
    const written = this.#writePresence();
    await this.#queue.close();
    await written;
    this.#flush?.();
    this.#sweep();
    await this.#watcher?.close();
    try {
      if (this.#readOnly === undefined && this.#broken === undefined && lock.isHeld()) {
        await this.#checkpoint();
      }
    } finally {
      this.#follower.stop();
      folder.journal.close();
      lock.release();
    }
  }

  async #begin(): Promise<Draft> {
    this.#assertWritable();
    await this.#follower.keepUp();
    if (this.#snapshot.position - this.#checkpointAt >= CHECKPOINT_EVERY) await this.#checkpoint();
    const { clock, folder } = this.#opened;
    await this.#takeInLog();
    const taken = await takeInFiles(folder, this.#snapshot, clock.now());
    await this.adopt(taken.events, taken.rewrite);
    const shift = clock.reanchor();
    const draft = this.#draft();
    if (shift !== 0) draft.touch(shiftedTouches(this.#snapshot, folder.kinds, shift));
    return draft;
  }

  #draft(): Draft {
    const { clock, folder, lastVersions } = this.#opened;
    const now = nextMoment(clock.now(), this.#lastBatchMs);
    this.#lastBatchMs = now;
    return new Draft({
      snapshot: this.#snapshot,
      definitions: folder.kinds,
      memory: this.#memory,
      lastVersions,
      now,
      assertWritable: (kind) => this.#assertKindWritable(kind),
    });
  }

  /** Writes what was found in the folder as a batch of its own. Only between batches. */
  async adopt(events: readonly AdoptedEvent[], rewrite: readonly Kind[] = []): Promise<void> {
    if (events.length === 0 && rewrite.length === 0) return;
    const draft = this.#draft();
    draft.adopt(events, BY_FILE);
    for (const kind of rewrite) draft.rewrite(kind);
    await this.#write(draft);
  }

  async #takeInLog(): Promise<void> {
    const { folder } = this.#opened;
    const taken = await takeInLog(folder).catch((error: unknown) => {
      if (!(error instanceof BrokenLog)) throw error;
      this.#broken = error.message;
      throw new StoreFault("store-unavailable", error.message, { line: error.line });
    });
    this.#broken = undefined;
    if (taken.what === "nothing") return;
    if (taken.what === "grown") {
      this.#publishForeign(taken.entries);
      await this.#reassert((kind, id) => taken.touched.has(`${kind}/${id}`));
      return;
    }
    this.#memory = taken.memory;
    this.#follow(taken.ledger);
    folder.log.reset("the log was rewritten");
    await this.#reassert(
      (kind, id) => taken.ledger.get(kind, id)?.content !== this.#snapshot.get(kind, id)?.content,
    );
  }

  /** The records stay; the log they are told by has another length now. */
  #follow(ledger: Ledger): void {
    const { position, crc } = this.#opened.folder.journal.end;
    const lift = Math.max(this.#snapshot.lift, this.#snapshot.sequence - position);
    this.#snapshot = this.#snapshot.but({ position, crc, lift });
    for (const [name, { version }] of ledger.records) {
      const known = this.#opened.lastVersions.get(name) ?? 0;
      this.#opened.lastVersions.set(name, Math.max(known, version));
    }
  }

  async #reassert(differs: (kind: Kind, id: string) => boolean): Promise<void> {
    await this.adopt(reassert(this.#opened.folder.kinds, this.#snapshot, differs));
  }

  #publishForeign(entries: readonly LogEntry[]): void {
    const { journal, log } = this.#opened.folder;
    this.#snapshot = this.#snapshot.at(journal.end.position, journal.end.crc);
    log.publish(entries);
  }

  async #write(draft: Draft): Promise<void> {
    const { folder, lastVersions } = this.#opened;
    const beside = [...draft.dirty].filter((kind) => this.#follower.follows(kind));
    if (draft.lines.length > 0 || draft.dirty.size > 0) await this.#persist(draft, beside);
    for (const answer of draft.remembered) this.#memory.add(answer);
    for (const [name, version] of draft.lastVersions) lastVersions.set(name, version);
    const { position, crc } = folder.journal.end;
    this.#snapshot = draft.snapshot.at(position, crc);
    for (const kind of draft.dirty) this.#presence.delete(kind);
    for (const kind of beside) this.#follower.want(kind);
    for (const kind of draft.touched) if (!draft.dirty.has(kind)) this.#presence.add(kind);
    if (this.#presence.size > 0) {
      this.#flush ??= after(PRESENCE_MS, () => void this.#writePresence());
    }
    if (draft.lines.length === 0) return;
    if (folder.journal.end.position === draft.snapshot.position) folder.log.publish(draft.lines);
  }

  async #persist(draft: Draft, beside: readonly Kind[]): Promise<void> {
    const { folder, clock } = this.#opened;
    try {
      const now = [...draft.dirty].filter((kind) => !beside.includes(kind));
      await persist(draft, now, { ...folder, nowMs: clock.now() });
    } catch (fault) {
      if (!(fault instanceof FatalFault)) throw fault;
      this.#turnReadOnly(fault);
      // After a rename the new state stands in the files: what is read from now on is what is there.
      if (fault.applied === "unknown") this.#snapshot = draft.snapshot;
      throw new StoreFault("store-unavailable", outcomeText(fault), { outcome: fault.applied });
    }
    if (folder.journal.confirm(draft.lines)) return;
    // Somebody appended to the log at the same moment: the lines stand elsewhere than thought.
    const { entries } = await readOn(folder.journal);
    folder.log.publish(entries);
  }

  #turnReadOnly(fault: FatalFault): void {
    this.#readOnly = `${fault.message}. Check the disk, then restart the server.`;
  }

  async #writePresence(): Promise<void> {
    this.#flush?.();
    this.#flush = undefined;
    await this.#queue
      .exclusively((draft) => {
        for (const kind of [...this.#presence, ...draft.touched]) {
          if (this.#opened.folder.files.invalid(kind) === undefined) draft.rewrite(kind);
        }
      })
      // Presence that could not be written is written with the next change of its file.
      .catch(() => {});
  }

  async #checkpoint(): Promise<void> {
    const { disk, folder, lastVersions } = this.#opened;
    // What a checkpoint covers is never redone: the files must have it.
    await this.#follower.catchUp();
    if (KINDS.some((kind) => this.#follower.isBehind(kind))) return;
    this.#checkpointAt = this.#snapshot.position;
    writeCheckpoint(
      disk,
      folder.privateFolder,
      checkpointOf(this.#snapshot, folder.journal, lastVersions, this.#memory),
    );
  }

  #assertWritable(): void {
    if (this.#readOnly === undefined && !this.#opened.lock.isHeld()) this.#readOnly = LOCK_LOST;
    if (this.#readOnly !== undefined) throw new StoreFault("store-unavailable", this.#readOnly);
  }

  #assertKindWritable(kind: Kind): void {
    const invalid = this.#opened.folder.files.invalid(kind);
    if (invalid === undefined) return;
    const { file, line, column, detail } = invalid;
    throw new StoreFault(
      "state-invalid",
      `${file}, line ${line}, column ${column}: ${detail}. Mend the file; it is read again by itself. Until then the last good state is served.`,
      { file, line, column },
    );
  }
}

const LOCK_LOST =
  "this process no longer owns the folder (its lock file was removed or replaced); restart the server";

function outcomeText(fault: FatalFault): string {
  return fault.applied === "no"
    ? `The store is read-only since ${fault.message}. The change was not made. Check the disk, then restart the server.`
    : `The store is read-only since ${fault.message}. Whether the change was made is unknown: read the record again. Check the disk, then restart the server.`;
}

function check(ok: boolean, detail: string): HealthCheck {
  return { ok, detail };
}
