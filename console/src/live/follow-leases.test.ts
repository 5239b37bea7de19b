import { expect, it } from "vitest";
import { aLease } from "../testing/records.ts";
import { nextDoubt } from "./follow-leases.ts";

const END = Date.parse("2026-01-01T00:01:40.000Z");

it("a live lease is doubted when its last fifth begins", () => {
  expect(nextDoubt([aLease({})], END - 90_000)).toBe(END - 20_000);
});

it("an ending lease is doubted again just behind its end", () => {
  expect(nextDoubt([aLease({})], END - 10_000)).toBe(END + 500);
});

it("a stale lease is not asked for again: the server tells when it is taken back", () => {
  expect(nextDoubt([aLease({})], END + 1)).toBeUndefined();
});
