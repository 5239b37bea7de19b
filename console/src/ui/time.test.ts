import { expect, it } from "vitest";
import { leasePhase } from "./lease-phase.ts";
import { toCountdown, toRelative, toUtc } from "./time.ts";

it("time left is counted up to the second and never below zero", () => {
  expect([0, -5_000, 1, 59_000, 60_000, 3_725_000].map(toCountdown)).toEqual([
    "0:00",
    "0:00",
    "0:01",
    "0:59",
    "1:00",
    "1:02:05",
  ]);
});

it("moments are told in the largest unit that fits", () => {
  const now = Date.parse("2026-01-02T00:00:00.000Z");
  const told = [5, 40, 90, 7_300, 200_000].map((seconds) => toRelative(now - seconds * 1_000, now));
  expect(told).toEqual(["just now", "40 sec. ago", "1 min. ago", "2 hr. ago", "2 days ago"]);
});

it("UTC is written out", () => {
  expect(toUtc("2026-01-31T09:30:00.000Z")).toBe("2026-01-31 09:30:00 UTC");
});

it("a lease is live, ending in its last fifth, and stale at its end", () => {
  expect([100_000, 20_000, 19_999, 1, 0, -1].map((left) => leasePhase(left, 100))).toEqual([
    "live",
    "live",
    "ending",
    "ending",
    "stale",
    "stale",
  ]);
});
