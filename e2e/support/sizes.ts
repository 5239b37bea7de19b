/** What the built console weighs on the wire, from the build's own list of what needs what. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const DIST = join(import.meta.dirname, "../../dist/console");

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
  readonly css?: readonly string[];
  readonly assets?: readonly string[];
}

type Manifest = Readonly<Record<string, Chunk>>;

export interface Sizes {
  readonly initialJs: number;
  readonly css: number;
  readonly fonts: number;
  /** The heaviest of what is loaded when it is first needed, with its name. */
  readonly lazy: number;
  readonly lazyName: string;
}

/** In kB, compressed. */
export const SIZE_BUDGETS = { initialJs: 200, css: 45, fonts: 65, lazy: 60 } as const;

export function measureSizes(): Sizes {
  const manifest = JSON.parse(readFileSync(join(DIST, ".vite/manifest.json"), "utf8")) as Manifest;
  const initial = namedBy(readFileSync(join(DIST, "index.html"), "utf8"));
  const parts = Object.keys(manifest).filter((name) => isLazy(manifest, name));
  const lazy = parts
    .map((name) => ({
      name,
      size: sum([...needed(manifest, name)].filter((file) => !initial.has(file))),
    }))
    .toSorted((a, b) => b.size - a.size)[0];
  const files = Object.values(manifest).flatMap(({ file, css = [], assets = [] }) => [
    file,
    ...css,
    ...assets,
  ]);
  const ending = (end: string) => [...new Set(files)].filter((file) => file.endsWith(end));
  return {
    initialJs: sum([...initial].filter((file) => file.endsWith(".js"))),
    css: sum(ending(".css")),
    // Fonts are compressed already.
    fonts: ending(".woff2").reduce((total, file) => total + bytes(file).length / 1_000, 0),
    lazy: lazy?.size ?? 0,
    lazyName: lazy?.name ?? "none",
  };
}

/** What the page asks for before anything of it runs. */
function namedBy(html: string): Set<string> {
  return new Set(
    [...html.matchAll(/(?:src|href)="\/console\/(assets\/[^"]+)"/g)].flatMap(
      ([, file]) => file ?? [],
    ),
  );
}

function isLazy(manifest: Manifest, name: string): boolean {
  return Object.values(manifest).some(({ dynamicImports = [] }) => dynamicImports.includes(name));
}

/** A chunk and everything that has to be there before it runs. */
function needed(manifest: Manifest, name: string, found = new Set<string>()): Set<string> {
  const chunk = manifest[name];
  if (chunk === undefined || found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const next of chunk.imports ?? []) needed(manifest, next, found);
  return found;
}

function sum(files: readonly string[]): number {
  return files.reduce((total, file) => total + gzipSync(bytes(file)).length / 1_000, 0);
}

function bytes(file: string): Buffer {
  return readFileSync(join(DIST, file));
}
