/** What must be so, and where it is not, how it is instead. Quicker than an `expect`, thousands of times a second. */

export function demand(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

export function same(
  seen: readonly unknown[],
  told: readonly unknown[],
  what: string,
  isSorted = true,
): void {
  const rows = (all: readonly unknown[]) => {
    const texts = all.map((each) => JSON.stringify(each));
    return (isSorted ? texts.toSorted() : texts).join("\n");
  };
  const [is, should] = [rows(seen), rows(told)];
  demand(is === should, `${what}:\n${is}\ninstead of\n${should}`);
}
