/**
 * A batch in the making: what the queue's decisions come to, before any of it is written.
 *
 *   1. Each decision sees the ones before it in the batch.
 *   2. Every change raises the record's version by one, above any it ever had, and hangs on one event.
 *   3. All events of a batch carry the batch's moment, and no batch that of the one before it: so
 *      recovery can tell where the last batches began.
 */
import type { Kind } from "#contracts/state";
import type { KyrosEvent } from "#contracts/event";
import { toTimestamp, type Instant } from "../kernel/instant.ts";
import { newUuid } from "../kernel/ids.ts";
import { refuse, type Refusal } from "../kernel/refusal.ts";
import type { ProblemCode } from "#contracts/problem";
import { toLogged, type LoggedChange } from "./change.ts";
import { createEntry } from "./entry.ts";
import { toDetails, type Remembered, type Memory } from "./idempotency.ts";
import { findFlaw } from "./json-limits.ts";
import type { KindDefinition, KindDefinitions } from "./kind.ts";
import { encodeLine, RESERVED_DETAILS, type EncodedLine } from "./log-line.ts";
import type { Acceptance, Author, Change, Decision, NewEvent, Touch, View } from "./port.ts";
import type { Snapshot } from "./snapshot.ts";

export interface Ground {
  readonly snapshot: Snapshot;
  readonly definitions: KindDefinitions;
  readonly memory: Memory;
  /** The last version of records that are gone; theirs are never given again. */
  readonly lastVersions: ReadonlyMap<string, number>;
  readonly now: Instant;
  /** Throws the fault when records of this kind cannot be written now. */
  assertWritable(kind: Kind): void;
}

export type Outcome<T> =
  | {
      readonly ok: true;
      readonly value: T;
      readonly replayed: boolean;
      readonly cursor: string;
      readonly eventIds: readonly string[];
    }
  | Refusal<ProblemCode>;

export interface AdoptedEvent extends NewEvent {
  /** The versions of its records must reach at least this. */
  readonly atLeast?: number;
}

export class Draft {
  readonly #ground: Ground;
  #snapshot: Snapshot;
  readonly lines: EncodedLine[] = [];
  readonly dirty = new Set<Kind>();
  readonly touched = new Set<Kind>();
  readonly remembered: Remembered[] = [];
  readonly lastVersions = new Map<string, number>();
  #isRewriting = false;

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#snapshot = ground.snapshot;
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Whether anything at all would differ afterwards. */
  get isEmpty(): boolean {
    return this.isVolatile && this.touched.size === 0;
  }

  /** Nothing but presence, which is written another time. */
  get isVolatile(): boolean {
    return this.lines.length === 0 && this.dirty.size === 0;
  }

  /** Whether the log does not tell all that the files get: then nothing could be done again from it. */
  get mustStandInFiles(): boolean {
    return this.#isRewriting;
  }

  /** Runs one decision. When it, or its answer, throws, the draft is as it was before. */
  decide<T>(decide: (view: View, now: Instant) => Decision<T>, by: Author): Outcome<T> {
    const { idempotency } = by;
    const earlier = idempotency && this.#recall(by.actor, idempotency.key);
    if (earlier !== undefined) {
      if (earlier.fingerprint !== idempotency?.fingerprint) {
        return refuse(
          "idempotency-mismatch",
          "This Idempotency-Key was used for a request with another content. Use a new key for a new request.",
        );
      }
      return {
        ok: true,
        value: earlier.value as T,
        replayed: true,
        cursor: this.#snapshot.cursor,
        eventIds: earlier.eventIds,
      };
    }
    const decision = decide(this.#snapshot, this.#ground.now);
    return decision.ok ? this.#accept(decision, by) : decision;
  }

  /** Takes in what stands in a file: whole values, whatever the guards would have said. */
  adopt(events: readonly AdoptedEvent[], actor: string): void {
    this.#accept({ ok: true, events, touches: [], answer: () => null }, { actor });
  }

  /** Has the file of a kind written again although no record changed. */
  rewrite(kind: Kind): void {
    this.dirty.add(kind);
    this.#isRewriting = true;
  }

  /** Sets volatile fields on the store's own account. */
  touch(touches: readonly Touch[]): void {
    this.#accept({ ok: true, events: [], touches, answer: () => null }, { actor: "kyros" });
  }

  #recall(actor: string, key: string): Remembered | undefined {
    return (
      this.remembered.find((answer) => answer.actor === actor && answer.key === key) ??
      this.#ground.memory.get(actor, key, this.#ground.now)
    );
  }

  #accept<T>(accepted: Acceptance<T>, by: Author): Outcome<T> {
    const wrong = accepted.events.map(wrongDetails).find((detail) => detail !== undefined);
    if (wrong !== undefined) return refuse("invalid", wrong);
    const step = new Step(this.#snapshot, this.#ground, this.lastVersions);
    for (const event of accepted.events) step.add(event, by.actor);
    for (const touch of accepted.touches) step.touch(touch);
    const value = accepted.answer(step.snapshot);
    const remembered =
      by.idempotency === undefined
        ? undefined
        : { ...by.idempotency, actor: by.actor, value, at: this.#ground.now };
    const lines = step.seal(remembered && toDetails(remembered));
    const eventIds = lines.map((line) => line.event.id);
    if (remembered !== undefined && lines.length > 0) {
      this.remembered.push({ ...remembered, eventIds });
    }
    this.lines.push(...lines);
    for (const kind of step.dirty) this.dirty.add(kind);
    for (const kind of step.touched) this.touched.add(kind);
    for (const [name, version] of step.lastVersions) this.lastVersions.set(name, version);
    this.#snapshot = step.snapshot;
    return { ok: true, value, replayed: false, cursor: step.snapshot.cursor, eventIds };
  }
}

/** One commit on its way into the draft. */
class Step {
  readonly #ground: Ground;
  readonly #pendingVersions: ReadonlyMap<string, number>;
  readonly #events: Omit<KyrosEvent, "details">[] = [];
  readonly #details: Record<string, unknown>[] = [];
  readonly dirty = new Set<Kind>();
  readonly touched = new Set<Kind>();
  readonly lastVersions = new Map<string, number>();
  snapshot: Snapshot;

  constructor(snapshot: Snapshot, ground: Ground, pendingVersions: ReadonlyMap<string, number>) {
    this.snapshot = snapshot;
    this.#ground = ground;
    this.#pendingVersions = pendingVersions;
  }

  add(event: AdoptedEvent, author: string): void {
    const changes = (event.changes ?? []).map((change) => this.#apply(change, event.atLeast));
    this.#events.push({
      id: newUuid(),
      ts: toTimestamp(this.#ground.now),
      event: event.event,
      actor: event.actor ?? author,
      target: event.target,
    });
    this.#details.push({ ...event.details, ...(changes.length > 0 && { changes }) });
  }

  touch<K extends Kind>(touch: Touch & { kind: K }): void {
    const definition = definitionOf(this.#ground.definitions, touch.kind);
    const before = this.snapshot.get<K>(touch.kind, touch.id);
    if (before === undefined) return;
    const stray = Object.keys(touch.fields).find((name) => !definition.volatile.includes(name));
    if (stray !== undefined) throw new Error(`${touch.kind}.${stray} is not volatile`);
    const record = { ...before.record, ...touch.fields };
    const entry = createEntry(definition, touch.id, record);
    this.snapshot = this.snapshot.with(touch.kind, touch.id, entry, undefined);
    this.touched.add(touch.kind);
  }

  seal(idempotency: Record<string, unknown> | undefined): EncodedLine[] {
    const size = this.#events.length;
    const lines: EncodedLine[] = [];
    let { position, crc } = this.snapshot;
    for (const [index, event] of this.#events.entries()) {
      const details = {
        ...this.#details[index],
        ...(size > 1 && { commit: { index, size } }),
        ...(index === 0 && idempotency !== undefined && { idempotency }),
      };
      const line = encodeLine({ ...event, details }, position + 1, crc);
      lines.push(line);
      ({ sequence: position, crc } = line);
    }
    this.snapshot = this.snapshot.at(position, crc);
    return lines;
  }

  #apply<K extends Kind>(change: Change & { kind: K }, atLeast = 0): LoggedChange {
    const { kind, id } = change;
    this.#ground.assertWritable(kind);
    const definition = definitionOf(this.#ground.definitions, kind);
    const before = this.snapshot.get<K>(kind, id);
    const next = 1 + Math.max(before?.version ?? 0, this.#lastVersion(kind, id));
    const version = Math.max(next, atLeast);
    const revision = this.snapshot.sequence + this.#events.length + 1;
    this.dirty.add(kind);
    if (change.value === null) {
      this.lastVersions.set(`${kind}/${id}`, version);
      this.snapshot = this.snapshot.with<K>(kind, id, undefined, revision);
      return { kind, id, version, value: null };
    }
    const read = definition.read(id, { ...change.value, version }, this.#ground.now);
    if (!read.ok) {
      const [issue] = read.issues;
      throw new Error(
        `a decision made an invalid ${kind}/${id}: ${issue?.pointer} ${issue?.detail}`,
      );
    }
    const entry = createEntry(definition, id, read.record);
    this.snapshot = this.snapshot.with<K>(kind, id, entry, revision);
    // An adopted record is logged whole: what stood before it in the log may be another branch's.
    return toLogged(definition, id, atLeast === 0 ? before : undefined, entry);
  }

  #lastVersion(kind: Kind, id: string): number {
    const name = `${kind}/${id}`;
    return (
      this.lastVersions.get(name) ??
      this.#pendingVersions.get(name) ??
      this.#ground.lastVersions.get(name) ??
      0
    );
  }
}

function wrongDetails({ details = {} }: NewEvent): string | undefined {
  // A line with these would be taken for the store's own word when the log is read again.
  const forged = RESERVED_DETAILS.find((name) => Object.hasOwn(details, name));
  if (forged !== undefined) {
    return `details.${forged} is written by the server only; give it another name.`;
  }
  const flaw = findFlaw(details);
  return flaw && `details.${flaw.path.slice(0, 3).join(".")} ${flaw.detail}; send it otherwise.`;
}

function definitionOf<K extends Kind>(definitions: KindDefinitions, kind: K): KindDefinition<K> {
  return definitions[kind];
}
