/** What commits and edits make of a board of tasks, told once more in the fewest words. */
import { descriptionOf, PAIR, titleOf, type Answer, type Numbered } from "./doings.ts";

export interface Row {
  readonly version: number;
  readonly title: string;
  readonly description: string;
}

/** The tasks that change, undefined where one is gone; or why none does. */
export type Effect =
  | readonly (readonly [id: string, after: Omit<Row, "version"> | undefined])[]
  | "nothing"
  | "refused"
  | "replayed";

export class BoardModel {
  readonly tasks = new Map<string, Row>();
  /** By idempotency key. */
  readonly answers = new Map<string, Answer>();
  highestToken = 0;
  /** Going is a change too, and no version is ever used again. */
  readonly #lastVersions = new Map<string, number>();

  effectOf({ stamp, doing, key }: Numbered): Effect {
    if (key !== undefined && this.answers.has(key)) return "replayed";
    const title = titleOf(stamp);
    const description = (id: string) => this.tasks.get(id)?.description ?? "";
    switch (doing.does) {
      case "write":
        return [[doing.id, { title, description: descriptionOf(doing.isBig) }]];
      case "pair":
        return PAIR.map((id) => [id, { title, description: description(id) }]);
      case "delete":
        return this.tasks.has(doing.id) ? [[doing.id, undefined]] : "nothing";
      case "swap": {
        const isSame = this.tasks.get(doing.id)?.version === versionIn(doing.etag);
        return isSame ? [[doing.id, { title, description: description(doing.id) }]] : "refused";
      }
      case "say":
      case "grant":
        return [];
      case "see":
    }
    return "nothing";
  }

  /** Answers what the one who asked for it is to be told. */
  apply({ stamp, key }: Numbered, effect: Effect): Answer {
    const changes = typeof effect === "string" ? [] : effect;
    for (const [id, after] of changes) this.set(id, after);
    const [first] = changes;
    const version = first === undefined ? null : (this.tasks.get(first[0])?.version ?? null);
    const answer = { stamp, version };
    if (key !== undefined) this.answers.set(key, answer);
    return answer;
  }

  /** Answers the version of this change. */
  set(id: string, after: Omit<Row, "version"> | undefined): number {
    const version = (this.#lastVersions.get(id) ?? 0) + 1;
    this.#lastVersions.set(id, version);
    if (after === undefined) this.tasks.delete(id);
    else this.tasks.set(id, { ...after, version });
    return version;
  }
}

function versionIn(etag: string): number {
  return Number(/^"(\d+)-/.exec(etag)?.[1]);
}
