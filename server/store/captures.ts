/**
 * What our own replacing of a state file might have buried (S10).
 *
 * Between the last look at a file and the rename over it an editor can save: in place (into the inode
 * that loses its name) or by a rename of its own (an inode that loses its name before anyone saw it).
 * So the file about to be replaced, and every foreign file beside it that could be renamed over it,
 * gets a second name under `.kyros/replaced/` first. A moment later each is compared with what was
 * expected, and only dropped when nothing is in it that is not known.
 */
import { join } from "node:path";
import type { Kind } from "#contracts/state";
import { newToken } from "../kernel/ids.ts";
import type { Disk, Stamp } from "./disk.ts";
import { TEMPORARY } from "./replace-file.ts";

export interface Capture<B> {
  readonly kind: Kind;
  readonly path: string;
  /** The records as they stood in the file that was replaced. */
  readonly base: B;
  readonly since: number;
  /** What its stamp is if nobody wrote to it; undefined: it is somebody else's file. */
  readonly expected: Stamp | undefined;
}

const FOLDER = "replaced";

/** Long enough for an editor that had the file open to finish its write. */
const WATCHED_MS = 250;

/** Replaced files keep their room on disk while they are watched. */
const MOST_BYTES = 32 << 20;

export class Captures<B> {
  readonly #disk: Disk;
  readonly #folder: string;
  #watched: Capture<B>[] = [];
  #bytes = 0;

  constructor(disk: Disk, privateFolder: string) {
    this.#disk = disk;
    this.#folder = join(privateFolder, FOLDER);
    disk.makeFolder(this.#folder);
  }

  /** Names what a rename over `target` would bury. To be called right before it, without awaiting. */
  before(
    kind: Kind,
    target: string,
    foreign: readonly string[],
    expected: Stamp | undefined,
    base: B,
    nowMs: number,
  ): { confirm(): void } {
    const kept = [
      this.#link(kind, target, expected),
      ...foreign.map((path) => this.#link(kind, path, undefined)),
    ];
    return {
      confirm: () => {
        for (const [index, path] of kept.entries()) {
          if (path === undefined) continue;
          const still = index > 0 && this.#disk.stamp(foreign[index - 1] ?? "") !== undefined;
          if (still) this.#drop(path);
          else
            this.#watch({
              kind,
              path,
              base,
              since: nowMs,
              expected: index === 0 ? expected : undefined,
            });
        }
      },
    };
  }

  get isEmpty(): boolean {
    return this.#watched.length === 0;
  }

  /** Those that hold something unexpected, and are to be taken in; the others are let go in time. */
  take(nowMs: number): Capture<B>[] {
    const surprising: Capture<B>[] = [];
    const kept: Capture<B>[] = [];
    for (const capture of this.#watched) {
      const stamp = this.#disk.stamp(capture.path);
      if (stamp !== undefined && !sameStamp(stamp, capture.expected)) surprising.push(capture);
      else if (nowMs - capture.since < WATCHED_MS && this.#bytes <= MOST_BYTES) kept.push(capture);
      else this.#letGo(capture);
    }
    this.#watched = kept;
    return surprising;
  }

  /** Undefined when its bytes are known after all. */
  read(capture: Capture<B>): Promise<Buffer> {
    return this.#disk.read(capture.path);
  }

  done(capture: Capture<B>): void {
    this.#letGo(capture);
  }

  /** Names left by a process that died: each says in its name what it was expected to be. */
  leftovers(): { path: string; kind: string; untouched: boolean }[] {
    return this.#disk.list(this.#folder).map((name) => {
      const path = join(this.#folder, name);
      const [kind = "", size, mtime] = name.split("~");
      const stamp = this.#disk.stamp(path);
      const untouched = stamp?.size.toString() === size && stamp?.mtimeNs.toString() === mtime;
      return { path, kind, untouched };
    });
  }

  drop(path: string): void {
    this.#drop(path);
  }

  #watch(capture: Capture<B>): void {
    this.#watched.push(capture);
    this.#bytes += Number(capture.expected?.size ?? 0n);
  }

  #letGo(capture: Capture<B>): void {
    this.#bytes -= Number(capture.expected?.size ?? 0n);
    this.#drop(capture.path);
  }

  #link(kind: Kind, path: string, expected: Stamp | undefined): string | undefined {
    const told = expected === undefined ? "x~x" : `${expected.size}~${expected.mtimeNs}`;
    const name = join(this.#folder, `${kind}~${told}~${newToken()}.json`);
    try {
      this.#disk.link(path, name);
      return name;
    } catch {
      // Gone already, or a file system without hard links: then the window stays open.
      return undefined;
    }
  }

  #drop(path: string): void {
    try {
      this.#disk.unlink(path);
    } catch {
      // Somebody cleaned up before us.
    }
  }
}

/** Files in the state folder that are neither ours nor on their way to be. */
export function foreignFiles(disk: Disk, folder: string, own: readonly string[]): string[] {
  return disk
    .list(folder)
    .filter((name) => !own.includes(name) && !TEMPORARY.test(name))
    .map((name) => join(folder, name));
}

export function sameStamp(a: Stamp | undefined, b: Stamp | undefined): boolean {
  return a?.inode === b?.inode && a?.size === b?.size && a?.mtimeNs === b?.mtimeNs;
}
