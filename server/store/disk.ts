/**
 * The few things the store asks of a file system. Everything else here talks to this port, so that
 * a test can lose power or run out of room at any step. The real one is at the end.
 *
 * Calls that only touch names and metadata are synchronous: they take microseconds, and the crash
 * windows between them stay as small as the kernel allows.
 *
 * Links are not followed at the end of a path: a commit of somebody else's can bring one, and what the
 * board writes would go wherever it leads. The collaboration folder itself may be one.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fdatasync,
  fsync,
  fstatSync,
  ftruncateSync,
  futimesSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  read,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statfsSync,
  statSync,
  unlink,
  unlinkSync,
  watch,
  writeFileSync,
  writev,
  writevSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";

/** Two stamps are equal exactly when nobody wrote or replaced the file in between. */
export interface Stamp {
  readonly inode: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

export function sameStamp(a: Stamp | undefined, b: Stamp | undefined): boolean {
  return a?.inode === b?.inode && a?.size === b?.size && a?.mtimeNs === b?.mtimeNs;
}

export interface DiskFile {
  /** Writes all bytes, however often the kernel takes only some of them. */
  write(pieces: readonly Buffer[]): Promise<void>;
  /** `into`: a buffer to use again and again where a large file is gone through. */
  read(from: number, length: number, into?: Buffer): Promise<Buffer>;
  /** fdatasync: the bytes and the size. */
  syncData(): Promise<void>;
  /** fsync. */
  sync(): Promise<void>;
  truncate(size: number): void;
  setModified(epochSeconds: number): void;
  stamp(): Stamp;
  close(): void;
}

export interface Disk {
  /** With all above it; what is there already has to be a real folder. */
  makeFolder(path: string): void;
  /** Undefined when there is no such file. */
  stamp(path: string): Stamp | undefined;
  list(folder: string): string[];
  read(path: string): Promise<Buffer>;
  /** For small files of our own, where nothing has to survive a crash. */
  readText(path: string): string | undefined;
  writeText(path: string, text: string | Buffer): void;
  /**
   * `append` makes the file where there is none; `existing` appends only to one that is there; `new`
   * refuses it (O_EXCL).
   *
   * @param like a file that a new one will replace: who may not read that one may not read this one.
   */
  open(path: string, how: "append" | "existing" | "new" | "read", like?: string): DiskFile;
  link(existing: string, name: string): void;
  rename(from: string, to: string): void;
  unlink(path: string): void;
  /** Off the main thread, since freeing a file takes the kernel a while. Never fails: it may be gone. */
  drop(path: string): Promise<void>;
  syncFolder(path: string): Promise<void>;
  freeBytes(path: string): number;
}

/** `ENOSPC`, `EACCES`, …, or undefined for what is no system error. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

const { O_RDONLY, O_WRONLY, O_RDWR, O_APPEND, O_CREAT, O_EXCL, O_TRUNC, O_NOFOLLOW } = constants;

const FLAGS = {
  append: O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW,
  existing: O_RDWR | O_APPEND | O_NOFOLLOW,
  new: O_WRONLY | O_CREAT | O_EXCL,
  read: O_RDONLY | O_NOFOLLOW,
};

/** For others to read, never to write, whatever the mask of the process lets through. */
const FILE_MODE = 0o644;
const FOLDER_MODE = 0o755;

const syncOf = promisify(fsync);
const syncDataOf = promisify(fdatasync);

/** So much is copied to the kernel in less time than it takes to hand it to another thread and back. */
const SMALL_BYTES = 256 << 10;

/** Linux takes at most 1,024 pieces in one call (IOV_MAX). */
const MOST_PIECES = 1_000;

export const realDisk: Disk = {
  makeFolder(path) {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
      throw Object.assign(new Error(`ELOOP: ${path} is a link`), { code: "ELOOP" });
    }
    makeFolder(path);
  },
  stamp(path) {
    const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return stat && { inode: stat.ino, size: stat.size, mtimeNs: stat.mtimeNs };
  },
  list: (folder) => readdirSync(folder),
  read: (path) => readFile(path, { flag: O_RDONLY | O_NOFOLLOW }),
  readText(path) {
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      if (errorCode(error) === "ENOENT") return undefined;
      throw error;
    }
  },
  writeText(path, text) {
    const fd = openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, FILE_MODE);
    try {
      writeFileSync(fd, text);
    } finally {
      closeSync(fd);
    }
  },
  open: (path, how, like) => new RealFile(openSync(path, FLAGS[how], modeLike(like))),
  link: linkSync,
  rename: renameSync,
  unlink: unlinkSync,
  drop: (path) =>
    new Promise((resolve) => {
      unlink(path, () => resolve());
    }),
  async syncFolder(path) {
    const fd = openSync(path, O_RDONLY);
    try {
      await syncOf(fd);
    } finally {
      closeSync(fd);
    }
  },
  freeBytes(path) {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  },
};

/**
 * Says which name in a folder was touched, as soon as the system tells. No part of the port: a hint is
 * not what the store rests on.
 *
 * @throws what the system says where the folder cannot be watched.
 */
export function watchFolder(
  path: string,
  told: { touched(name: string | null): void; ended(): void },
): { close(): void } {
  const watcher = watch(path, { persistent: false }, (_, name) => told.touched(name));
  watcher.on("error", () => told.ended());
  return watcher;
}

/** For what may be a link, such as the collaboration folder or a hook: what it leads to. */
export function followLink(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** For hooks: git passes over one that is not. */
export function makeExecutable(path: string): void {
  chmodSync(path, 0o755);
}

function modeLike(path: string | undefined): number {
  const mode = path && lstatSync(path, { throwIfNoEntry: false })?.mode;
  return typeof mode === "number" ? mode & 0o666 : FILE_MODE;
}

/** Node's own `recursive` never ends below `/proc`, where nothing can be made. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, FOLDER_MODE);
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
    if (errorCode(error) !== "ENOENT" || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    mkdirSync(path, FOLDER_MODE);
  }
}

class RealFile implements DiskFile {
  readonly #fd: number;
  /** Reads under way: a number closed under them would name another file by the time they run. */
  #reads = 0;
  #isClosing = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  async write(pieces: readonly Buffer[]): Promise<void> {
    let rest = pieces.filter((piece) => piece.length > 0);
    const isSmall = rest.reduce((sum, piece) => sum + piece.length, 0) <= SMALL_BYTES;
    while (rest.length > 0) {
      const some = rest.slice(0, MOST_PIECES);
      const written = isSmall ? writevSync(this.#fd, some) : await writeSome(this.#fd, some);
      // Nothing written and no error: treat it as the full disk that it will turn out to be.
      if (written === 0) throw Object.assign(new Error("no room to write"), { code: "ENOSPC" });
      rest = withoutFirst(rest, written);
    }
  }

  async read(
    from: number,
    length: number,
    buffer: Buffer = Buffer.allocUnsafe(length),
  ): Promise<Buffer> {
    let filled = 0;
    this.#reads += 1;
    try {
      while (filled < length) {
        const got = await readSome(this.#fd, buffer, filled, length - filled, from + filled);
        if (got === 0) break;
        filled += got;
      }
    } finally {
      this.#reads -= 1;
      if (this.#isClosing && this.#reads === 0) closeSync(this.#fd);
    }
    return buffer.subarray(0, filled);
  }

  syncData(): Promise<void> {
    return syncDataOf(this.#fd);
  }

  sync(): Promise<void> {
    return syncOf(this.#fd);
  }

  truncate(size: number): void {
    ftruncateSync(this.#fd, size);
  }

  setModified(epochSeconds: number): void {
    futimesSync(this.#fd, epochSeconds, epochSeconds);
  }

  stamp(): Stamp {
    const stat = fstatSync(this.#fd, { bigint: true });
    return { inode: stat.ino, size: stat.size, mtimeNs: stat.mtimeNs };
  }

  /** Where reads are under way, behind the last of them. */
  close(): void {
    this.#isClosing = true;
    if (this.#reads === 0) closeSync(this.#fd);
  }
}

function writeSome(fd: number, pieces: readonly Buffer[]): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(fd, pieces, (error, written) => (error ? reject(error) : resolve(written)));
  });
}

function readSome(
  fd: number,
  buffer: Buffer,
  offset: number,
  length: number,
  position: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, buffer, offset, length, position, (error, got) =>
      error ? reject(error) : resolve(got),
    );
  });
}

function withoutFirst(pieces: readonly Buffer[], bytes: number): Buffer[] {
  let skip = bytes;
  let index = 0;
  for (; index < pieces.length; index += 1) {
    const { length } = pieces[index] ?? { length: 0 };
    if (skip < length) break;
    skip -= length;
  }
  const [first, ...others] = pieces.slice(index);
  return first === undefined ? [] : [first.subarray(skip), ...others];
}
