/** What is done to a board, each with a number of its own by which it is found in the log. */
import {
  accept,
  put,
  remove,
  StoreFault,
  type Author,
  type Committed,
  type Decision,
  type NewEvent,
  type Store,
  type View,
} from "../port.ts";
import { refuse } from "../../kernel/refusal.ts";
import { aLease, anAgent, aTask } from "./records.ts";

export type Doing =
  | { readonly does: "write"; readonly id: string; readonly isBig: boolean }
  /** Two records and two events that must stay together: both get the same title. */
  | { readonly does: "pair" }
  | { readonly does: "delete"; readonly id: string }
  /** Only if the record still is as it was when it had this ETag. */
  | { readonly does: "swap"; readonly id: string; readonly etag: string }
  | { readonly does: "say" }
  | { readonly does: "see" }
  | { readonly does: "grant"; readonly resource: string };

export interface Numbered {
  readonly stamp: number;
  readonly doing: Doing;
  /** Makes a repetition answer what the first one answered. */
  readonly key: string | undefined;
}

/** By what an answer is known again. */
export interface Answer {
  readonly stamp: number;
  /** Of the task that was written. */
  readonly version: number | null;
}

/** What became of it, as far as the one who asked was told. */
export type Outcome =
  | "unanswered"
  | "not made"
  /** As long as the power stays: of what could not be synced a power cut may leave anything. */
  | "not confirmed"
  | Committed<Answer>;

export const PAIR = ["L-1", "R-1"] as const;

export function titleOf(stamp: number): string {
  return `title ${stamp}`;
}

export function descriptionOf(isBig: boolean): string {
  return isBig ? "x".repeat(1_500) : "";
}

export function submit(store: Store, numbered: Numbered): Promise<Committed<Answer>> {
  const { key } = numbered;
  const by: Author = {
    actor: "person",
    ...(key !== undefined && { idempotency: { key, fingerprint: key } }),
  };
  return store.commit<Answer>((view) => decide(view, numbered), by);
}

function decide(view: View, { stamp, doing }: Numbered): Decision<Answer> {
  const noted = (...changes: NewEvent["changes"] & object): NewEvent => {
    return { event: "noted", target: "", details: { stamp }, changes };
  };
  const before = (id: string) => view.get("tasks", id);
  const titled = (id: string) => ({ ...(before(id)?.record ?? aTask(id)), title: titleOf(stamp) });
  const answer = (id?: string) => (after: View) => {
    const task = id === undefined ? undefined : after.get("tasks", id);
    return { stamp, version: task?.record.version ?? null };
  };
  switch (doing.does) {
    case "write": {
      const task = { ...titled(doing.id), description: descriptionOf(doing.isBig) };
      return accept(answer(doing.id), [noted(put("tasks", task))]);
    }
    case "pair":
      return accept(
        answer(PAIR[0]),
        PAIR.map((id) => noted(put("tasks", titled(id)))),
      );
    case "delete": {
      const isThere = before(doing.id) !== undefined;
      return accept(answer(doing.id), isThere ? [noted(remove("tasks", doing.id))] : []);
    }
    case "swap":
      if (before(doing.id)?.etag !== doing.etag) return refuse("precondition-failed", "too late");
      return accept(answer(doing.id), [noted(put("tasks", titled(doing.id)))]);
    case "say": {
      const agent = anAgent("agent-1", { role: titleOf(stamp) });
      return accept(answer(), [noted(), noted(put("agents", agent))]);
    }
    case "see": {
      const last_seen = `2026-01-01T00:00:00.${String(stamp % 1_000).padStart(3, "0")}Z`;
      return accept(answer(), [], [{ kind: "agents", id: "agent-1", fields: { last_seen } }]);
    }
    case "grant":
  }
  const { resource } = doing;
  const lease = aLease(`lock-${stamp}`, { resource, fencing_token: view.sequence + 1 });
  const held = [...view.collection("locks").entries()];
  const others = held.filter(({ record }) => record.resource === resource);
  const ended = others.map(({ id }) => remove("locks", id));
  return accept(answer(), [noted(...ended, put("locks", lease))]);
}

/** A fault says whether anything was made; a process that died says nothing. */
export function toOutcome(fault: unknown): Outcome {
  if (!(fault instanceof StoreFault)) return "unanswered";
  if (fault.more["outcome"] === "unknown") return "unanswered";
  return fault.more["outcome"] === "no" ? "not confirmed" : "not made";
}
