/**
 * Turns between contestants, and the few numbers that are made of them.
 *
 * A shared machine is fast in one second and slow in the next. Contestants that take turns every few
 * hundred milliseconds meet the same weather, so their ratio in one round says more than two good
 * averages; the median over the rounds forgets the gusts.
 */

/** Runs each contestant once a round, every round in another order, and gives what each returned. */
export async function inTurns<K extends string, T>(
  rounds: number,
  contestants: Readonly<Record<K, () => Promise<T>>>,
): Promise<Record<K, T[]>> {
  const names = Object.keys(contestants) as K[];
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<K, T[]>;
  for (let round = 0; round < rounds; round += 1) {
    const order = names.map((_, index) => names[(index + round) % names.length] as K);
    for (const name of order) results[name].push(await contestants[name]());
  }
  return results;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The median of what the rounds said one by one: both sides of each had the same weather. */
export function medianRatio(over: readonly number[], under: readonly number[]): number {
  return median(over.map((value, round) => value / (under[round] ?? Number.NaN)));
}

/** One after another; answers how long each took, in milliseconds. */
export async function timeEach(count: number, run: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return times;
}

/** Every client starts its next call when its last one was answered. Answers calls a second. */
export async function callsPerSecond<C>(
  clients: readonly C[],
  ms: number,
  call: (client: C, index: number) => Promise<unknown>,
): Promise<number> {
  const start = performance.now();
  let calls = 0;
  await Promise.all(
    clients.map(async (client, index) => {
      while (performance.now() - start < ms) {
        await call(client, index);
        calls += 1;
      }
    }),
  );
  return (calls / (performance.now() - start)) * 1_000;
}
