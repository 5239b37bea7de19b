/** What the store has to know about a kind of record; it knows nothing else about features. */
import type { Kind, RecordOf } from "#contracts/state";
import type { Instant } from "../kernel/instant.ts";

export interface KindDefinition<K extends Kind = Kind> {
  readonly kind: K;
  /** Name of the file in the state folder. */
  readonly file: string;
  /** A file that vanished holds no edit: its records are written again, or are gone with it. */
  readonly whenMissing: "restore" | "empty";
  /** Presence: fields that change without version, event or a write of their own. */
  readonly volatile: readonly string[];
  /** Volatile timestamps that move with the server's clock when that is re-anchored. */
  readonly followsClock: readonly string[];
  /**
   * Takes what stands in a file or a log line, fills in what a person may leave out, orders the
   * keys as the contract does and keeps unknown ones behind them. Pure.
   */
  read(id: string, raw: unknown, now: Instant): ReadResult<RecordOf[K]>;
  /**
   * Which guards an edit of the file passed by (`undefined`: created, or deleted). The edit stands,
   * since the file is the truth; the event says what was skipped.
   */
  skippedGuards?(before: RecordOf[K] | undefined, after: RecordOf[K] | undefined): string[];
  /** The target of events about this record, such as `task:T-100`. */
  eventTarget(record: RecordOf[K]): string;
}

export type KindDefinitions = { readonly [K in Kind]: KindDefinition<K> };

export type ReadResult<R> =
  | { readonly ok: true; readonly record: R }
  | { readonly ok: false; readonly issues: readonly RecordIssue[] };

export interface RecordIssue {
  /** JSON pointer inside the record. */
  readonly pointer: string;
  readonly detail: string;
}
