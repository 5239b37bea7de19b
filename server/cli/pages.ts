const MOST_AT_ONCE = 1_000;

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** Goes from page to page until there are enough. */
export async function gather<T>(
  most: number,
  read: (limit: number, cursor: string | undefined) => Promise<Page<T>>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  while (items.length < most) {
    const page = await read(Math.min(most - items.length, MOST_AT_ONCE), cursor);
    items.push(...page.items);
    if (page.next === null) break;
    cursor = page.next;
  }
  return items;
}
