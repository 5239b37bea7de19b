/**
 * What the log vouches for: the last version and digest of every record it ever named. Built while
 * the log is read at open, it tells a state file that lags behind (a crash) from one that was edited.
 */
import type { Kind } from "#contracts/state";
import type { KyrosEvent } from "#contracts/event";
import type { LoggedChange } from "./change.ts";
import { fromTimestamp } from "../kernel/instant.ts";
import { rememberedBy, type Memory } from "./idempotency.ts";
import { changesOf } from "./log-line.ts";

export interface Vouched {
  readonly version: number;
  /** Digest without version and volatile fields; undefined: deleted. */
  readonly content: string | undefined;
}

export class Ledger {
  readonly #records: Map<string, Vouched>;
  readonly #revisions: Map<Kind, number>;
  readonly #memory: Memory;
  /** The changes of the last moments of the log, each with what stood before it. */
  #recent: Recent[] = [];
  #forgetAbove = MOST_RECENT;

  constructor(
    memory: Memory,
    start: {
      readonly records?: ReadonlyMap<string, Vouched>;
      readonly revisions?: ReadonlyMap<Kind, number>;
    } = {},
  ) {
    this.#memory = memory;
    this.#records = new Map(start.records);
    this.#revisions = new Map(start.revisions);
  }

  visit(event: KyrosEvent, sequence: number): void {
    const at = fromTimestamp(event.ts);
    for (const change of changesOf(event)) {
      const name = nameOf(change.kind, change.id);
      const known = this.#records.get(name);
      this.#recent.push({ at, change, before: known?.content });
      // Merged branches may both have counted on from the same version.
      const version = Math.max(change.version, known?.version ?? 0);
      const content = change.value === null ? undefined : (change.hash ?? "");
      this.#records.set(name, { version, content });
      this.#revisions.set(change.kind, sequence);
    }
    if (this.#recent.length > this.#forgetAbove) this.#forget(at);
    const answer = rememberedBy(event);
    if (answer !== undefined) this.#memory.add(answer);
  }

  get(kind: Kind, id: string): Vouched | undefined {
    return this.#records.get(nameOf(kind, id));
  }

  revision(kind: Kind): number {
    return this.#revisions.get(kind) ?? 0;
  }

  get records(): ReadonlyMap<string, Vouched> {
    return this.#records;
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
   * @param lag how far the file may have been behind: nothing before the last batch, or, for a file
   *   that follows the log at a distance, nothing that is older than this.
   */
  pending(
    kind: Kind,
    id: string,
    inFile: { readonly content: string | undefined } | undefined,
    lag: Lag,
  ): readonly LoggedChange[] {
    const last = this.#recent.at(-1)?.at ?? 0;
    const since = lag === "last batch" ? last : last - lag;
    const changes = this.#recent.filter(
      ({ at, change }) => at >= since && change.kind === kind && change.id === id,
    );
    const first = changes.findIndex(({ before }) => before === inFile?.content);
    return first === -1 ? [] : changes.slice(first).map(({ change }) => change);
  }

  /** After a clean stop nothing is pending: every difference is somebody's edit. */
  settle(): void {
    this.#recent = [];
  }

  #forget(now: number): void {
    this.#recent = this.#recent.filter(({ at }) => at >= now - LONGEST_LAG_MS);
    // Twice of what is left, so that a burst within the window is not gone through again and again.
    this.#forgetAbove = Math.max(MOST_RECENT, 2 * this.#recent.length);
  }
}

export type Lag = "last batch" | number;

interface Recent {
  readonly at: number;
  readonly change: LoggedChange;
  readonly before: string | undefined;
}

/** How far behind the log a state file can be when a process ends. */
export const LONGEST_LAG_MS = 10_000;

const MOST_RECENT = 20_000;

export function nameOf(kind: Kind, id: string): string {
  return `${kind}/${id}`;
}
