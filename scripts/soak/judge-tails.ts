/**
 * Whether a reader of the tail was told the truth. A transcript is held against the log: ordered,
 * unique, reliable, atomic, resumable and bookmarkable, as etcd's watches promise to be.
 */
import type { KyrosEvent } from "#contracts/event";
import type { Verdict } from "./verdict.ts";

export type Said =
  /** A connection was made: from the beginning, or with the last cursor. */
  | { readonly what: "opened"; readonly cursor: string | undefined }
  /** The events of one message, by id. */
  | {
      readonly what: "events";
      readonly ids: readonly string[];
      readonly cursor: string | undefined;
    }
  /** A cursor without an event: hello, caught up, a bookmark. */
  | { readonly what: "place"; readonly cursor: string }
  | { readonly what: "reset"; readonly reason: string };

export interface Transcript {
  readonly reader: string;
  /** Which events the reader asked for. */
  readonly wants: (event: KyrosEvent) => boolean;
  readonly said: readonly Said[];
}

interface Told {
  readonly id: string;
  readonly endsCommit: boolean;
}

/** What the reader must be told: its events, and which of them is its last one of a commit. */
function toTold(log: readonly KyrosEvent[], wants: Transcript["wants"]): Told[] {
  const told: { id: string; commit: number; endsCommit: boolean }[] = [];
  let commit = 0;
  for (const event of log) {
    const place = event.details["commit"] as { index: number } | undefined;
    if ((place?.index ?? 0) === 0) commit += 1;
    if (!wants(event)) continue;
    const last = told.at(-1);
    if (last?.commit === commit) last.endsCommit = false;
    told.push({ id: event.id, commit, endsCommit: true });
  }
  return told;
}

/** Goes through a transcript with a finger on the place in the log. */
class Finger {
  readonly wrong: string[] = [];
  connections = 0;
  at = 0;
  readonly #told: readonly Told[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #cursors = new Map<string, number>();

  constructor(told: readonly Told[]) {
    this.#told = told;
    this.#places = new Map(told.map(({ id }, index) => [id, index]));
  }

  follow(word: Said): void {
    if (word.what === "opened") this.#open(word.cursor);
    else if (word.what === "events") this.#tell(word.ids, word.cursor);
    else if (word.what === "place") this.#mark(word.cursor);
    else this.wrong.push(`had to start over: ${word.reason}`);
  }

  #open(cursor: string | undefined): void {
    this.connections += 1;
    const place = cursor === undefined ? 0 : this.#cursors.get(cursor);
    if (place === undefined) this.wrong.push(`came back with ${cursor}, which it never got`);
    else this.at = place;
  }

  #tell(ids: readonly string[], cursor: string | undefined): void {
    for (const id of ids) {
      if (this.#told[this.at]?.id !== id) this.wrong.push(misplaced(id, this.at, this.#places));
      this.at = (this.#places.get(id) ?? this.at - 1) + 1;
    }
    if (cursor !== undefined) this.#mark(cursor);
    else if (this.#endsCommit) this.wrong.push(`${ids.at(-1)} ends a commit, without a cursor`);
  }

  #mark(cursor: string): void {
    if (!this.#endsCommit) this.wrong.push(`${cursor} lies inside a commit`);
    this.#cursors.set(cursor, this.at);
  }

  get #endsCommit(): boolean {
    return this.at === 0 || this.#told[this.at - 1]?.endsCommit === true;
  }
}

/** @param owed how many events of the log the reader must have been told of, in any case */
export function judgeTail(
  { reader, wants, said }: Transcript,
  log: readonly KyrosEvent[],
  owed = log.length,
): Verdict {
  const told = toTold(log, wants);
  const finger = new Finger(told);
  for (const word of said) finger.follow(word);
  const least = log.slice(0, owed).filter(wants).length;
  if (finger.at < least) finger.wrong.push(`was told ${finger.at} of ${least} events`);
  return {
    claim: `${reader}: ${finger.at} events over ${finger.connections} connections, in order, each once`,
    seen: finger.at,
    wrong: finger.wrong.map((each) => `${reader} ${each}`),
  };
}

function misplaced(id: string, at: number, places: ReadonlyMap<string, number>): string {
  const place = places.get(id);
  if (place === undefined) return `was told ${id}, which it should not be`;
  return place < at ? `was told ${id} again` : `was not told ${place - at} events before ${id}`;
}
