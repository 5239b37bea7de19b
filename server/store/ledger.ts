/**
 * What the log vouches for: the last version and digest of every record it ever named. Built while
 * the log is read at open, it tells a state file that lags behind (a crash) from one that was edited.
 */
import { isKind, type Kind } from "#contracts/state";
import type { KyrosEvent } from "#contracts/event";
import type { LoggedChange } from "./change.ts";
import { BY_FILE } from "./external.ts";
import { fromTimestamp } from "../kernel/instant.ts";
import { rememberedBy, type Memory, type Remembered } from "./idempotency.ts";
import { changesOf, commitPart } from "./log-line.ts";

export interface Vouched {
  readonly version: number;
  /** Digest without version and volatile fields; undefined: deleted. */
  readonly content: string | undefined;
}

export class Ledger {
  readonly #records: Map<string, Vouched>;
  readonly #revisions: Map<Kind, number>;
  readonly #memory: Memory;
  /** What an earlier run had come to, of a log that was rewritten since. */
  readonly #former: ReadonlyMap<string, Vouched>;
  /** The changes of the last moments of the log, each with what stood before it. */
  #recent: Recent[] = [];
  #batch = 0;
  #batchTs = "";
  #lastBatchAt = 0;
  #answer: Remembered | undefined;
  #forgetAbove = MOST_RECENT;

  constructor(
    memory: Memory,
    start: {
      readonly records?: ReadonlyMap<string, Vouched>;
      readonly revisions?: ReadonlyMap<Kind, number>;
      readonly former?: ReadonlyMap<string, Vouched>;
    } = {},
  ) {
    this.#former = start.former ?? new Map();
    this.#memory = memory;
    this.#records = new Map(start.records);
    this.#revisions = new Map(start.revisions);
  }

  visit(event: KyrosEvent, sequence: number): void {
    const at = fromTimestamp(event.ts);
    const changes = changesOf(event);
    // The files may still lack what they lacked before when somebody appended a line, or when recovery
    // took in an edit and ended before it had done again what stands before it.
    const isOwn = changes.length > 0 && event.actor !== BY_FILE;
    if (isOwn) this.#lastBatchAt = at;
    if (isOwn && event.ts !== this.#batchTs) {
      this.#batch += 1;
      this.#batchTs = event.ts;
    }
    for (const change of changes) {
      const name = nameOf(change.kind, change.id);
      const known = this.#records.get(name);
      this.#recent.push({ at, batch: this.#batch, change, before: known });
      // Merged branches may both have counted on from the same version.
      const version = Math.max(change.version, known?.version ?? 0);
      this.#records.set(name, { version, content: contentAfter(change, known) });
      this.#revisions.set(change.kind, sequence);
    }
    if (this.#recent.length > this.#forgetAbove) this.#forget();
    this.#remember(event);
  }

  get(kind: Kind, id: string): Vouched | undefined {
    return this.#records.get(nameOf(kind, id));
  }

  revision(kind: Kind): number {
    return this.#revisions.get(kind) ?? 0;
  }

  /** The highest version that was ever given, by record, as far as is known. */
  versions(): Map<string, number> {
    const versions = new Map<string, number>();
    for (const [name, { version }] of [...this.#former, ...this.#records]) {
      versions.set(name, Math.max(version, versions.get(name) ?? 0));
    }
    return versions;
  }

  /** Whether the log tells of a record what an earlier run had left behind, or differently. */
  isBefore(kind: Kind, id: string): boolean {
    const name = nameOf(kind, id);
    const [former, now] = [this.#former.get(name), this.#records.get(name)];
    if (former === undefined || now === undefined || now.version > former.version) return false;
    return now.version < former.version || now.content !== former.content;
  }

  /** Ids of the records of a kind that exist by the log. */
  *living(kind: Kind): Iterable<string> {
    const prefix = `${kind}/`;
    for (const [name, { content }] of this.#records) {
      if (content !== undefined && name.startsWith(prefix)) yield name.slice(prefix.length);
    }
  }

  /**
   * The changes to one record that its file does not have yet, if the file holds exactly what stood
   * before them: then the process ended between log and file, and they are to be done again.
   *
   * @param lag how far the file may have been behind: by the last two batches (the log of the last may
   *   be durable before the names of the one before it), or, for a file that follows the log at a
   *   distance, by all that is not older than this.
   */
  pending(
    kind: Kind,
    id: string,
    inFile: { readonly content: string | undefined } | undefined,
    lag: Lag,
  ): readonly LoggedChange[] {
    const changes = this.#due(kind, id, lag);
    const first = changes.findIndex(({ before }) => before?.content === inFile?.content);
    return first === -1 ? [] : changes.slice(first).map(({ change }) => change);
  }

  /** Whether a file that shows this version of a record may just not have had the changes after it. */
  mayShow(kind: Kind, id: string, version: number, lag: Lag): boolean {
    return this.#due(kind, id, lag).some(({ before }) => before?.version === version);
  }

  #due(kind: Kind, id: string, lag: Lag): Recent[] {
    if (lag === "none") return [];
    const earliest = this.#lastBatchAt - (lag === "last batches" ? LONGEST_LAG_MS : lag);
    return this.#recent.filter(
      ({ change, batch, at, before }) =>
        change.kind === kind &&
        change.id === id &&
        // A line that a merge put there, twice or out of order, was not written by a run that ended.
        change.version > (before?.version ?? 0) &&
        at >= earliest &&
        (lag !== "last batches" || batch >= this.#batch - 1),
    );
  }

  /** The answer stands in the first event of its commit, and names all of them. */
  #remember(event: KyrosEvent): void {
    if (commitPart(event).index === 0) this.#answer = rememberedBy(event);
    else if (this.#answer !== undefined) {
      this.#answer = { ...this.#answer, eventIds: [...this.#answer.eventIds, event.id] };
    }
    if (this.#answer !== undefined) this.#memory.add(this.#answer);
  }

  #forget(): void {
    const earliest = this.#lastBatchAt - LONGEST_LAG_MS;
    this.#recent = this.#recent.filter(({ at }) => at >= earliest);
    // Twice of what is left, so that a burst within the window is not gone through again and again.
    this.#forgetAbove = Math.max(MOST_RECENT, 2 * this.#recent.length);
  }
}

export type Lag = "none" | "last batches" | number;

/**
 * Where a merge put lines of one branch between those of another, a patch does not lead to the record
 * that it was made for, nor does any after it. Then nothing is vouched for until the record is told
 * whole again: what the file holds is put into the log anew.
 */
function contentAfter(change: LoggedChange, known: Vouched | undefined): string | undefined {
  if (change.value === null) return undefined;
  const isNext = change.version === (known?.version ?? 0) + 1;
  const isAfter = change.version > (known?.version ?? 0);
  const stands = known?.content !== undefined && known.content !== UNKNOWN;
  const isTold = change.patch === undefined ? isAfter : isNext && stands;
  return isTold && change.hash !== undefined ? change.hash : UNKNOWN;
}

/** No digest. */
const UNKNOWN = "";

interface Recent {
  readonly at: number;
  readonly batch: number;
  readonly change: LoggedChange;
  readonly before: Vouched | undefined;
}

/** How far behind the log a state file can be when a process ends. */
export const LONGEST_LAG_MS = 10_000;

const MOST_RECENT = 20_000;

export function nameOf(kind: Kind, id: string): string {
  return `${kind}/${id}`;
}

export function recordOf(name: string): { kind: Kind; id: string } {
  const slash = name.indexOf("/");
  const kind = name.slice(0, slash);
  if (!isKind(kind)) throw new Error(`${name} is no record`);
  return { kind, id: name.slice(slash + 1) };
}
