/** The three-way merge of a definition of done: by item, and in an item by field. Pure. */
import { isObject } from "../kernel/json.ts";
import { compareIds } from "../kernel/natural-order.ts";
import {
  compareText,
  keptApart,
  mapSides,
  mergeState,
  namesOf,
  same,
  settled,
  valueOf,
  type Fields,
  type FieldState,
  type Sides,
} from "./three-way.ts";

type Item = Fields & { readonly id: string };
type Items = readonly Item[];

/** @param leading the side that decides where both put the items into another order. */
export function mergeDod(given: Sides<unknown>, leading: "ours" | "theirs"): FieldState {
  const { base, ours, theirs } = mapSides<unknown, Items | undefined>(given, toItems);
  // Two items of one id: nobody can say which of them the other side means.
  if (base === undefined || ours === undefined || theirs === undefined) {
    return keptApart("dod", given);
  }
  const sides = namedApart(namedAlike({ base, ours, theirs }));
  const byId = mapSides(sides, (list) => new Map(list.map((item) => [item.id, item])));
  const merged = [...orderOf(sides, leading), ...addedIds(sides)].map((id) =>
    mergeItem(
      id,
      mapSides(byId, (list) => list.get(id)),
    ),
  );
  return {
    value: merged.map(({ value }) => value).filter((item) => item !== undefined),
    open: merged.flatMap(({ open }) => open),
  };
}

function mergeItem(id: string, { base, ours, theirs }: Sides<Item | undefined>): FieldState {
  if (ours === undefined || theirs === undefined) {
    const left = ours ?? theirs;
    if (left === undefined || base === undefined) return settled(left);
    if (same(base, left)) return settled(undefined);
    return { value: left, open: keptApart(`dod.${id}`, { base, ours, theirs }).open };
  }
  const open: unknown[] = [];
  // An item that both added is not done until somebody ticks it.
  const before: Fields = base ?? { done: false };
  const fields = namesOf(ours, theirs).map((name) => {
    const sides = mapSides({ base: before, ours, theirs }, (item) => valueOf(item, name));
    const state = mergeState(mapSides(sides, settled), (values) =>
      keptApart(`dod.${id}.${name}`, values),
    );
    open.push(...state.open);
    return [name, state.value] as const;
  });
  return { value: Object.fromEntries(fields.filter(([, value]) => value !== undefined)), open };
}

/** Both sides count on from the same item: two new ones under one id are two items. */
function namedApart({ base, ours, theirs }: Sides<Items>): Sides<Items> {
  const taken = new Set([...base, ...ours, ...theirs].map(({ id }) => id));
  const oursRenamed = new Map<string, string>();
  const theirsRenamed = new Map<string, string>();
  for (const { id, text } of ours.toSorted((a, b) => compareIds(a.id, b.id))) {
    const other = theirs.find((item) => item.id === id);
    if (other === undefined || same(other["text"], text) || hasId(base, id)) continue;
    const isOurs = compareText(JSON.stringify(text), JSON.stringify(other["text"])) > 0;
    const free = freeId(taken);
    taken.add(free);
    (isOurs ? oursRenamed : theirsRenamed).set(id, free);
  }
  return { base, ours: rename(ours, oursRenamed), theirs: rename(theirs, theirsRenamed) };
}

/** Where one side's item got another id in an earlier merge, the others' item of old is that one. */
function namedAlike({ base, ours, theirs }: Sides<Items>): Sides<Items> {
  const found = { ours: renamesOf(base, ours, theirs), theirs: renamesOf(base, theirs, ours) };
  // Given two new ids, neither is more right than the other: both items stay.
  const isOfOne = ([id]: readonly [string, string]) =>
    !(found.ours.has(id) && found.theirs.has(id));
  const byOurs = new Map([...found.ours].filter(isOfOne));
  const byTheirs = new Map([...found.theirs].filter(isOfOne));
  return {
    base: rename(rename(base, byOurs), byTheirs),
    ours: rename(ours, byTheirs),
    theirs: rename(theirs, byOurs),
  };
}

function renamesOf(base: Items, side: Items, other: Items): ReadonlyMap<string, string> {
  const renamed = new Map<string, string>();
  for (const { id, text } of base) {
    const now = side.find((item) => item.id === id);
    if (now === undefined || same(now["text"], text)) continue;
    const moved = side.find(
      (item) => same(item["text"], text) && !hasId(base, item.id) && !hasId(other, item.id),
    );
    if (moved !== undefined) renamed.set(id, moved.id);
  }
  return renamed;
}

function rename(list: Items, names: ReadonlyMap<string, string>): Items {
  return list.map((item) => ({ ...item, id: names.get(item.id) ?? item.id }));
}

function freeId(taken: ReadonlySet<string>): string {
  let number = 1;
  while (taken.has(`d${number}`)) number += 1;
  return `d${number}`;
}

/** The items of old, as the side has them that put them into another order. */
function orderOf({ base, ours, theirs }: Sides<Items>, leading: "ours" | "theirs"): string[] {
  const before = base.map(({ id }) => id);
  const old = (list: Items) => list.map(({ id }) => id).filter((id) => before.includes(id));
  const isMoved = (list: Items) =>
    !same(
      old(list),
      before.filter((id) => hasId(list, id)),
    );
  const moved = (leading === "ours" ? [ours, theirs] : [theirs, ours]).find(isMoved) ?? base;
  return [...new Set([...old(moved), ...before])];
}

function addedIds({ base, ours, theirs }: Sides<Items>): string[] {
  const added = [...ours, ...theirs].map(({ id }) => id).filter((id) => !hasId(base, id));
  return [...new Set(added)].toSorted(compareIds);
}

function hasId(list: Items, id: string): boolean {
  return list.some((item) => item.id === id);
}

function toItems(value: unknown): Items | undefined {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every(isItem)) return undefined;
  return new Set(value.map(({ id }) => id)).size === value.length ? value : undefined;
}

function isItem(value: unknown): value is Item {
  return isObject(value) && typeof value["id"] === "string";
}
