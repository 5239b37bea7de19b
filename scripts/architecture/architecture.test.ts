import { globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { AREAS, FLOORS, OPEN_FILES } from "./matrix.ts";
import { parseModule, readModule } from "./modules.ts";
import { cycles, violations } from "./rules.ts";
import { ROOT, listFiles, listSources } from "../tree.ts";

const sources = listSources();
const modules = sources.map(readModule);

describe("the tree", () => {
  test("every module keeps to its area", () => {
    const found = modules.flatMap((module) =>
      violations(module).map(({ message }) => `${module.path}: ${message}`),
    );
    expect(found).toEqual([]);
  });

  test("no module imports itself by a detour", () => {
    expect(cycles(modules)).toEqual([]);
  });

  test("every import of a file leads to a file", () => {
    const known = new Set(listFiles());
    const lost = modules.flatMap((module) =>
      module.imports
        .filter(({ file }) => file !== undefined && !known.has(file))
        .map(({ specifier }) => `${module.path}: ${specifier}`),
    );
    expect(lost).toEqual([]);
  });
});

describe("nothing is overlooked", () => {
  const folders = [...new Set(sources.filter((path) => path.includes("/")).map(topFolder))];

  test("every folder with sources is one the architecture knows", () => {
    expect(folders.filter((folder) => FLOORS[folder] === undefined)).toEqual([]);
  });

  test.each(Object.keys(FLOORS))("of %s every source on the disk is seen", (folder) => {
    const onDisk = globSync(`${folder}/**/*.{ts,tsx,js,jsx,mjs,cjs}`, {
      cwd: ROOT,
      exclude: ["**/*.d.ts"],
    });
    const seen = modules.filter((module) => topFolder(module.path) === folder);
    expect(seen.map((module) => module.path).toSorted()).toEqual(onDisk.toSorted());
  });

  test.each(folders)("%s is as large as it is known to be", (folder) => {
    const seen = modules.filter((module) => topFolder(module.path) === folder);
    expect(seen.length).toBeGreaterThanOrEqual(FLOORS[folder] ?? Number.POSITIVE_INFINITY);
    expect(seen.flatMap((module) => module.imports).length).toBeGreaterThan(0);
  });

  test("every folder with sources is one that the compiler is told to check", () => {
    const { references } = JSON.parse(readFileSync(`${ROOT}/tsconfig.json`, "utf8")) as {
      references: { path: string }[];
    };
    const checked = references.map(({ path }) => path);
    expect(folders.filter((folder) => !checked.includes(`./${folder}`))).toEqual([]);
  });

  test("every area that is named somewhere exists", () => {
    const names = new Set([...AREAS.map((area) => area.name), ...Object.values(OPEN_FILES)]);
    expect(AREAS.flatMap((area) => area.mayImport).filter((name) => !names.has(name))).toEqual([]);
  });
});

describe("each rule bites", () => {
  test.each([
    ["contracts/task.ts", `import { Hono } from "hono";`, "contracts may not import hono"],
    ["contracts/task.ts", `import "../server/app.ts";`, "contracts may not import app"],
    ["server/kernel/clock.ts", `import "#contracts/task";`, "kernel may not import contracts"],
    [
      "server/store/commit.ts",
      `import type { X } from "../features/tasks/task.ts";`,
      "store may not import decisions",
    ],
    ["server/store/commit.ts", `await import("../http/sse.ts");`, "store may not import http"],
    [
      "server/store/commit.ts",
      `export { x } from "../http/sse.ts"; x();`,
      "store may not import http",
    ],
    [
      "server/features/tasks/task.ts",
      `import { hash } from "node:crypto";`,
      "decisions may not import node:crypto",
    ],
    [
      "server/features/tasks/task.ts",
      `import { a } from "../../kernel/clock.ts";`,
      "decisions may not import kernel",
    ],
    [
      "server/features/tasks/task.ts",
      `export async function decide() {}`,
      "a decision is synchronous",
    ],
    [
      "server/features/tasks/tasks.ts",
      `import { a } from "../leases/lease.ts";`,
      "a feature may not import another feature",
    ],
    ["server/features/tasks/tasks.ts", `import { a } from "hono";`, "features may not import hono"],
    ["server/cli/main.ts", `import { a } from "../store/store.ts";`, "cli may not import store"],
    ["console/src/app/app.tsx", `import "../../../server/app.ts";`, "console may not import app"],
    ["console/src/app/app.tsx", `import "node:fs";`, "console may not import node:fs"],
    ["e2e/board.test.ts", `import "../server/app.ts";`, "e2e may not import app"],
    ["server/http/sse.ts", `export default 1;`, "default export"],
    ["server/http/sse.ts", `const a = 1; export { a as default };`, "default export"],
    ["server/http/sse.ts", `export * from "./a.ts"; a();`, "export *"],
    ["server/http/sse.ts", `export { a } from "./a.ts";`, "a barrel"],
    ["server/http/index.ts", `f();`, "a barrel"],
    ["server/http/serverSent.ts", `f();`, "kebab-case"],
    ["server/http/sse.ts", `f(process.env["A"]);`, "uses process.env"],
    ["server/http/sse.ts", `const { env } = process;`, "uses process.env"],
    ["server/http/sse.ts", `f(Date.now());`, "uses Date.now"],
    ["server/http/sse.ts", `f(new Date());`, "uses new Date()"],
    ["server/http/sse.ts", `f(Math.random());`, "uses Math.random"],
    [
      "server/http/sse.ts",
      `import { randomUUID } from "node:crypto";`,
      "uses node:crypto#randomUUID",
    ],
    ["server/http/sse.ts", `setTimeout(f, 5);`, "uses setTimeout"],
    ["server/http/sse.ts", `globalThis.setTimeout(f, 5);`, "uses setTimeout"],
    ["server/http/sse.ts", `later(setTimeout);`, "uses setTimeout"],
    [
      "server/store/journal.ts",
      `import { open } from "node:fs/promises";`,
      "uses node:fs/promises",
    ],
    ["server/elsewhere/a.ts", `f();`, "belongs to no area"],
  ])("%s: %s", (path, source, complaint) => {
    const found = violations(parseModule(path, source)).map(({ message }) => message);
    expect(found.join("\n")).toContain(complaint);
  });

  test.each([
    ["contracts/client.ts", `import { z } from "zod"; import type { T } from "./task.ts"; z<T>();`],
    [
      "server/features/tasks/task.ts",
      `import { refuse } from "../../kernel/refusal.ts"; refuse();`,
    ],
    ["server/features/tasks/tasks.ts", `import { decide } from "./task.ts"; await decide();`],
    ["server/features/tasks/routes.ts", `import { a } from "hono"; a();`],
    ["server/http/sse.ts", `f(new Date(ms), clock.setTimeout, { setTimeout: 1 });`],
    ["server/store/disk.ts", `import { open } from "node:fs/promises"; open();`],
    ["server/kernel/clock.ts", `export const now = () => Date.now();`],
    ["server/http/sse.test.ts", `import "../app.ts"; setTimeout(f, Date.now());`],
    ["vitest.config.ts", `export default {};`],
  ])("and lets be what is right: %s: %s", (path, source) => {
    expect(violations(parseModule(path, source))).toEqual([]);
  });

  test("a cycle of three files is found once", () => {
    const ring = [
      parseModule("server/http/a.ts", `import "./b.ts";`),
      parseModule("server/http/b.ts", `import "./c.ts";`),
      parseModule("server/http/c.ts", `import "./a.ts";`),
      parseModule("server/http/d.ts", `import "./a.ts";`),
    ];
    expect(cycles(ring)).toEqual([["server/http/a.ts", "server/http/b.ts", "server/http/c.ts"]]);
  });
});

function topFolder(path: string): string {
  return path.slice(0, path.indexOf("/"));
}
