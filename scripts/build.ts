/**
 * Builds dist/: `node scripts/build.ts [--if-changed] [server] [console] [docs]`, all of them by
 * default. With `--if-changed` a part is left as it is while nothing that it is made of changed.
 */

import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "./tree.ts";

interface Part {
  /** Files that it is made of, as globs from the root. */
  readonly madeOf: readonly string[];
  build(): Promise<void>;
}

const PARTS: Readonly<Record<string, Part>> = {
  server: {
    madeOf: ["server/**", "contracts/**", "package.json", "package-lock.json"],
    build: buildServer,
  },
  console: {
    madeOf: ["console/**", "contracts/**", "config/**", "package-lock.json"],
    build: buildConsole,
  },
  docs: { madeOf: ["package-lock.json", "scripts/build.ts"], build: copyDocs },
};

const { values, positionals } = parseArgs({
  options: { "if-changed": { type: "boolean", default: false } },
  allowPositionals: true,
});

for (const name of positionals.length > 0 ? positionals : Object.keys(PARTS)) {
  const part = PARTS[name];
  if (part === undefined) throw new Error(`There is no part "${name}" to build.`);
  const stamp = join(ROOT, "dist", ".stamps", name);
  const wanted = hashOf(part.madeOf);
  if (values["if-changed"] && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) continue;

  const start = performance.now();
  rmSync(stamp, { force: true });
  await part.build();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`Built the ${name} in ${seconds} s.`);
}

function hashOf(madeOf: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of globSync([...madeOf], { cwd: ROOT }).toSorted()) {
    const file = join(ROOT, path);
    if (statSync(file).isFile()) hash.update(`${path}\0`).update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

/** Packages stay outside: they are installed with the package, and some find files beside themselves. */
async function buildServer(): Promise<void> {
  const { rolldown } = await import("rolldown");
  for (const old of ["main.js", "cli", "chunks"]) {
    rmSync(join(ROOT, "dist", old), { recursive: true, force: true });
  }
  const bundle = await rolldown({
    cwd: ROOT,
    input: { main: "server/main.ts", "cli/main": "server/cli/main.ts" },
    platform: "node",
    external: (id) => !/^[./#]/.test(id),
    logLevel: "warn",
  });
  await bundle.write({
    dir: "dist",
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name]-[hash].js",
    sourcemap: true,
  });
  await bundle.close();
  chmodSync(join(ROOT, "dist/cli/main.js"), 0o755);
}

async function buildConsole(): Promise<void> {
  const { build } = await import("vite");
  await build({ configFile: join(ROOT, "console/vite.config.ts"), logLevel: "warn" });
}

/** The page that shows the API: its two files are served from here, so no request leaves the machine. */
function copyDocs(): Promise<void> {
  const to = join(ROOT, "dist/docs");
  mkdirSync(to, { recursive: true });
  for (const file of ["swagger-ui.css", "swagger-ui-bundle.js"]) {
    copyFileSync(join(ROOT, "node_modules/swagger-ui-dist", file), join(to, file));
  }
  return Promise.resolve();
}
