/** The in-memory twin: the same decisions, drafts and lines; durable until the process ends. */
import type { Clock } from "../kernel/clock.ts";
import { toInstant, type Instant } from "../kernel/instant.ts";
import { Draft } from "./draft.ts";
import { Memory } from "./idempotency.ts";
import type { KindDefinitions } from "./kind.ts";
import { Listeners } from "./listeners.ts";
import { ORIGIN, parseCursor, type EncodedLine } from "./log-line.ts";
import type { EventLog, LogEntry, Store } from "./port.ts";
import { CommitQueue } from "./queue.ts";
import { nextMoment, shiftedTouches } from "./clock-shift.ts";
import { Snapshot } from "./snapshot.ts";

export function createMemoryStore(ports: { kinds: KindDefinitions; clock: Clock }): Store {
  const { kinds, clock } = ports;
  const memory = new Memory();
  const lastVersions = new Map<string, number>();
  const lines: EncodedLine[] = [];
  const log = new MemoryLog(lines);
  let snapshot = Snapshot.empty();
  let lastBatch = toInstant(0);

  const queue = new CommitQueue({
    begin() {
      const shift = clock.reanchor();
      lastBatch = nextMoment(clock.now(), lastBatch);
      const draft = new Draft({
        snapshot,
        definitions: kinds,
        memory,
        lastVersions,
        now: lastBatch,
        assertWritable: () => {},
      });
      draft.touch(shiftedTouches(snapshot, kinds, shift));
      // The clock moved in this turn: nobody may see it without what is judged by it.
      snapshot = draft.snapshot;
      return Promise.resolve(draft);
    },
    write(draft) {
      lines.push(...draft.lines);
      for (const answer of draft.remembered) memory.add(answer);
      for (const [name, version] of draft.lastVersions) lastVersions.set(name, version);
      snapshot = draft.snapshot;
      if (draft.lines.length > 0) log.wake();
      return Promise.resolve();
    },
  });

  return {
    read: () => snapshot,
    commit: (decide, by) => queue.commit(decide, by),
    events: log,
    now: () => clock.now(),
    health: () => Promise.resolve({ store: { ok: true, detail: "in memory" } }),
    close: () => queue.close(),
  };
}

class MemoryLog implements EventLog {
  readonly #lines: readonly EncodedLine[];
  readonly #listeners = new Listeners();

  constructor(lines: readonly EncodedLine[]) {
    this.#lines = lines;
  }

  get head(): number {
    return this.#lines.length;
  }

  get headCursor(): string {
    return this.#lines.at(-1)?.cursor ?? ORIGIN;
  }

  resolve(cursor: string): Promise<{ sequence: number } | { reset: string }> {
    const place = parseCursor(cursor);
    const known =
      place !== undefined &&
      (place.position === 0 ? ORIGIN : this.#lines[place.position - 1]?.cursor) === cursor;
    return Promise.resolve(
      known ? { sequence: place.position } : { reset: "the log holds no such place" },
    );
  }

  before(moment: Instant): Promise<number> {
    const first = this.#lines.findIndex((line) => Date.parse(line.event.ts) >= moment);
    return Promise.resolve(first === -1 ? this.head : first);
  }

  async *scan(range: {
    after: number;
    upTo?: number;
    backwards?: boolean;
    containing?: readonly string[];
  }): AsyncIterable<readonly LogEntry[]> {
    const { after, upTo = this.head, backwards = false, containing } = range;
    const found = this.#lines
      .slice(after, upTo)
      .filter((line) => containing?.some((text) => line.line.includes(text)) ?? true);
    await Promise.resolve();
    if (found.length > 0) yield backwards ? found.toReversed() : found;
  }

  recent(after: number): readonly LogEntry[] {
    return this.#lines.slice(after);
  }

  subscribe: EventLog["subscribe"] = (listener) => this.#listeners.add(listener);

  onBug: EventLog["onBug"] = (report) => this.#listeners.reportTo(report);

  wake(): void {
    this.#listeners.tell(undefined);
  }
}
