import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "../tree.ts";
import { toOpenApi } from "./document.ts";

const committed: unknown = JSON.parse(readFileSync(join(ROOT, "contracts/openapi.json"), "utf8"));

describe("contracts/openapi.json", () => {
  test("says what the contract says; `node scripts/openapi.ts` writes it anew", () => {
    expect(committed).toEqual(toOpenApi());
  });

  test("describes all 31 operations, each with a success and a problem", () => {
    const paths = (committed as { paths: Record<string, Record<string, { responses: object }>> })
      .paths;
    const operations = Object.values(paths).flatMap((path) => Object.values(path));
    expect(operations).toHaveLength(31);
    for (const { responses } of operations) {
      const statuses = Object.keys(responses).map(Number);
      expect(Math.min(...statuses)).toBeLessThan(300);
      expect(Math.max(...statuses)).toBeGreaterThanOrEqual(400);
    }
  });

  test("every reference leads to something", () => {
    const text = JSON.stringify(committed);
    const { schemas } = (committed as { components: { schemas: object } }).components;
    const names = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(50);
    expect(names.filter((name) => !Object.hasOwn(schemas, name ?? ""))).toEqual([]);
    expect(text).not.toContain("#/$defs/");
  });
});
