/** What happened to one task, read from the log. */
import type { ProblemCode } from "#contracts/problem";
import type { HistoryAnswer, HistoryQuery } from "#contracts/task";
import { isObject } from "../../kernel/json.ts";
import { refuse, type Refusal } from "../../kernel/refusal.ts";
import { sameJson } from "../../store/canonical.ts";
import { mergePatch, type LoggedChange } from "../../store/change.ts";
import { changesOf, RESERVED_DETAILS } from "../../store/log-line.ts";
import type { LogEntry, Store } from "../../store/port.ts";
import { unknownRecord } from "../../store/record-refusals.ts";
import { resourceOf } from "./task.ts";

type Item = HistoryAnswer["items"][number];
type Details = Item["details"];
type Value = Details[string];

/** An event that is about the task, or that changed it besides others. */
interface Mention {
  readonly entry: LogEntry;
  readonly change: LoggedChange | undefined;
}

/** Newest first, each with what it changed. Also of a task that is gone. */
export async function readHistory(
  store: Store,
  id: string,
  query: HistoryQuery,
): Promise<HistoryAnswer | Refusal<ProblemCode>> {
  const place =
    query.cursor === undefined
      ? { sequence: store.events.head }
      : await store.events.resolve(query.cursor);
  if ("reset" in place) {
    const text = `The cursor names no place in the log any more: ${place.reset}. Begin again without it.`;
    return refuse("cursor-gone", text, { reset: place.reset });
  }
  const found = await collect(store, id, place.sequence, query.limit);
  const isKnown = found.length > 0 || store.read().get("tasks", id) !== undefined;
  if (!isKnown) return unknownRecord("tasks", id);
  return {
    items: toItems(found).slice(0, query.limit),
    next_cursor: found[query.limit]?.entry.cursor ?? null,
  };
}

/**
 * Backwards from the newest, and further than the page: what the last item of it changed only shows
 * against the task as it was before, which goes back to where the whole of it was written.
 */
async function collect(
  store: Store,
  id: string,
  upTo: number,
  limit: number,
): Promise<readonly Mention[]> {
  const found: Mention[] = [];
  const target = resourceOf(id);
  const containing = [JSON.stringify(id), JSON.stringify(target)];
  const range = { after: 0, upTo, backwards: true, containing };
  for await (const entries of store.events.scan(range)) {
    for (const entry of entries) {
      const change = changesOf(entry.event).find((each) => each.kind === "tasks" && each.id === id);
      if (change === undefined && entry.event.target !== target) continue;
      found.push({ entry, change });
      if (found.length > limit && change?.value !== undefined) return found;
    }
  }
  return found;
}

/** Replayed from the oldest on, since a logged patch does not say what was there before. */
function toItems(found: readonly Mention[]): Item[] {
  const items: Item[] = [];
  let before: Details | undefined;
  for (const { entry, change } of found.toReversed()) {
    const after = change === undefined ? before : applied(before, change);
    items.unshift(toItem(entry, change?.version ?? null, before, after));
    before = after;
  }
  return items;
}

function applied(before: Details | undefined, change: LoggedChange): Details | undefined {
  if (change.value === null) return undefined;
  const whole = change.value ?? mergePatch(before ?? {}, change.patch ?? {});
  return isDetails(whole) ? whole : undefined;
}

/** It came from JSON, and only JSON was done to it. */
function isDetails(value: unknown): value is Details {
  return isObject(value);
}

function toItem(
  { event }: LogEntry,
  version: number | null,
  before: Details | undefined,
  after: Details | undefined,
): Item {
  const reserved: readonly string[] = RESERVED_DETAILS;
  const said = Object.entries(event.details).filter(([name]) => !reserved.includes(name));
  const details: unknown = Object.fromEntries(said);
  return {
    id: event.id,
    ts: event.ts,
    event: event.event,
    actor: event.actor,
    version,
    details: isDetails(details) ? details : {},
    diff: diff(before, after),
  };
}

/** The version has its own member, and every change is an update. */
const UNTOLD = ["version", "updated_at"];

function diff(before: Details | undefined, after: Details | undefined): Item["diff"] {
  const fields = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...fields]
    .filter((field) => !UNTOLD.includes(field))
    .filter((field) => !sameJson(before?.[field] ?? null, after?.[field] ?? null))
    .map((field) => ({
      field,
      ...(before !== undefined && { before: orNull(before[field]) }),
      ...(after !== undefined && { after: orNull(after[field]) }),
    }));
}

/** A merge patch takes out what becomes null. */
function orNull(value: Value | undefined): Value {
  return value ?? null;
}
