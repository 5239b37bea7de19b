/** The definition of done: a list of things that a person or an agent ticks. */
import type { DodItem, NewDodItem, Task } from "#contracts/task";

/** Gives each item that has none the next free id: d1, d2, … */
export function toDod(items: readonly NewDodItem[]): DodItem[] {
  const taken = new Set(items.flatMap((item) => (typeof item === "string" ? [] : (item.id ?? []))));
  let last = 0;
  const nextId = () => {
    do last += 1;
    while (taken.has(`d${last}`));
    return `d${last}`;
  };
  return items.map((item) =>
    typeof item === "string"
      ? { id: nextId(), text: item, done: false }
      : { ...item, id: item.id ?? nextId(), text: item.text, done: item.done ?? false },
  );
}

/** The place of the first item whose id an earlier one has, or -1. */
export function repeatedItem(items: readonly DodItem[]): number {
  return items.findIndex((item, at) => items.findIndex(({ id }) => id === item.id) < at);
}

export function openItems(task: Pick<Task, "dod">): DodItem[] {
  return task.dod.filter((item) => !item.done);
}
