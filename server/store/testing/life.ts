/**
 * A board that is written to and dies again and again, and what must be true of it each time:
 *
 *   S1   What was answered or could be read is there.
 *   S2   The log ends with a whole commit, and no file is torn.
 *   S5   Of what was asked and not answered, the first few came to be, in order, each once and whole,
 *        and nothing else; log, records and files say the same.
 *   S6   A compare-and-swap succeeds exactly where nobody was first; no ETag ever comes back.
 *   S8   A repetition gets the first answer.
 *   S10  What was edited by hand is there.
 *   S14  Fencing tokens grow.
 *   S16  Whoever kept a cursor goes on from there, and misses nothing.
 */
import { KINDS, type Kind } from "#contracts/state";
import type { KyrosEvent } from "#contracts/event";
import { kinds } from "../../kinds.ts";
import { Replay } from "../replay.ts";
import { BoardModel } from "./board-model.ts";
import { FOLDER, stable } from "./crashes.ts";
import { submit, toOutcome, type Doing, type Numbered, type Outcome } from "./doings.ts";
import { demand, same } from "./demand.ts";
import { isWhole, logOf, logPaths, toCommits } from "./log-text.ts";
import { LOCKS, TASKS } from "./left-folder.ts";
import { scanned } from "./observe.ts";
import type { Death, World } from "./world.ts";

/** What should show in the log sooner or later, and has not yet. */
type Awaited =
  | { readonly what: "asked"; readonly numbered: Numbered; outcome: Outcome }
  | {
      readonly what: "edited";
      readonly id: string;
      readonly title: string;
      /** As it stood in the file that was edited. */
      readonly description: string;
    }
  | {
      readonly what: "appended";
      readonly eventId: string;
      /** Whoever appended it saw to it. */
      readonly lasts: boolean;
    }
  | { readonly what: "leases gone" };

interface LoggedEdit {
  readonly kind: Kind;
  readonly id: string;
  readonly version: number;
  readonly patch?: { readonly title?: string };
  readonly value?: { readonly title: string } | null;
}

interface Bookmark {
  readonly cursor: string;
  readonly position: number;
}

export class Life {
  readonly world: World;
  readonly model = new BoardModel();
  readonly #replay = new Replay(kinds);
  /** By record, oldest first. */
  readonly etags = new Map<string, string[]>();
  readonly keys: string[] = [];
  readonly #ids: string[] = [];
  readonly #bookmarks: Bookmark[] = [];
  #log: Buffer = Buffer.alloc(0);
  #awaited: Awaited[] = [];
  /** The events that somebody could read when the process died. */
  #seen: readonly string[] = [];
  #stamp = 0;
  /** A second name that the file had then may come back with the power: it is looked at once more. */
  #hasEditedInPlace = false;

  constructor(world: World) {
    this.world = world;
  }

  nextStamp(): number {
    this.#stamp += 1;
    return this.#stamp;
  }

  /** Commits that arrive together. Resolves when each has an answer, or the process is dead. */
  async ask(
    doings: readonly { readonly doing: Doing; readonly key: string | undefined }[],
  ): Promise<void> {
    const { store } = this.world;
    if (store === undefined) throw new Error("no server runs");
    const all = doings.map(async ({ doing, key }) => {
      const numbered = { stamp: this.nextStamp(), doing, key };
      const asked: Awaited = { what: "asked", numbered, outcome: "unanswered" };
      this.#awaited.push(asked);
      asked.outcome = await submit(store, numbered).catch(toOutcome);
    });
    await this.world.settled(Promise.all(all));
  }

  /** The server is gone; what it could show before is to be there when it comes back. */
  die(how: Death): void {
    const { store } = this.world;
    if (store !== undefined) {
      const visible = store.events.head - this.#ids.length;
      this.#seen = this.#newLines()
        .slice(0, visible)
        .map((line) => (JSON.parse(line) as KyrosEvent).id);
    }
    for (const awaited of this.#awaited) {
      if (awaited.what !== "asked" || awaited.outcome !== "not confirmed") continue;
      awaited.outcome = how === "kill" ? "not made" : "unanswered";
    }
    this.world.die(how);
  }

  /** In good order; what follows may be the end of the power. */
  async stop(then: Death): Promise<void> {
    await this.world.settled(this.world.store?.close() ?? Promise.resolve());
    this.die(then);
  }

  /** Somebody saves the file of tasks with another title for one of them. */
  edit(choice: number, how: "in place" | "by rename"): void {
    const { disk } = this.world;
    const text = disk.text(TASKS);
    if (text === undefined) return;
    const file = JSON.parse(text) as {
      items: Record<string, { title: string; description: string }>;
    };
    const ids = Object.keys(file.items);
    const id = ids[choice % Math.max(1, ids.length)];
    const item = id === undefined ? undefined : file.items[id];
    if (id === undefined || item === undefined) return;
    const title = `by hand ${this.nextStamp()}`;
    item.title = title;
    const after = `${JSON.stringify(file, null, 2)}\n`;
    if (how === "in place") {
      disk.editInPlace(TASKS, after);
      this.#hasEditedInPlace = true;
    } else disk.editByRename(TASKS, after);
    this.#awaited.push({ what: "edited", id, title, description: item.description });
  }

  /** Somebody deletes the file of leases: all of them are given up. */
  deleteLeases(): void {
    this.world.disk.deleteForGood(LOCKS);
    this.#awaited.push({ what: "leases gone" });
  }

  /** Somebody appends a line to the log, as a merge does. What does not last may still be seen, and then it must. */
  append(lasts: boolean): void {
    const path = logPaths(this.world).at(-1);
    // To a line, or a commit, without its end nobody can append anything that is read as it was meant.
    if (path === undefined || !isWhole(logOf(this.world))) return;
    // Of several moments that nobody synced a power cut may leave what nobody can read.
    if (this.#awaited.some((each) => each.what === "appended" && !each.lasts)) return;
    const eventId = `appended-${this.nextStamp()}`;
    const event = {
      id: eventId,
      ts: new Date().toISOString(),
      event: "note",
      actor: "git",
      target: "",
      details: {},
    };
    const line = `${JSON.stringify(event)}\n`;
    if (lasts) this.world.disk.appendForGood(path, line);
    else this.world.disk.handleOf(path).append(line);
    this.#awaited.push({ what: "appended", eventId, lasts });
  }

  /** Holds everything that can be seen against what must be. */
  async look(): Promise<void> {
    this.#readLog();
    this.#compare();
    await this.#resume();
  }

  /** What stands in the log behind what was looked at before. */
  #newLines(): string[] {
    const bytes = logOf(this.world);
    const isSame = bytes.subarray(0, this.#log.length).equals(this.#log);
    demand(isSame, "what stood in the log is not there any more");
    return bytes.subarray(this.#log.length).toString().split("\n");
  }

  #readLog(): void {
    const lines = this.#newLines();
    demand(lines.pop() === "", "the last line has no end");
    this.#log = logOf(this.world);
    const events = lines.map((line) => JSON.parse(line) as KyrosEvent);
    for (const [index, id] of this.#seen.entries()) {
      demand(events[index]?.id === id, `event ${id} was seen and is not there any more`);
    }
    this.#seen = [];
    for (const commit of toCommits(events)) this.#take(commit);
    for (const left of this.#awaited) this.#leaveOut(left);
    this.#awaited = [];
    for (const event of events) {
      this.#replay.apply(event);
      this.#ids.push(event.id);
    }
  }

  /** One commit of the log: somebody must have asked for it. */
  #take(commit: readonly KyrosEvent[]): void {
    const [first] = commit;
    if (first === undefined) return;
    if (first.actor === "file") {
      for (const event of commit) this.#takeEdit(event);
      return;
    }
    const index = this.#awaited.findIndex((awaited) =>
      awaited.what === "appended"
        ? awaited.eventId === first.id
        : awaited.what === "asked" && awaited.numbered.stamp === first.details["stamp"],
    );
    const awaited = this.#awaited[index];
    demand(awaited !== undefined, `nobody asked for ${JSON.stringify(first)}`);
    if (awaited.what === "asked") {
      // Whoever came before it and is not there will not come any more.
      const before = this.#awaited.slice(0, index).filter(({ what }) => what === "asked");
      for (const left of before) this.#leaveOut(left, "passed over");
      this.#awaited = this.#awaited.filter((each) => each !== awaited && !before.includes(each));
      this.#takeAsked(awaited, commit);
    } else this.#awaited.splice(index, 1);
  }

  #takeAsked(
    { numbered, outcome }: Awaited & { what: "asked" },
    commit: readonly KyrosEvent[],
  ): void {
    const effect = this.model.effectOf(numbered);
    const name = JSON.stringify(numbered);
    demand(
      typeof effect !== "string",
      `${name} should be ${JSON.stringify(effect)}, and is in the log`,
    );
    demand(outcome !== "not made", `${name} is in the log, and was told not to be made`);
    const answer = this.model.apply(numbered, effect);
    if (outcome !== "unanswered") {
      const isRight =
        typeof outcome === "object" &&
        outcome.ok &&
        JSON.stringify(outcome.value) === JSON.stringify(answer);
      demand(
        isRight,
        `${name} was answered ${JSON.stringify(outcome)} instead of ${JSON.stringify(answer)}`,
      );
    }
    if (numbered.doing.does === "grant") this.#takeGrant(commit);
  }

  #takeGrant(commit: readonly KyrosEvent[]): void {
    const changes = commit.flatMap(
      ({ details }) => details["changes"] as { value: { fencing_token: number } | null }[],
    );
    const token = changes.at(-1)?.value?.fencing_token ?? 0;
    demand(
      token > this.model.highestToken,
      `token ${token} was given out after ${this.model.highestToken}`,
    );
    this.model.highestToken = token;
  }

  #takeEdit(event: KyrosEvent): void {
    if (event.event === "edit_set_aside") {
      demand(this.#hasEditedInPlace, "a crash was taken for an edit");
      return;
    }
    const { changes = [] } = event.details as { changes?: LoggedEdit[] };
    const [change] = changes;
    if (change?.kind === "locks" && change.value === null) {
      demand(
        this.#awaited.some(({ what }) => what === "leases gone"),
        "a lease is gone",
      );
      return;
    }
    const title = change?.patch?.title ?? change?.value?.title;
    const found = this.#awaited.find(
      (awaited) =>
        awaited.what === "edited" && awaited.id === change?.id && awaited.title === title,
    );
    demand(
      found?.what === "edited" && change !== undefined,
      `nobody edited ${JSON.stringify(event)}`,
    );
    const description = this.model.tasks.get(found.id)?.description ?? found.description;
    const version = this.model.set(found.id, { title: found.title, description });
    demand(
      change.version === version,
      `the edit of ${found.id} has version ${change.version} instead of ${version}`,
    );
    // An edit that was saved over before anybody looked was nobody's any more.
    const isOver = this.#awaited.indexOf(found);
    this.#awaited = this.#awaited.filter(
      (each, index) =>
        each !== found && !(each.what === "edited" && each.id === found.id && index < isOver),
    );
  }

  /** Nothing in the log tells of it: that must be right. */
  #leaveOut(left: Awaited, why: "passed over" | "the log ends" = "the log ends"): void {
    const name = JSON.stringify(left);
    if (left.what === "leases gone" || (left.what === "appended" && !left.lasts)) return;
    demand(left.what === "asked", `is lost: ${name}`);
    const { numbered, outcome } = left;
    const effect = this.model.effectOf(numbered);
    if (outcome === "not made" || outcome === "not confirmed") return;
    if (outcome === "unanswered") {
      demand(
        why === "the log ends" || typeof effect === "string",
        `is missing in between: ${name}`,
      );
      return;
    }
    const given = outcome.ok ? (outcome.replayed ? "replayed" : "nothing") : "refused";
    demand(given === effect, `was ${given}, and should be ${JSON.stringify(effect)}: ${name}`);
    if (effect !== "replayed" || !outcome.ok) return;
    const first = this.model.answers.get(numbered.key ?? "");
    demand(
      JSON.stringify(first) === JSON.stringify(outcome.value),
      `is not the first answer: ${name}`,
    );
  }

  #compare(): void {
    const { store, disk } = this.world;
    demand(store !== undefined, "no server runs");
    const view = store.read();
    demand(view.sequence >= this.#ids.length, "the sequence fell");
    const rows = [...view.collection("tasks").entries()].map(({ id, record }) => [
      id,
      record.version,
      record.title,
      record.description,
    ]);
    const told = [...this.model.tasks].map(([id, { version, title, description }]) => [
      id,
      version,
      title,
      description,
    ]);
    same(rows, told, "the tasks");
    for (const kind of KINDS) {
      const records = [...view.collection(kind).entries()].map(({ id, record }) => [
        id,
        stable(kind, record),
      ]);
      same(
        records,
        [...this.#replay.records(kind)].map(([id, record]) => [id, stable(kind, record)]),
        `${kind} in the log`,
      );
      const text = disk.text(`${FOLDER}/state/${kinds[kind].file}`);
      const { items } = JSON.parse(text ?? '{"items":{}}') as { items: Record<string, object> };
      same(
        records,
        Object.entries(items).map(([id, record]) => [id, stable(kind, record)]),
        `${kind} in the file`,
      );
    }
    for (const { id, etag } of view.collection("tasks").entries()) this.#show(id, etag);
    const strays = disk.paths().filter((path) => path.endsWith("tmp"));
    demand(strays.length === 0, `left behind: ${strays.join(", ")}`);
  }

  #show(id: string, etag: string): void {
    const shown = this.etags.get(id) ?? [];
    if (shown.at(-1) === etag) return;
    demand(!shown.includes(etag), `${id} has its ETag ${etag} again`);
    this.etags.set(id, [...shown, etag]);
  }

  /** Somebody who kept a cursor comes back with it. */
  async #resume(): Promise<void> {
    const { store } = this.world;
    if (store === undefined) return;
    const kept = this.#bookmarks.at(-1 - (this.#stamp % 3));
    if (kept !== undefined) {
      const found = await store.events.resolve(kept.cursor);
      demand(
        "sequence" in found && found.sequence === kept.position,
        `${kept.cursor} leads to ${JSON.stringify(found)}`,
      );
      const entries = await scanned(store, { after: kept.position });
      same(
        entries.map(({ event }) => event.id),
        this.#ids.slice(kept.position),
        "the events behind a cursor",
        false,
      );
    }
    this.#bookmarks.push({ cursor: store.events.headCursor, position: this.#ids.length });
  }
}
