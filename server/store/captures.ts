/**
 * What our own replacing of a state file might have buried (S10).
 *
 * Between the last look at a file and the rename over it an editor can save: in place (into the inode
 * that loses its name) or by a rename of its own (an inode that loses its name before anyone saw it).
 * So the file about to be replaced, and every foreign file beside it that could be renamed over it,
 * get a second name under `.kyros/replaced/` first, and the last thing before our rename is a look
 * whether what stands there has one. A moment later each is compared with what was expected, and only
 * dropped when nothing is in it that is not known.
 */
import { dirname, join } from "node:path";
import { KINDS, type Kind } from "#contracts/state";
import { newToken } from "../kernel/ids.ts";
import { errorCode, sameStamp, type Disk, type Stamp } from "./disk.ts";
import type { KindDefinitions } from "./kind.ts";
import { TEMPORARY, type Staged } from "./replace-file.ts";

export interface Capture<B> {
  readonly kind: Kind;
  readonly path: string;
  /** The records as they stood in the file that was replaced. */
  readonly base: B;
  readonly since: number;
  /** The replaced file itself, or one beside it that was somebody else's. */
  readonly isTarget: boolean;
  /** What its stamp is if nobody wrote to it; undefined for somebody else's file. */
  readonly expected: Stamp | undefined;
  /** False where a write may have left the stamp as it was: then only reading it tells. */
  readonly isSure: boolean;
}

interface Kept {
  /** The second name. */
  readonly path: string;
  readonly from: string;
  readonly inode: bigint;
}

const FOLDER = "replaced";

/** Somebody who saves faster than we can look is left to the next batch. */
const MOST_TRIES = 8;

/** Long enough for an editor that had the file open to finish its write. */
export const WATCHED_MS = 250;

/** Replaced files keep their room on disk while they are watched. */
const MOST_BYTES = 32 << 20;

export class Captures<B> {
  readonly #disk: Disk;
  readonly #own: readonly string[];
  readonly #folder: string;
  readonly #watched = new Set<Capture<B>>();
  /** Those to be looked at before the next batch: new ones, and what held a surprise until it is safe. */
  #due = new Set<Capture<B>>();
  #bytes = 0;
  #dropping: Promise<void> = Promise.resolve();

  constructor(disk: Disk, privateFolder: string, kinds: KindDefinitions) {
    this.#disk = disk;
    this.#own = KINDS.map((kind) => kinds[kind].file);
    this.#folder = join(privateFolder, FOLDER);
    disk.makeFolder(this.#folder);
  }

  /**
   * Puts a file of ours in the target's place, with second names for all that it may bury.
   * Synchronous: nothing of ours comes between the last look and the rename.
   */
  around(target: string, capture: Omit<Capture<B>, "path" | "isTarget">, staged: Staged): void {
    const kept = this.#put(target, capture, staged);
    const taken = new Set<bigint>();
    for (const { path, from, inode } of kept) {
      // Still there, or in the target's place by now, or kept twice: then it is not buried.
      const isThere = [from, target].some((place) => this.#disk.stamp(place)?.inode === inode);
      const isTarget = from === target;
      if (isThere || taken.has(inode)) this.#drop(path);
      else if (isTarget) this.#watch({ ...capture, path, isTarget });
      else this.#watch({ ...capture, path, isTarget, expected: undefined });
      taken.add(inode);
    }
  }

  get isEmpty(): boolean {
    return this.#watched.size === 0;
  }

  /** Has all of them looked at next time. Before each batch that would cost more than the batch. */
  lookAtAll(): void {
    this.#due = new Set(this.#watched);
  }

  /**
   * Of those that are due, the ones that may hold something unexpected: read them, and say `seen` when
   * what they hold is safe. The others are let go in time.
   */
  unexpected(nowMs: number): Capture<B>[] {
    const found: Capture<B>[] = [];
    for (const capture of this.#due) {
      const stamp = this.#disk.stamp(capture.path);
      if (stamp === undefined) this.#letGo(capture);
      else if (!capture.isSure || !sameStamp(stamp, capture.expected)) found.push(capture);
      else if (!this.mayStillBeWritten(capture, nowMs)) this.#letGo(capture);
    }
    this.#due = new Set(found);
    return found;
  }

  /** Whether somebody who had it open may be in the middle of writing to it. */
  mayStillBeWritten({ since }: Capture<B>, nowMs: number): boolean {
    return nowMs - since < WATCHED_MS && this.#bytes <= MOST_BYTES;
  }

  read(capture: Capture<B>): Promise<Buffer> {
    return this.#disk.read(capture.path);
  }

  stamp(capture: Capture<B>): Stamp | undefined {
    return this.#disk.stamp(capture.path);
  }

  /** What it held when it had this stamp is taken in. A later write is another surprise. */
  seen(capture: Capture<B>, expected: Stamp | undefined, nowMs: number): void {
    const stays = this.mayStillBeWritten(capture, nowMs);
    this.#forget(capture);
    if (stays) this.#watch({ ...capture, expected, isSure: true });
    else this.#drop(capture.path);
  }

  /** At the end: what nobody wrote to needs no second name any more. Resolves when these are gone. */
  async close(): Promise<void> {
    for (const capture of this.#watched) {
      if (sameStamp(this.#disk.stamp(capture.path), capture.expected)) this.#letGo(capture);
    }
    await this.#dropping;
  }

  /**
   * What a process left that died, and nobody has looked at: each name says what was expected of the
   * file. A file that still has its place in the state folder was not buried.
   */
  leftovers(stateFolder: string): { path: string; kind: string }[] {
    const places = this.#disk.list(stateFolder).map((name) => join(stateFolder, name));
    return this.#disk.list(this.#folder).flatMap((name) => {
      const path = join(this.#folder, name);
      const [kind = "", size, mtime] = name.split("~");
      const stamp = this.#disk.stamp(path);
      const isKnown = stamp?.size.toString() === size && stamp?.mtimeNs.toString() === mtime;
      const isThere = places.some((place) => this.#disk.stamp(place)?.inode === stamp?.inode);
      if (!isKnown && !isThere) return [{ path, kind }];
      this.#drop(path);
      return [];
    });
  }

  drop(path: string): void {
    this.#drop(path);
  }

  #watch(capture: Capture<B>): void {
    this.#watched.add(capture);
    this.#due.add(capture);
    this.#bytes += Number(capture.expected?.size ?? 0n);
  }

  #forget(capture: Capture<B>): void {
    this.#watched.delete(capture);
    this.#due.delete(capture);
    this.#bytes -= Number(capture.expected?.size ?? 0n);
  }

  #letGo(capture: Capture<B>): void {
    this.#forget(capture);
    this.#drop(capture.path);
  }

  /**
   * Gives second names until what stands in the target's place is among what has one, and replaces it.
   * A target that is gone says that somebody is about to put another there: ours must not go over it.
   */
  #put(target: string, capture: Pick<Capture<B>, "kind" | "expected">, staged: Staged): Kept[] {
    const { kind, expected } = capture;
    const kept: Kept[] = [];
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const first = this.#keep(kind, target, expected);
      const foreign = this.#foreignBeside(target).map((path) => this.#keep(kind, path, undefined));
      kept.push(...[first, ...foreign].filter((each) => typeof each !== "string"));
      const inode = this.#disk.stamp(target)?.inode;
      if (inode === undefined && staged.linkWhereNone()) return kept;
      if (first === "refused" || kept.some((each) => each.inode === inode)) break;
    }
    staged.rename();
    return kept;
  }

  /** Refused where the file system has no hard links, or the file is another user's. */
  #keep(kind: Kind, from: string, expected: Stamp | undefined): Kept | "gone" | "refused" {
    const told = expected === undefined ? "x~x" : `${expected.size}~${expected.mtimeNs}`;
    const path = join(this.#folder, `${kind}~${told}~${newToken()}.json`);
    try {
      this.#disk.link(from, path);
    } catch (error) {
      return errorCode(error) === "ENOENT" ? "gone" : "refused";
    }
    const inode = this.#disk.stamp(path)?.inode;
    return inode === undefined ? "gone" : { path, from, inode };
  }

  /** Files in the folder that are neither ours nor on their way to be. */
  #foreignBeside(target: string): string[] {
    const folder = dirname(target);
    return this.#disk
      .list(folder)
      .filter((name) => !this.#own.includes(name) && !TEMPORARY.test(name))
      .map((name) => join(folder, name));
  }

  /** One at a time: freeing files must not take the threads on which a batch waits for its sync. */
  #drop(path: string): void {
    this.#dropping = this.#dropping.then(() => this.#disk.drop(path));
  }
}
