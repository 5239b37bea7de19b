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
    madeOf: ["server/**", "contracts/**", "package.json", "package-lock.json", "scripts/build.ts"],
    build: buildServer,
  },
  console: {
    madeOf: ["console/**", "contracts/**", "config/**", "package-lock.json", "scripts/build.ts"],
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

/**
 * One installation, one package: what the server uses is bundled with it, in the part that is used. That
 * also starts it in two thirds of the time. Outside stay the `dependencies` of package.json, which are
 * run as programs of their own.
 */
async function buildServer(): Promise<void> {
  const { rolldown } = await import("rolldown");
  for (const old of ["main.js", "main.js.map", "cli", "chunks"]) {
    rmSync(join(ROOT, "dist", old), { recursive: true, force: true });
  }
  const { dependencies } = readPackage(join(ROOT, "package.json"));
  const installed = Object.keys(dependencies ?? {});
  const bundle = await rolldown({
    cwd: ROOT,
    input: { main: "server/main.ts", "cli/main": "server/cli/main.ts" },
    platform: "node",
    // Some packages are ES modules only for those who ask for them.
    resolve: { mainFields: ["module", "main"] },
    external: (id) => installed.some((name) => id === name || id.startsWith(`${name}/`)),
    logLevel: "warn",
  });
  const { output } = await bundle.write({
    dir: "dist",
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name]-[hash].js",
    // Finding twenty small files takes a command longer than reading one.
    codeSplitting: {
      groups: [{ debugName: "start", name: (id, all) => (isAtStart(id, all) ? "start" : null) }],
    },
    // Names are kept, for stack traces.
    minify: { mangle: false, compress: true, codegen: true },
  });
  await bundle.close();
  chmodSync(join(ROOT, "dist/cli/main.js"), 0o755);
  const modules = output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
  writeFileSync(join(ROOT, "dist/third-party-licenses.md"), licensesOf(modules));
}

interface Modules {
  getModuleInfo(id: string): { readonly importers: readonly string[] } | null;
}

/** Whether every command loads it: static imports alone lead to it from the first module. */
function isAtStart(id: string, modules: Modules, seen = new Set<string>()): boolean {
  if (seen.has(id)) return false;
  seen.add(id);
  const importers = modules.getModuleInfo(id)?.importers ?? [];
  const first = join(ROOT, "server/cli/main.ts");
  return importers.some((each) => each === first || isAtStart(each, modules, seen));
}

async function buildConsole(): Promise<void> {
  const { build } = await import("vite");
  await build({
    configFile: join(ROOT, "console/vite.config.ts"),
    logLevel: "warn",
    build: { license: { fileName: "third-party-licenses.md" } },
  });
}

interface Package {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function readPackage(path: string): Package {
  return JSON.parse(readFileSync(path, "utf8")) as Package;
}

/** Whoever passes on a package passes on its licence. */
function licensesOf(modules: readonly string[]): string {
  const folders = new Set(
    modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []),
  );
  const parts = [...folders].toSorted().map((folder) => {
    const { name, version, license = "see below" } = readPackage(join(folder, "package.json"));
    const [file] = globSync("{LICEN[CS]E,licen[cs]e}*", { cwd: folder });
    const text = file === undefined ? "" : `\n\n${readFileSync(join(folder, file), "utf8").trim()}`;
    return `## ${name} ${version} (${license})${text}`;
  });
  return `# What is bundled here\n\n${parts.join("\n\n")}\n`;
}

/** The page that shows the API: its two files are served from here, so no request leaves the machine. */
function copyDocs(): Promise<void> {
  const to = join(ROOT, "dist/docs");
  mkdirSync(to, { recursive: true });
  for (const file of ["swagger-ui.css", "swagger-ui-bundle.js", "LICENSE", "NOTICE"]) {
    copyFileSync(join(ROOT, "node_modules/swagger-ui-dist", file), join(to, file));
  }
  return Promise.resolve();
}
