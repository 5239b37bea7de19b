import { expect, it } from "vitest";
import { SIZE_BUDGETS, measureSizes } from "./support/sizes.ts";

const sizes = measureSizes();

for (const [name, budget] of Object.entries(SIZE_BUDGETS)) {
  it(`${name} weighs no more than ${budget} kB`, () => {
    const size = sizes[name as keyof typeof SIZE_BUDGETS];
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThanOrEqual(budget);
  });
}
