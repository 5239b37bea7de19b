import { expect, it } from "vitest";
import { aLease } from "../../testing/records.ts";
import { byUrgency, isStale, toPathTree } from "./lease-order.ts";

it("what ended first stands first", () => {
  const early = aLease({ lock_id: "a", expires_at: "2026-01-01T00:00:10.000Z" });
  const late = aLease({ lock_id: "b", expires_at: "2026-01-01T00:00:20.000Z" });
  expect([late, early].toSorted(byUrgency).map(({ lock_id: id }) => id)).toEqual(["a", "b"]);
  expect(isStale(early, Date.parse("2026-01-01T00:00:10.000Z"))).toBe(true);
  expect(isStale(late, Date.parse("2026-01-01T00:00:10.000Z"))).toBe(false);
});

it("path leases form a tree of folders, and other resources are not in it", () => {
  const leases = ["path:src/a/**", "path:src/b.ts", "name:db"].map((resource) =>
    aLease({ resource }),
  );
  const [src, ...rest] = toPathTree(leases);
  expect(rest).toEqual([]);
  expect(src?.name).toBe("src");
  expect(src?.children.map(({ name }) => name)).toEqual(["a", "b.ts"]);
  expect(src?.children[0]?.children[0]?.leases).toHaveLength(1);
});
