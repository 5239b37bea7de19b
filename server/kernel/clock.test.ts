import { describe, expect, test } from "vitest";
import { createClock } from "./clock.ts";

const WALL = Date.UTC(2026, 0, 1);

function setUp() {
  const sources = { wall: WALL, monotonic: 5_000 };
  const clock = createClock({
    wallMs: () => sources.wall,
    monotonicMs: () => sources.monotonic,
  });
  return { clock, sources };
}

describe("[S15] the clock", () => {
  test("begins at the wall clock and goes on by the monotonic one", () => {
    const { clock, sources } = setUp();
    expect(clock.now()).toBe(WALL);
    sources.monotonic += 2_000;
    sources.wall -= 3_600_000;
    expect(clock.now()).toBe(WALL + 2_000);
  });

  test.each([1_000, -1_000])("leaves a drift of %d ms as it is", (drift) => {
    const { clock, sources } = setUp();
    sources.wall += drift;
    expect(clock.reanchor()).toBe(0);
    expect(clock.now()).toBe(WALL);
  });

  test.each([1_001, -3_600_000])(
    "moves to a wall clock that jumped by %d ms, and says so",
    (jump) => {
      const { clock, sources } = setUp();
      sources.wall += jump;
      expect(clock.now()).toBe(WALL);
      expect(clock.reanchor()).toBe(jump);
      expect(clock.now()).toBe(WALL + jump);
      expect(clock.reanchor()).toBe(0);
    },
  );
});
