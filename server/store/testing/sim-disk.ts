/**
 * A disk that can lose power, for tests: it keeps what was synced apart from what was only written.
 *
 *   1. Bytes are durable once their file was synced, names once their folder was: not before, and not
 *      because something else was synced.
 *   2. A power cut keeps any part of the rest: names in any subset, bytes by sectors of 512, the
 *      missing ones old or zero, the size old, new or between.
 *   3. After a failed sync the bytes are lost, however often it is tried again.
 */
import { basename, dirname } from "node:path";
import type { Disk, DiskFile, Stamp } from "../disk.ts";
import { failure, PowerCut, survivors } from "./power-cut.ts";
import { SimFile } from "./sim-file.ts";

/** What the disk was asked for, counted from 1: where a test makes it fail. */
export type Operation =
  | "open"
  | "write"
  | "sync"
  | "truncate"
  | "rename"
  | "link"
  | "unlink"
  | "read"
  | "list"
  | "folder";

/** A sync that lies says that it worked, and did nothing. */
export type Verdict = "works" | "power cut" | "lies" | { readonly code: string };

type Names = Map<string, SimFile | "folder">;

interface NameChange {
  readonly folder: string;
  apply(names: Names): void;
}

/** The kernel stamps files by a clock of four milliseconds. */
const TICK_MS = 4;

export class SimDisk implements Disk {
  readonly #random: () => number;
  readonly #nowMs: () => number;
  #names: Names = new Map([["/", "folder"]]);
  #durable: Names = new Map([["/", "folder"]]);
  #pending: NameChange[] = [];
  #nextInode = 1n;
  #isOff = false;
  /** How many operations were asked for. */
  operations = 0;
  /** Bytes that the disk takes at most. */
  capacity = Infinity;
  judge: (operation: Operation, path: string, count: number) => Verdict = () => "works";

  constructor(options: { random: () => number; nowMs: () => number }) {
    this.#random = options.random;
    this.#nowMs = options.nowMs;
  }

  /** Power comes back: what the disk holds now. Files that were open are gone for good. */
  restart(): SimDisk {
    const after = new SimDisk({ random: this.#random, nowMs: this.#nowMs });
    const names = new Map(this.#durable);
    for (const change of survivors(this.#pending, this.#random)) change.apply(names);
    const kept = new Map<SimFile, SimFile>();
    for (const [path, entry] of names) {
      if (!this.#isReachable(path, names)) continue;
      if (entry === "folder") after.#names.set(path, entry);
      else after.#names.set(path, this.#keep(entry, kept));
    }
    after.#durable = new Map(after.#names);
    after.#nextInode = this.#nextInode;
    this.#isOff = true;
    return after;
  }

  /** The process ends, the power does not: nothing is lost but what was open. */
  restartGently(): SimDisk {
    for (const change of this.#pending) change.apply(this.#durable);
    this.#pending = [];
    for (const entry of this.#durable.values()) {
      if (entry !== "folder") entry.keep();
    }
    return this.restart();
  }

  /** Somebody else writes into the file as it stands, and sees to it that it lasts. */
  editInPlace(path: string, text: string): void {
    const entry = this.#file(path);
    this.#set(entry, Buffer.from(text));
    entry.keep();
    this.#durable.set(path, entry);
  }

  /** Somebody else appends to the file, and sees to it that it lasts. */
  appendForGood(path: string, text: string): void {
    this.#append(this.#file(path), Buffer.from(text));
    this.#file(path).keep();
  }

  /** Somebody else saves by renaming a file of their own over it. */
  editByRename(path: string, text: string): void {
    this.#placeForGood(path, this.#newFile());
    this.editInPlace(path, text);
  }

  /** Somebody else renames a file. */
  moveForGood(from: string, to: string): void {
    const entry = this.#file(from);
    this.deleteForGood(from);
    this.#placeForGood(to, entry);
  }

  /** Somebody else makes a file. */
  create(path: string, text: string): void {
    this.#placeForGood(path, this.#newFile());
    this.editInPlace(path, text);
  }

  /** Somebody has the file open, and goes on writing into it whatever name it has by then. */
  handleOf(path: string): { overwrite(text: string): void; append(text: string): void } {
    const entry = this.#file(path);
    return {
      append: (text) => this.#append(entry, Buffer.from(text)),
      overwrite: (text) => {
        this.#set(entry, Buffer.from(text));
        entry.keep();
      },
    };
  }

  /** Somebody else deletes the file for good. */
  deleteForGood(path: string): void {
    this.#names.delete(path);
    this.#durable.delete(path);
  }

  /** The paths of all files, by folder. */
  paths(): string[] {
    return [...this.#names].filter(([, entry]) => entry !== "folder").map(([path]) => path);
  }

  text(path: string): string | undefined {
    const entry = this.#names.get(path);
    return entry === undefined || entry === "folder" ? undefined : entry.bytes.toString();
  }

  bytes(path: string): Buffer {
    return this.#file(path).bytes;
  }

  makeFolder(path: string): void {
    if (this.#names.has(path)) return;
    this.makeFolder(dirname(path));
    this.#ask("folder", path);
    this.#change({ folder: dirname(path), apply: (names) => names.set(path, "folder") });
  }

  stamp(path: string): Stamp | undefined {
    this.#assertOn();
    const entry = this.#names.get(path);
    if (entry === undefined) return undefined;
    if (entry === "folder") return { inode: 0n, size: 0n, mtimeNs: 0n };
    return { inode: entry.number, size: BigInt(entry.bytes.length), mtimeNs: entry.mtimeNs };
  }

  list(folder: string): string[] {
    this.#ask("list", folder);
    if (!this.#names.has(folder)) throw failure("ENOENT", folder);
    return [...this.#names.keys()]
      .filter((path) => dirname(path) === folder && path !== "/")
      .map((path) => basename(path));
  }

  async read(path: string): Promise<Buffer> {
    await this.#turn();
    this.#ask("read", path);
    return Buffer.from(this.#file(path).bytes);
  }

  readText(path: string): string | undefined {
    this.#ask("read", path);
    return this.#names.has(path) ? this.#file(path).bytes.toString() : undefined;
  }

  writeText(path: string, text: string | Buffer): void {
    this.#ask("write", path);
    if (!this.#names.has(path)) this.#create(path);
    const bytes = Buffer.from(text);
    this.#assertRoom(path, bytes.length);
    this.#set(this.#file(path), bytes);
  }

  open(path: string, how: "append" | "existing" | "new" | "read"): DiskFile {
    this.#ask("open", path);
    const exists = this.#names.has(path);
    if (exists && how === "new") throw failure("EEXIST", path);
    if (!exists && (how === "read" || how === "existing")) throw failure("ENOENT", path);
    if (!exists) this.#create(path);
    return this.#handle(this.#file(path), path);
  }

  link(existing: string, name: string): void {
    this.#ask("link", name);
    if (this.#names.has(name)) throw failure("EEXIST", name);
    const entry = this.#file(existing);
    this.#change({ folder: dirname(name), apply: (names) => names.set(name, entry) });
  }

  rename(from: string, to: string): void {
    this.#ask("rename", to);
    const entry = this.#file(from);
    this.#change({
      folder: dirname(to),
      apply(names) {
        if (names.get(from) === entry) names.delete(from);
        names.set(to, entry);
      },
    });
  }

  drop(path: string): Promise<void> {
    return Promise.try(() => this.unlink(path)).catch(() => {});
  }

  unlink(path: string): void {
    this.#ask("unlink", path);
    const entry = this.#file(path);
    this.#change({
      folder: dirname(path),
      apply(names) {
        if (names.get(path) === entry) names.delete(path);
      },
    });
  }

  async syncFolder(path: string): Promise<void> {
    await this.#turn();
    if (this.#ask("sync", path) === "lies") return;
    if (this.#names.get(path) !== "folder") throw failure("ENOENT", path);
    for (const change of this.#pending) if (change.folder === path) change.apply(this.#durable);
    this.#pending = this.#pending.filter((change) => change.folder !== path);
  }

  freeBytes(): number {
    return this.capacity - this.used;
  }

  #placeForGood(path: string, entry: SimFile): void {
    this.#change({ folder: dirname(path), apply: (names) => names.set(path, entry) });
    for (const change of this.#pending) {
      if (change.folder === dirname(path)) change.apply(this.#durable);
    }
    this.#pending = this.#pending.filter((change) => change.folder !== dirname(path));
  }

  #handle(file: SimFile, path: string): DiskFile {
    const sync = async () => {
      await this.#turn();
      try {
        if (this.#ask("sync", path) !== "lies") file.sync();
      } catch (error) {
        file.failToSync();
        throw error;
      }
    };
    return {
      write: async (pieces) => {
        await this.#turn();
        this.#write(file, Buffer.concat(pieces), path);
      },
      read: async (from, length) => {
        await this.#turn();
        this.#ask("read", path);
        return Buffer.from(file.bytes.subarray(from, from + length));
      },
      syncData: sync,
      sync,
      truncate: (size) => {
        this.#ask("truncate", path);
        this.#set(file, file.bytes.subarray(0, size));
      },
      setModified: (seconds) => {
        file.mtimeNs = BigInt(Math.round(seconds * 1e6)) * 1_000n;
      },
      stamp: () => ({
        inode: file.number,
        size: BigInt(file.bytes.length),
        mtimeNs: file.mtimeNs,
      }),
      close: () => {},
    };
  }

  /** A write that fails may have taken a part of the bytes. */
  #write(file: SimFile, bytes: Buffer, path: string): void {
    try {
      this.#ask("write", path);
      this.#assertRoom(path, file.bytes.length + bytes.length);
    } catch (error) {
      this.#append(file, bytes.subarray(0, Math.floor(this.#random() * bytes.length)));
      throw error;
    }
    this.#append(file, bytes);
  }

  #ask(operation: Operation, path: string): Verdict {
    this.#assertOn();
    this.operations += 1;
    const verdict = this.judge(operation, path, this.operations);
    if (typeof verdict === "object") throw failure(verdict.code, path);
    if (verdict === "power cut") this.#isOff = true;
    this.#assertOn();
    return verdict;
  }

  #assertOn(): void {
    if (this.#isOff) throw new PowerCut("the power is gone");
  }

  #assertRoom(path: string, size: number): void {
    if (this.capacity === Infinity) return;
    const own = this.#names.get(path);
    const before = own === undefined || own === "folder" ? 0 : own.bytes.length;
    if (this.used - before + size > this.capacity) throw failure("ENOSPC", path);
  }

  get used(): number {
    let used = 0;
    for (const entry of new Set(this.#names.values())) {
      if (entry !== "folder") used += entry.bytes.length;
    }
    return used;
  }

  /** Threads of a pool finish in any order. */
  async #turn(): Promise<void> {
    for (let left = Math.floor(this.#random() * 4); left > 0; left -= 1) await Promise.resolve();
    this.#assertOn();
  }

  #file(path: string): SimFile {
    const entry = this.#names.get(path);
    if (entry === undefined) throw failure("ENOENT", path);
    if (entry === "folder") throw failure("EISDIR", path);
    return entry;
  }

  #newFile(): SimFile {
    const number = this.#nextInode;
    this.#nextInode += 1n;
    return new SimFile(number);
  }

  #create(path: string): void {
    if (this.#names.get(dirname(path)) !== "folder") throw failure("ENOENT", path);
    const file = this.#newFile();
    this.#change({ folder: dirname(path), apply: (names) => names.set(path, file) });
    this.#stampNow(file);
  }

  #set(file: SimFile, bytes: Buffer): void {
    file.set(bytes);
    this.#stampNow(file);
  }

  #append(file: SimFile, bytes: Buffer): void {
    file.append(bytes);
    this.#stampNow(file);
  }

  #stampNow(file: SimFile): void {
    file.mtimeNs = BigInt(Math.floor(this.#nowMs() / TICK_MS) * TICK_MS) * 1_000_000n + 321n;
  }

  #change(change: NameChange): void {
    change.apply(this.#names);
    this.#pending.push(change);
  }

  #isReachable(path: string, names: Names): boolean {
    return (
      path === "/" ||
      (names.get(dirname(path)) === "folder" && this.#isReachable(dirname(path), names))
    );
  }

  #keep(file: SimFile, kept: Map<SimFile, SimFile>): SimFile {
    const known = kept.get(file) ?? file.afterPowerCut(this.#random);
    kept.set(file, known);
    return known;
  }
}
