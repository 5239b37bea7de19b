/**
 * The records of one kind: an immutable list in id order, cut into pages.
 *
 *   1. A change copies one page and the list of pages; everything else is shared with the version
 *      before. Cost does not grow with what did not change.
 *   2. Each page keeps its bytes of the state file until one of its records changes.
 *   3. The digest is a sum over the records, so it too is kept up to date change by change.
 */
import { hash } from "node:crypto";
import { compareIds } from "../kernel/natural-order.ts";
import type { StoredEntry } from "./entry.ts";
import type { Collection } from "./port.ts";

const PAGE_SIZE = 16;
const DIGEST_MODULUS = 1n << 128n;

interface Page<R> {
  readonly entries: readonly StoredEntry<R>[];
  bytes: Buffer | undefined;
}

export class StoredCollection<R> implements Collection<R> {
  readonly size: number;
  readonly #pages: readonly Page<R>[];
  readonly #sum: bigint;
  readonly #revision: number;
  #etag: string | undefined;
  #list: readonly StoredEntry<R>[] | undefined;
  #runs: readonly (readonly StoredEntry<R>[])[] | undefined;
  /** Records that were asked for: most are asked for again, and a search compares a dozen ids. */
  #found: Map<string, StoredEntry<R>> | undefined;

  private constructor(pages: readonly Page<R>[], size: number, sum: bigint, revision: number) {
    this.#pages = pages;
    this.size = size;
    this.#sum = sum;
    this.#revision = revision;
  }

  /**
   * @param revision the sequence of the last change of this kind. Since it only grows, the ETag never
   *   returns to an earlier value, whatever the records return to.
   */
  static of<R>(entries: Iterable<StoredEntry<R>>, revision: number): StoredCollection<R> {
    const sorted = [...entries].toSorted((a, b) => compareIds(a.id, b.id));
    const pages: Page<R>[] = [];
    for (let at = 0; at < sorted.length; at += PAGE_SIZE) {
      pages.push(toPage(sorted.slice(at, at + PAGE_SIZE)));
    }
    const sum = sorted.reduce((total, entry) => (total + weight(entry)) % DIGEST_MODULUS, 0n);
    return new StoredCollection(pages, sorted.length, sum, revision);
  }

  get etag(): string {
    this.#etag ??= `"c${this.#revision}-${this.#sum.toString(36)}"`;
    return this.#etag;
  }

  get revision(): number {
    return this.#revision;
  }

  get(id: string): StoredEntry<R> | undefined {
    let found = this.#found?.get(id);
    if (found === undefined) {
      found = this.#search(id);
      if (found !== undefined) (this.#found ??= new Map()).set(id, found);
    }
    return found;
  }

  #search(id: string): StoredEntry<R> | undefined {
    const page = this.#pages[this.#pageFor(id)];
    if (page === undefined) return undefined;
    const at = search(page.entries, id);
    return at.found ? page.entries[at.index] : undefined;
  }

  /** Through one array: stepping from page to page would cost a decision that looks at all ten times as much. */
  entries(): IterableIterator<StoredEntry<R>> {
    this.#list ??= this.#pages.flatMap((page) => page.entries);
    return this.#list.values();
  }

  runs(): readonly (readonly StoredEntry<R>[])[] {
    this.#runs ??= this.#pages.map(({ entries }) => entries);
    return this.#runs;
  }

  /** The collection with one record set or, given undefined, gone. Presence has no new revision. */
  with(
    id: string,
    entry: StoredEntry<R> | undefined,
    revision: number = this.#revision,
  ): StoredCollection<R> {
    const pageIndex = this.#pageFor(id);
    const before = this.#pages[pageIndex]?.entries ?? [];
    const { found, index } = search(before, id);
    const old = found ? before[index] : undefined;
    const after = before.toSpliced(index, found ? 1 : 0, ...(entry === undefined ? [] : [entry]));
    const pages = this.#pages.toSpliced(pageIndex, 1, ...split(after));
    const sum =
      this.#sum -
      (old === undefined ? 0n : weight(old)) +
      (entry === undefined ? 0n : weight(entry));
    return new StoredCollection(
      pages,
      this.size - (old === undefined ? 0 : 1) + (entry === undefined ? 0 : 1),
      (sum + DIGEST_MODULUS) % DIGEST_MODULUS,
      revision,
    );
  }

  /** The state file, in pieces. Only pages that changed are encoded again. */
  toFile(kind: string): Buffer[] {
    const head = `{\n  "kind": ${JSON.stringify(kind)},\n  "schema": 1,\n  "items": {`;
    if (this.size === 0) return [Buffer.from(`${head}}\n}\n`)];
    const pieces: Buffer[] = [Buffer.from(`${head}\n`)];
    for (const [index, page] of this.#pages.entries()) {
      if (index > 0) pieces.push(SEPARATOR);
      page.bytes ??= Buffer.from(page.entries.map((entry) => entry.block()).join(",\n"));
      pieces.push(page.bytes);
    }
    pieces.push(FOOT);
    return pieces;
  }

  #pageFor(id: string): number {
    let low = 0;
    let high = this.#pages.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const first = this.#pages[middle]?.entries[0];
      if (first !== undefined && compareIds(first.id, id) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

const SEPARATOR = Buffer.from(",\n");
const FOOT = Buffer.from("\n  }\n}\n");

const weights = new WeakMap<object, bigint>();

function weight(entry: StoredEntry<unknown>): bigint {
  let known = weights.get(entry);
  if (known === undefined) {
    known = BigInt(`0x${hash("sha256", `${entry.id}\n${entry.etag}`, "hex").slice(0, 32)}`);
    weights.set(entry, known);
  }
  return known;
}

function search(
  entries: readonly { readonly id: string }[],
  id: string,
): { found: boolean; index: number } {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = compareIds(entries[middle]?.id ?? "", id);
    if (order === 0) return { found: true, index: middle };
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return { found: false, index: low };
}

function split<R>(entries: readonly StoredEntry<R>[]): Page<R>[] {
  if (entries.length === 0) return [];
  if (entries.length <= 2 * PAGE_SIZE) return [toPage(entries)];
  const half = entries.length >> 1;
  return [toPage(entries.slice(0, half)), toPage(entries.slice(half))];
}

function toPage<R>(entries: readonly StoredEntry<R>[]): Page<R> {
  return { entries, bytes: undefined };
}
