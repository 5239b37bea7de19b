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
import { checkpointOf, writeCheckpoint } from "./checkpoint.ts";
import { nextMoment, shiftedTouches } from "./clock-shift.ts";
import type { Disk } from "./disk.ts";
import { Disputes } from "./disputes.ts";
import { WATCHED_MS } from "./captures.ts";
import { Draft } from "./draft.ts";
import { BY_FILE } from "./external.ts";
import type { Memory } from "./idempotency.ts";
import { freeBytes, healthOf, LOCK_LOST, outcomeFault, stateInvalid } from "./health.ts";
import type { InstanceLock } from "./instance-lock.ts";
import { BrokenLog } from "./journal.ts";
import { Later } from "./later.ts";
import { unconfirmed, FatalFault } from "./fatal-fault.ts";
import { Follower } from "./follower.ts";
import { persist, toFault } from "./persist.ts";
import { StoreFault, type HealthCheck, type LogEntry, type Store } from "./port.ts";
import { CommitQueue } from "./queue.ts";
import type { Snapshot } from "./snapshot.ts";
import {
  readOn,
  takeInBuried,
  takeInFiles,
  takeInLog,
  type Folder,
  type TakenIn,
} from "./take-in.ts";
import type { Watcher } from "./watch.ts";

export interface Opened {
  readonly disk: Disk;
  readonly folder: Folder;
  readonly lock: InstanceLock;
  readonly clock: Clock;
  readonly memory: Memory;
  readonly lastVersions: Map<string, number>;
  readonly snapshot: Snapshot;
  readonly privateFolder: string;
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

export class FolderStore implements FileStore {
  readonly #opened: Opened;
  readonly #queue: CommitQueue;
  readonly #presence = new Set<Kind>();
  readonly #disputes: Disputes;
  #memory: Memory;
  #snapshot: Snapshot;
  #readOnly: string | undefined;
  #broken: string | undefined;
  #lastBatchMs: number;
  #checkpointAt: number;
  readonly #flush = new Later(PRESENCE_MS, () => void this.#writePresence());
  readonly #nextLook = new Later(WATCHED_MS, () => void this.#lookAgain());
  #closing: Promise<void> | undefined;
  #watcher: Watcher | undefined;
  readonly #follower: Follower;

  constructor(opened: Opened) {
    this.#opened = opened;
    this.#memory = opened.memory;
    this.#snapshot = opened.snapshot;
    this.#disputes = new Disputes(opened.lastVersions);
    this.#lastBatchMs = opened.folder.journal.latest;
    this.#checkpointAt = opened.snapshot.position;
    this.#follower = new Follower({
      files: opened.folder.files,
      present: () => this.#snapshot,
      now: () => opened.clock.now(),
      mayWrite: () => this.#readOnly === undefined && opened.lock.isHeld(),
      onFatal: (fault) => this.#turnReadOnly(fault),
    });
    opened.folder.files.names.onFatal = (fault) => this.#turnReadOnly(fault);
    this.#queue = new CommitQueue({
      begin: () => this.#begin(),
      write: (draft) => this.#write(draft),
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
    try {
      const isSame = files.changed(this.now()).length === 0 && journal.look() === "same";
      if (isSame && files.captures.isEmpty) return;
    } catch {
      // A folder that cannot even be looked at: the look will tell.
    }
    void this.look();
  }

  /** Taking in is part of beginning a batch, so an empty batch does it; its faults are told by health. */
  async look(): Promise<void> {
    this.#opened.folder.files.captures.lookAtAll();
    await this.#queue.exclusively(() => {}).catch(() => {});
  }

  health(): Promise<Record<string, HealthCheck>> {
    const { folder, lock, disk, privateFolder } = this.#opened;
    return Promise.resolve(
      healthOf({
        readOnly: this.#readOnly,
        lockLost: lock.isHeld() ? undefined : LOCK_LOST,
        broken: this.#broken,
        invalid: KINDS.map((kind) => folder.files.invalid(kind)).find((found) => found),
        isWatched: this.#watcher?.isAlive() ?? true,
        freeBytes: freeBytes(disk, privateFolder),
      }),
    );
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
    this.#flush.cancel();
    this.#nextLook.cancel();
    folder.files.names.stop();
    this.#watcher?.close();
    try {
      if (this.#readOnly === undefined && lock.isHeld()) {
        await this.#checkpoint();
        await folder.files.captures.close();
      }
    } finally {
      await this.#follower.stop();
      folder.journal.close();
      lock.release();
    }
  }

  async #begin(): Promise<Draft> {
    this.#assertWritable();
    this.#follower.assertWorks();
    if (this.#snapshot.position - this.#checkpointAt >= CHECKPOINT_EVERY) await this.#checkpoint();
    await this.#takeIn();
    await this.#reanchor();
    return this.#draft();
  }

  /** The clock moves, and what is judged by it with it, in one turn: nobody sees one without the other. */
  async #reanchor(): Promise<void> {
    const { clock, folder } = this.#opened;
    const shift = clock.reanchor();
    if (shift === 0) return;
    const draft = this.#draft();
    draft.touch(shiftedTouches(this.#snapshot, folder.kinds, shift));
    this.#snapshot = draft.snapshot;
    for (const kind of draft.touched) this.#presence.add(kind);
    this.#flush.ask();
    // Recovery judges by the times in the log how far a file may be behind: it must not be across this.
    await Promise.all([this.#follower.catchUp(), folder.files.names.settle()]);
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

  /** What others did to the folder: the log first, then the files, then what we buried of them. */
  async #takeIn(): Promise<void> {
    const { folder, clock } = this.#opened;
    try {
      await this.#takeInLog();
      for (const find of [takeInFiles, takeInBuried]) {
        await folder.files.takeIn(async () => {
          await this.adopt(await find(folder, this.#snapshot, clock.now()));
        });
      }
      const events = this.#disputes.events(folder.kinds, this.#snapshot, folder.files);
      await this.adopt({ events, rewrite: [] });
      // After the log was rewritten, the checkpoint has to remember how far the sequence had come.
      if (this.#checkpointAt > this.#snapshot.position) await this.#checkpoint();
    } catch (error) {
      if (error instanceof FatalFault) this.#turnReadOnly(error);
      if (!(error instanceof BrokenLog)) throw toFault(error);
      this.#broken = error.message;
      throw new StoreFault("store-unavailable", error.message, { line: error.line });
    }
  }

  /** Writes what was found in the folder as a batch of its own. Only between batches. */
  async adopt({ events, rewrite }: TakenIn): Promise<void> {
    if (events.length === 0 && rewrite.length === 0) return;
    const draft = this.#draft();
    draft.adopt(events, BY_FILE);
    for (const kind of rewrite) draft.rewrite(kind);
    await this.#write(draft);
    this.#disputes.settle(events);
  }

  async #takeInLog(): Promise<void> {
    const { folder } = this.#opened;
    const { journal, log } = folder;
    const taken = await takeInLog(folder);
    this.#broken = undefined;
    if (taken.what === "nothing") return;
    if (taken.what === "grown") {
      // Nobody reads what a power cut could take back (S1); and what others append must not push our last batches out of recovery's sight.
      await Promise.all([journal.sync(), folder.files.names.sync()]).catch((error: unknown) => {
        throw unconfirmed(error);
      });
      this.#disputes.addNamed(taken.versions);
      this.#snapshot = this.#snapshot.at(journal.end.position, journal.end.crc);
      log.publish(taken.entries);
      return;
    }
    const { position, crc } = journal.end;
    this.#memory = taken.memory;
    this.#disputes.addDiffering(taken.ledger, this.#snapshot);
    // The records stay; the log they are told by has another length now.
    const lift = Math.max(this.#snapshot.lift, this.#snapshot.sequence - position);
    this.#snapshot = this.#snapshot.but({ position, crc, lift });
    this.#checkpointAt = Infinity;
    log.reset("the log was rewritten");
  }

  async #write(draft: Draft): Promise<void> {
    const { folder, lastVersions } = this.#opened;
    const { isVolatile } = draft;
    if (!isVolatile) for (const kind of this.#follower.overdue()) draft.rewrite(kind);
    const beside = [...draft.dirty].filter((kind) => this.#follower.follows(kind));
    const fault = isVolatile ? undefined : await this.#persist(draft, beside);
    const entries = isVolatile ? [] : await this.#entriesOf(draft);
    for (const answer of draft.remembered) this.#memory.add(answer);
    for (const [name, version] of draft.lastVersions) lastVersions.set(name, version);
    const { position, crc } = folder.journal.end;
    this.#snapshot = draft.snapshot.at(position, crc);
    for (const kind of draft.touched) this.#presence.add(kind);
    for (const kind of draft.dirty) {
      this.#presence.delete(kind);
      if (beside.includes(kind)) this.#follower.want(kind);
      else this.#follower.isUpToDate(kind);
    }
    if (this.#presence.size > 0) this.#flush.ask();
    if (!folder.files.captures.isEmpty) this.#nextLook.ask();
    folder.log.publish(entries);
    if (fault !== undefined) throw fault;
  }

  /**
   * Answers the fault to tell where the batch came to be, and the store can write no more after it.
   *
   * @throws StoreFault when it did not.
   */
  async #persist(draft: Draft, beside: readonly Kind[]): Promise<StoreFault | undefined> {
    const { folder, clock } = this.#opened;
    try {
      const now = [...draft.dirty].filter((kind) => !beside.includes(kind));
      await persist(draft, now, { ...folder, nowMs: clock.now() });
      return undefined;
    } catch (error) {
      if (!(error instanceof FatalFault)) throw error;
      this.#turnReadOnly(error);
      if (error.isLogged) return outcomeFault(error);
      throw outcomeFault(error);
    }
  }

  /** The batch as it stands in the log. */
  async #entriesOf(draft: Draft): Promise<readonly LogEntry[]> {
    const { journal, files } = this.#opened.folder;
    if (journal.confirm(draft.lines)) return draft.lines;
    // Somebody appended to the log at the same moment: the lines stand elsewhere than thought.
    try {
      await files.names.settle();
      const { entries, versions } = await readOn(journal, draft.lines);
      this.#disputes.addNamed(versions);
      return entries;
    } catch (error) {
      if (!(error instanceof BrokenLog)) throw error;
      this.#broken = error.message;
      return [];
    }
  }

  #turnReadOnly(fault: FatalFault): void {
    this.#readOnly ??= `${fault.message}. Check the disk, then restart the server.`;
  }

  /** What our replacing may have buried is looked at also when nothing else happens. */
  async #lookAgain(): Promise<void> {
    await this.look();
    const { captures } = this.#opened.folder.files;
    if (!captures.isEmpty && this.#readOnly === undefined) this.#nextLook.ask();
  }

  async #writePresence(): Promise<void> {
    this.#flush.cancel();
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
    const { disk, folder, lastVersions, privateFolder } = this.#opened;
    // What a checkpoint covers is never redone: the files must have it, and the log must tell it.
    await Promise.all([this.#follower.catchUp(), folder.files.names.settle()]);
    const isBehind = KINDS.some((kind) => this.#follower.isBehind(kind));
    const isWrong = this.#readOnly !== undefined || this.#broken !== undefined;
    if (isBehind || isWrong || !this.#disputes.isEmpty) return;
    this.#checkpointAt = this.#snapshot.position;
    writeCheckpoint(
      disk,
      privateFolder,
      checkpointOf(this.#snapshot, folder.journal, lastVersions, this.#memory),
    );
  }

  #assertWritable(): void {
    if (this.#readOnly === undefined && !this.#opened.lock.isHeld()) this.#readOnly = LOCK_LOST;
    if (this.#readOnly !== undefined) throw new StoreFault("store-unavailable", this.#readOnly);
  }

  #assertKindWritable(kind: Kind): void {
    const invalid = this.#opened.folder.files.invalid(kind);
    if (invalid !== undefined) throw stateInvalid(invalid);
  }
}
