/**
 * The store as every feature sees it. Two implementations pass one acceptance suite: the file store
 * and its in-memory twin. Nothing outside this folder may know which one it talks to.
 *
 *   1. A view is immutable and holds only what is durable.
 *   2. A commit is all of its changes and events, or none of them, also across a crash.
 *   3. Commits are decided one after another: `decide` sees every commit before its own.
 *   4. Every change belongs to exactly one event, so the log replayed gives the records.
 */
import type { KyrosEvent } from "#contracts/event";
import type { ProblemCode } from "#contracts/problem";
import type { Kind, RecordOf } from "#contracts/state";
import type { Instant } from "../kernel/instant.ts";
import type { Refusal } from "../kernel/refusal.ts";

export interface Store {
  /** The durable present. O(1). */
  read(): View;

  /**
   * Decides and writes. Resolves when the outcome is durable and visible, or with the refusal.
   *
   * `decide` is synchronous and pure: it may run more than once, and only its last run counts.
   *
   * @throws StoreFault when the world fails: disk full, read-only store, unreadable state file.
   */
  commit<T>(decide: (view: View, now: Instant) => Decision<T>, by: Author): Promise<Committed<T>>;

  readonly events: EventLog;

  /** The server's clock: what `decide` gets as `now`. */
  now(): Instant;

  /** What `/readyz` says about the store. */
  health(): Promise<Record<string, HealthCheck>>;

  /** Finishes the batch under way, refuses what comes after, gives the folder free. */
  close(): Promise<void>;
}

export interface View {
  /** Names the place in the log at which this view stands: tail from here and nothing is missed. */
  readonly cursor: string;
  /** How many events the log holds. Only grows: with each event, and never back. */
  readonly sequence: number;
  get<K extends Kind>(kind: K, id: string): Entry<RecordOf[K]> | undefined;
  collection<K extends Kind>(kind: K): Collection<RecordOf[K]>;
}

export interface Entry<R> {
  readonly id: string;
  readonly record: R;
  /** Strong, quotes included: `"<version>-<hash>"`. */
  readonly etag: string;
  /** The record as compact JSON; made once. */
  json(): string;
}

export interface Collection<R> {
  readonly size: number;
  /** Changes whenever any record does; never returns to an earlier value. */
  readonly etag: string;
  /** In id order, T-9 before T-10. */
  entries(): IterableIterator<Entry<R>>;
  /** The same, in runs. A run in which nothing changed is the same array as before. */
  runs(): readonly (readonly Entry<R>[])[];
}

export interface Author {
  /** Who is written into the events, unless an event names another. */
  readonly actor: string;
  /** Makes a repetition of this commit answer what the first one answered. */
  readonly idempotency?: { readonly key: string; readonly fingerprint: string } | undefined;
}

export type Decision<T> = Acceptance<T> | Refusal<ProblemCode>;

export interface Acceptance<T> {
  readonly ok: true;
  /** In order. Without events nothing is written, and nothing is remembered for a repetition. */
  readonly events: readonly NewEvent[];
  /** Presence: volatile fields to set without an event, a version or a write of their own. */
  readonly touches: readonly Touch[];
  /**
   * The answer, made from the records after this commit. It must survive a round trip through JSON.
   * It goes into the log with the commit, so it cannot know the place behind it: the view's cursor and
   * sequence still are those of before, and `Committed.cursor` is the one to go on from.
   */
  readonly answer: (after: View) => T;
}

export interface NewEvent {
  readonly event: string;
  readonly target: string;
  readonly actor?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly changes?: readonly Change[];
}

/** The whole new record, or null for deleted. The store gives the version, whatever stands in it. */
export type Change = {
  [K in Kind]: { readonly kind: K; readonly id: string; readonly value: RecordOf[K] | null };
}[Kind];

/** Only the fields that the kind declares volatile. A record that is gone by then is skipped. */
export type Touch = {
  [K in Kind]: {
    readonly kind: K;
    readonly id: string;
    readonly fields: Partial<RecordOf[K]>;
  };
}[Kind];

export type Committed<T> =
  | {
      readonly ok: true;
      readonly value: T;
      /** The stored answer of an earlier request with this idempotency key. */
      readonly replayed: boolean;
      /** Right behind this commit. */
      readonly cursor: string;
      readonly eventIds: readonly string[];
    }
  | Refusal<ProblemCode>;

export interface HealthCheck {
  readonly ok: boolean;
  readonly detail: string;
}

/** One line of the log. `sequence` counts from 1. */
export interface LogEntry {
  readonly sequence: number;
  /** Right behind this event. */
  readonly cursor: string;
  readonly event: KyrosEvent;
  /** The line as it stands in the file, without the newline. */
  readonly line: string;
  /** The last event of its commit: the only place where a reader may stop. */
  readonly endsCommit: boolean;
}

export interface EventLog {
  /** How many events are durable and visible. */
  readonly head: number;
  readonly headCursor: string;

  /** The sequence a cursor stands behind, or why it no longer names a place (`reset`). */
  resolve(cursor: string): Promise<{ sequence: number } | { reset: string }>;

  /** The sequence behind the last event before a moment: reading on from it gives all since. */
  before(moment: Instant): Promise<number>;

  /**
   * Events in order, in batches, from behind `after` up to and including `upTo` (default: head).
   * With `backwards` from `upTo` down to `after`. `containing` skips lines that hold none of these
   * texts (as they stand in the JSON) without parsing them; it may let others through.
   */
  scan(range: {
    after: number;
    upTo?: number;
    backwards?: boolean;
    containing?: readonly string[];
  }): AsyncIterable<readonly LogEntry[]>;

  /** The events behind `after` if all of them are still in memory, else undefined. */
  recent(after: number): readonly LogEntry[] | undefined;

  /** Called after each batch that became visible, and with a reason after the log was rewritten. */
  subscribe(listener: (reset: string | undefined) => void): () => void;

  /** Who hears what a listener threw. It never reaches the commit that the listener was told of. */
  onBug(report: (bug: unknown) => void): void;
}

export type FaultCode = "storage-full" | "store-unavailable" | "state-invalid" | "draining";

/** The world failed, not the caller. */
export class StoreFault extends Error {
  override readonly name = "StoreFault";
  readonly code: FaultCode;
  readonly more: Readonly<Record<string, unknown>>;

  constructor(code: FaultCode, detail: string, more: Readonly<Record<string, unknown>> = {}) {
    super(detail);
    this.code = code;
    this.more = more;
  }
}

export function accept<T>(
  answer: (after: View) => T,
  events: readonly NewEvent[],
  touches: readonly Touch[] = [],
): Acceptance<T> {
  return { ok: true, events, touches, answer };
}

export function put<K extends Kind>(kind: K, value: RecordOf[K]): Change {
  const id = "lock_id" in value ? value.lock_id : value.id;
  return { kind, id, value } as Change;
}

export function remove(kind: Kind, id: string): Change {
  return { kind, id, value: null };
}
