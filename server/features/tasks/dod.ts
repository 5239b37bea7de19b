/** The definition of done: a list of things that a person or an agent ticks. */
import type { DodItem, NewDodItem, Task } from "#contracts/task";

/**
 * Gives each item that has none the next free id: d1, d2, …
 *
 * @param before the items so far: what a person added to one of them in the file stays.
 */
export function toDod(items: readonly NewDodItem[], before: readonly DodItem[] = []): DodItem[] {
  const taken = new Set(items.flatMap((item) => (typeof item === "string" ? [] : (item.id ?? []))));
  let last = 0;
  const nextId = () => {
    do last += 1;
    while (taken.has(`d${last}`));
    return `d${last}`;
  };
  return items.map((item) => {
    if (typeof item === "string") return { id: nextId(), text: item, done: false };
    const { id = nextId(), text, done = false } = item;
    return { ...before.find((old) => old.id === id), ...item, id, text, done };
  });
}

/** The place of the first item whose id an earlier one has, or -1. */
export function repeatedItem(items: readonly DodItem[]): number {
  return items.findIndex((item, at) => items.findIndex(({ id }) => id === item.id) < at);
}

export function openItems(task: Pick<Task, "dod">): DodItem[] {
  return task.dod.filter((item) => !item.done);
}
